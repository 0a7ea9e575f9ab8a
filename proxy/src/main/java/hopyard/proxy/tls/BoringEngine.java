package hopyard.proxy.tls;

import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.conscrypt.Conscrypt;

/**
 * BoringSSL's engine, for a server's side. Conscrypt copies what is in no direct buffer, and content of several
 * buffers, by way of a buffer that it keeps with each connection: so it is given one direct buffer.
 */
final class BoringEngine implements TlsEngine {

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    /** The most content that a record may have, in bytes (RFC 8446 §5.1). */
    private static final int MAX_CONTENT = 1 << 14;

    /** What is told of a connection that is closed. */
    private record Kept(String protocol, String cipherSuite, byte[] sessionId, String applicationProtocol) {}

    private final BoringSsl boring;
    private final SSLEngine engine;
    private final List<X509Certificate> localCertificates;
    private final boolean asksForCertificate;
    private final boolean keepsSession;
    private final SentHandshake sent = new SentHandshake();
    private String group;
    private List<X509Certificate> peerCertificates = List.of();
    private boolean holdsContent;
    /** {@code null} as long as the connection is open. */
    private Kept kept;

    /**
     * @param localCertificates what the client is shown
     * @param group the number of the group that a new session takes; 0 for none
     * @param asksForCertificate whether the client is asked for a certificate
     * @param keepsSession whether the session may be taken up again
     */
    BoringEngine(
            BoringSsl boring,
            SSLEngine engine,
            List<X509Certificate> localCertificates,
            int group,
            boolean asksForCertificate,
            boolean keepsSession) {
        this.boring = boring;
        this.engine = engine;
        this.localCertificates = localCertificates;
        this.group = group == 0 ? null : NamedGroups.name(group);
        this.asksForCertificate = asksForCertificate;
        this.keepsSession = keepsSession;
    }

    @Override
    public void begin() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public Need need() {
        return switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> Need.TO_SEND;
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> Need.TO_READ;
            // it has no tasks for others
            case NEED_TASK, FINISHED, NOT_HANDSHAKING -> Need.NOTHING;
        };
    }

    @Override
    public void established() {
        if (!keepsSession) {
            session().invalidate();
        }
        // when the connection is closed, it tells no more of them
        if (asksForCertificate) {
            peerCertificates = JavaEngine.certificates(session());
        }
        if (isSessionReused() && sent.group() < 0) {
            String name = Conscrypt.getGroupName(engine);
            group = name == null ? null : NamedGroups.nameOf(name);
        }
    }

    @Override
    public int unwrap(ByteBuffer records, ByteBuffer dst) throws IOException {
        if (dst.isDirect()) {
            return unwrapDirectly(records, dst);
        }
        try (PooledByteBuffer pooled = TlsBuffers.take()) {
            ByteBuffer between = pooled.getBuffer();
            between.limit(Math.min(between.limit(), dst.remaining()));
            int n = unwrapDirectly(records, between);
            dst.put(between.flip());
            return n;
        }
    }

    private int unwrapDirectly(ByteBuffer records, ByteBuffer dst) throws SSLException {
        int at = records.position();
        SSLEngineResult result;
        try {
            result = engine.unwrap(records, dst);
        } catch (SSLException e) {
            holdsContent = false;
            throw TlsAlert.or(BoringErrors.of(e), records, at);
        }
        holdsContent = result.getStatus() == Status.BUFFER_OVERFLOW;
        int produced = result.bytesProduced();
        return switch (result.getStatus()) {
            case OK, BUFFER_OVERFLOW -> produced;
            case BUFFER_UNDERFLOW -> NONE;
            // of both directions: it may be that only this side has ended
            case CLOSED -> produced > 0 ? produced : engine.isInboundDone() || result.bytesConsumed() == 0 ? END : 0;
        };
    }

    @Override
    public boolean holdsContent() {
        return holdsContent;
    }

    @Override
    public int wrap(ByteBuffer[] srcs, int offset, int length, ByteBuffer dst) throws IOException {
        ByteBuffer first = first(srcs, offset, length);
        if (first != null && first.isDirect()) {
            return wrapOne(first, dst);
        }
        try (PooledByteBuffer pooled = TlsBuffers.take()) {
            ByteBuffer all = pooled.getBuffer();
            int n = wrapOne(gather(srcs, offset, length, all), dst);
            skip(srcs, offset, n);
            return n;
        }
    }

    /**
     * Returns the buffer that fills a record on its own, or has all of the content; {@code null} if there is none, or
     * no content.
     */
    private static ByteBuffer first(ByteBuffer[] srcs, int offset, int length) {
        ByteBuffer found = null;
        for (int i = offset; i < offset + length; i++) {
            if (srcs[i].hasRemaining()) {
                if (found != null) {
                    return null;
                }
                found = srcs[i];
                if (found.remaining() >= MAX_CONTENT) {
                    return found;
                }
            }
        }
        return found;
    }

    /** Copies the content of one record; the buffers stay as they are. */
    private static ByteBuffer gather(ByteBuffer[] srcs, int offset, int length, ByteBuffer into) {
        int at = 0;
        for (int i = offset; i < offset + length && at < MAX_CONTENT; i++) {
            int n = Math.min(srcs[i].remaining(), MAX_CONTENT - at);
            into.put(at, srcs[i], srcs[i].position(), n);
            at += n;
        }
        return into.limit(at);
    }

    private static void skip(ByteBuffer[] srcs, int offset, int bytes) {
        int left = bytes;
        for (int i = offset; left > 0; i++) {
            int n = Math.min(left, srcs[i].remaining());
            srcs[i].position(srcs[i].position() + n);
            left -= n;
        }
    }

    private int wrapOne(ByteBuffer src, ByteBuffer dst) throws SSLException {
        SSLEngineResult result;
        try {
            result = engine.wrap(src, dst);
        } catch (SSLException e) {
            throw BoringErrors.of(e);
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record does not fit");
        }
        return result.getStatus() == Status.CLOSED && result.bytesProduced() == 0 ? -1 : result.bytesConsumed();
    }

    @Override
    public boolean wrapOwn(ByteBuffer dst) throws SSLException {
        boolean may = wrapOne(NOTHING, dst) >= 0;
        sent.look(dst);
        return may;
    }

    @Override
    public boolean issueTickets() throws SSLException {
        if (!keepsSession || !sent.isTls13()) {
            return false;
        }
        boring.flush(engine, NOTHING);
        return true;
    }

    @Override
    public void end() {
        engine.closeOutbound();
    }

    @Override
    public SSLSession session() {
        return engine.getSession();
    }

    @Override
    public String protocol() {
        return kept == null ? session().getProtocol() : kept.protocol;
    }

    @Override
    public String cipherSuite() {
        return kept == null ? session().getCipherSuite() : kept.cipherSuite;
    }

    @Override
    public byte[] sessionId() {
        return kept == null ? session().getId() : kept.sessionId;
    }

    @Override
    public List<X509Certificate> peerCertificates() {
        return peerCertificates;
    }

    @Override
    public List<X509Certificate> localCertificates() {
        return localCertificates;
    }

    @Override
    public boolean isSessionReused() {
        return sent.isResumed();
    }

    @Override
    public String applicationProtocol() {
        return kept == null ? engine.getApplicationProtocol() : kept.applicationProtocol;
    }

    @Override
    public String group() {
        return group;
    }

    @Override
    public void free() {
        if (kept == null) {
            kept = new Kept(protocol(), cipherSuite(), sessionId(), applicationProtocol());
            boring.free(engine);
        }
    }
}
