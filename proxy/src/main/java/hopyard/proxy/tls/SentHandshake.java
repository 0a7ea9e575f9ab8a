package hopyard.proxy.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * What a server has chosen and an engine does not tell, as it is in what the server sends before that is encrypted. The
 * group for the key exchange is in the {@code key_share} of TLS 1.3 (RFC 8446 §4.2.8), or in TLS 1.2's
 * ServerKeyExchange (RFC 8422 §5.4). A session that is taken up again is named in TLS 1.3's {@code pre_shared_key}
 * (§4.2.11); in TLS 1.2 it goes on without a certificate (RFC 5246 §7.3).
 */
final class SentHandshake {

    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE_RECORD = 22;
    private static final int RECORD_HEADER = 5;
    private static final int SERVER_HELLO = 2;
    private static final int CERTIFICATE = 11;
    private static final int SERVER_KEY_EXCHANGE = 12;
    private static final int PRE_SHARED_KEY = 41;
    private static final int KEY_SHARE = 51;
    private static final int NAMED_CURVE = 3;
    private static final int RANDOM = 32;

    /** What the random of a HelloRetryRequest begins with, after which another ServerHello comes (RFC 8446 §4.1.3). */
    private static final int RETRY = 0xCF21AD74;

    /** Enough of a message to find the group in it. */
    private static final int MAX_KEPT = 512;

    private final ByteBuffer message = ByteBuffer.allocate(MAX_KEPT);
    /** How much of the message is still to come, beyond what is kept of it, in bytes. */
    private int toSkip;

    /** Whether what follows is encrypted. */
    private boolean ended;

    private int group = -1;
    private boolean hasGreeted;
    private boolean hasShownCertificate;
    private boolean namesSession;
    private boolean isTls13;
    private boolean isRetry;

    /** Returns the group's number; -1 if there is none, as when a session of TLS 1.2 is taken up again. */
    int group() {
        return group;
    }

    /** Whether a session is taken up again. */
    boolean isResumed() {
        return isTls13 ? namesSession : hasGreeted && !hasShownCertificate;
    }

    /** Whether TLS 1.3 is spoken. */
    boolean isTls13() {
        return isTls13;
    }

    /** Looks at records that are about to be sent: what has been put into a buffer so far. */
    void look(ByteBuffer records) {
        if (ended) {
            return;
        }
        ByteBuffer from = records.duplicate().flip();
        while (!ended && from.remaining() >= RECORD_HEADER) {
            int type = from.get(from.position());
            int length = from.getShort(from.position() + 3) & 0xffff;
            from.position(from.position() + RECORD_HEADER);
            boolean isPassedOver = type == CHANGE_CIPHER_SPEC && isRetry;
            ended = type != HANDSHAKE_RECORD && !isPassedOver || length > from.remaining();
            if (!ended) {
                if (!isPassedOver) {
                    lookInto(from.slice(from.position(), length));
                }
                from.position(from.position() + length);
            }
        }
    }

    private void lookInto(ByteBuffer content) {
        while (content.hasRemaining()) {
            if (toSkip > 0) {
                int n = Math.min(toSkip, content.remaining());
                content.position(content.position() + n);
                toSkip -= n;
                continue;
            }
            if (message.position() < 4) {
                message.put(content.get());
                continue;
            }
            int length = message.getInt(0) & 0xffffff;
            int wanted = Math.min(length + 4, MAX_KEPT) - message.position();
            int n = Math.min(wanted, content.remaining());
            message.put(content.slice(content.position(), n));
            content.position(content.position() + n);
            if (n == wanted) {
                read(message.flip());
                message.clear();
                toSkip = Math.max(0, length + 4 - MAX_KEPT);
            }
        }
    }

    private void read(ByteBuffer in) {
        try {
            int type = in.getInt() >>> 24;
            hasShownCertificate |= type == CERTIFICATE;
            if (type == SERVER_KEY_EXCHANGE && in.get() == NAMED_CURVE) {
                group = in.getShort() & 0xffff;
            } else if (type == SERVER_HELLO) {
                hasGreeted = true;
                isRetry = in.getInt(in.position() + 2) == RETRY;
                in.position(in.position() + 2 + RANDOM);
                in.position(in.position() + 1 + (in.get(in.position()) & 0xff));
                in.position(in.position() + 5);
                while (in.remaining() >= 4) {
                    int extension = in.getShort() & 0xffff;
                    int length = in.getShort() & 0xffff;
                    if (extension == KEY_SHARE) {
                        isTls13 = true;
                        group = in.getShort(in.position()) & 0xffff;
                    }
                    namesSession |= extension == PRE_SHARED_KEY;
                    in.position(in.position() + length);
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // a long message of which not all is kept
        }
    }
}
