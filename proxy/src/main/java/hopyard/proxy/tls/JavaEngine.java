package hopyard.proxy.tls;

import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Java's engine. */
final class JavaEngine implements TlsEngine {

    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    /** Under which a session keeps the group of its key exchange. */
    private static final String GROUP = "group";

    private final SSLEngine engine;
    private final boolean keepsSession;
    private final SentHandshake sent = new SentHandshake();
    /** When the two began to speak TLS, in ms since 1970. */
    private final long begun = System.currentTimeMillis();

    /** @param keepsSession whether the session may be taken up again */
    JavaEngine(SSLEngine engine, boolean keepsSession) {
        this.engine = engine;
        this.keepsSession = keepsSession;
    }

    @Override
    public void begin() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public Need need() {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> {
                    engine.getDelegatedTask().run();
                    forgetSession();
                }
                case NEED_WRAP -> {
                    return Need.TO_SEND;
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    return Need.TO_READ;
                }
                default -> {
                    return Need.NOTHING;
                }
            }
        }
    }

    /** Has Java not keep the session, which it does when the handshake is over. */
    private void forgetSession() {
        if (!keepsSession && !engine.getUseClientMode() && engine.getHandshakeSession() != null) {
            engine.getHandshakeSession().invalidate();
        }
    }

    @Override
    public void established() {
        if (keepsSession && sent.group() >= 0) {
            session().putValue(GROUP, NamedGroups.name(sent.group()));
        }
    }

    @Override
    public int unwrap(ByteBuffer records, ByteBuffer dst) throws SSLException {
        int at = records.position();
        SSLEngineResult result;
        try {
            result = engine.unwrap(records, dst);
        } catch (SSLException e) {
            throw TlsAlert.or(e, records, at);
        }
        return switch (result.getStatus()) {
            case OK -> result.bytesProduced();
            case CLOSED -> END;
            case BUFFER_OVERFLOW -> TOO_LARGE;
            case BUFFER_UNDERFLOW -> NONE;
        };
    }

    @Override
    public boolean holdsContent() {
        return false;
    }

    @Override
    public int wrap(ByteBuffer[] srcs, int offset, int length, ByteBuffer dst) throws SSLException {
        SSLEngineResult result = engine.wrap(srcs, offset, length, dst);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record does not fit");
        }
        return result.getStatus() == Status.CLOSED && result.bytesProduced() == 0 ? -1 : result.bytesConsumed();
    }

    @Override
    public boolean wrapOwn(ByteBuffer dst) throws SSLException {
        boolean may = wrap(NOTHING, 0, 1, dst) >= 0;
        sent.look(dst);
        return may;
    }

    @Override
    public boolean issueTickets() {
        // it has said them in the handshake
        return false;
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
        return session().getProtocol();
    }

    @Override
    public String cipherSuite() {
        return session().getCipherSuite();
    }

    @Override
    public byte[] sessionId() {
        return session().getId();
    }

    @Override
    public List<X509Certificate> peerCertificates() {
        return certificates(session());
    }

    /** Returns what the peer of a session has sent. */
    static List<X509Certificate> certificates(SSLSession session) {
        try {
            return certificates(session.getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }

    private static List<X509Certificate> certificates(Certificate[] chain) {
        List<X509Certificate> all = new ArrayList<>();
        for (Certificate each : chain == null ? new Certificate[0] : chain) {
            all.add((X509Certificate) each);
        }
        return all;
    }

    @Override
    public List<X509Certificate> localCertificates() {
        return certificates(session().getLocalCertificates());
    }

    @Override
    public boolean isSessionReused() {
        return session().getCreationTime() < begun;
    }

    @Override
    public String applicationProtocol() {
        return engine.getApplicationProtocol();
    }

    @Override
    public String group() {
        return sent.group() < 0 ? (String) session().getValue(GROUP) : NamedGroups.name(sent.group());
    }

    @Override
    public void free() {
        // all of it is on the heap
    }
}
