package hopyard.proxy.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The group for the key exchange that a server has chosen. Java does not tell it, but it is in what the server sends
 * before that is encrypted: in the {@code key_share} of TLS 1.3 (RFC 8446 §4.2.8), or in TLS 1.2's ServerKeyExchange
 * (RFC 8422 §5.4).
 */
final class NegotiatedGroup {

    private static final int HANDSHAKE_RECORD = 22;
    private static final int RECORD_HEADER = 5;
    private static final int SERVER_HELLO = 2;
    private static final int SERVER_KEY_EXCHANGE = 12;
    private static final int KEY_SHARE = 51;
    private static final int NAMED_CURVE = 3;
    private static final int RANDOM = 32;

    /** Enough of a message to find the group in it. */
    private static final int MAX_KEPT = 512;

    private final ByteBuffer message = ByteBuffer.allocate(MAX_KEPT);
    /** How much of the message is still to come, beyond what is kept of it, in bytes. */
    private int toSkip;

    /** Whether what follows is encrypted. */
    private boolean ended;

    private int number = -1;

    /** Returns the group's number; -1 if there is none, as when a session is taken up again. */
    int number() {
        return number;
    }

    /** Looks at records that are about to be sent. */
    void look(ByteBuffer records) {
        if (ended) {
            return;
        }
        ByteBuffer from = records.duplicate();
        while (!ended && from.remaining() >= RECORD_HEADER) {
            int type = from.get(from.position());
            int length = from.getShort(from.position() + 3) & 0xffff;
            from.position(from.position() + RECORD_HEADER);
            ended = type != HANDSHAKE_RECORD || length > from.remaining();
            if (!ended) {
                lookInto(from.slice(from.position(), length));
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
            if (type == SERVER_KEY_EXCHANGE && in.get() == NAMED_CURVE) {
                number = in.getShort() & 0xffff;
            } else if (type == SERVER_HELLO) {
                in.position(in.position() + 2 + RANDOM);
                in.position(in.position() + 1 + (in.get(in.position()) & 0xff));
                in.position(in.position() + 5);
                while (in.remaining() >= 4) {
                    int extension = in.getShort() & 0xffff;
                    int length = in.getShort() & 0xffff;
                    if (extension == KEY_SHARE) {
                        number = in.getShort(in.position()) & 0xffff;
                    }
                    in.position(in.position() + length);
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // a long message of which not all is kept
        }
    }
}
