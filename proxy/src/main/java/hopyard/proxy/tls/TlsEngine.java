package hopyard.proxy.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** An engine that speaks TLS on one connection: it makes records, and reads them. Lives on one thread. */
interface TlsEngine {

    /** What the handshake waits for. */
    enum Need {
        /** Nothing: content may pass. */
        NOTHING,
        /** That what it has to say is sent; see {@link #wrapOwn}. */
        TO_SEND,
        /** That the peer says more; see {@link #unwrap}. */
        TO_READ
    }

    /** The peer has said that there is no more. */
    int END = -1;

    /** There is no whole record yet. */
    int NONE = -2;

    /** The content of the record does not fit, and nothing has been read. */
    int TOO_LARGE = -3;

    /**
     * Begins the handshake.
     *
     * @throws SSLException if it cannot be begun
     */
    void begin() throws SSLException;

    /** Returns what the handshake waits for now; this may take as long as computing with keys does. */
    Need need();

    /** The handshake is over: what it has come to is kept, as far as it is asked for later. */
    void established();

    /**
     * Reads one record, or the rest of the content of the last one.
     *
     * @param records what has been received
     * @param dst takes the content
     * @return how much content there was, which may be none, {@link #END}, {@link #NONE} or {@link #TOO_LARGE}
     * @throws SSLException if what the peer sends is not TLS, or not what the two have agreed upon
     * @throws IOException if there is no memory
     */
    int unwrap(ByteBuffer records, ByteBuffer dst) throws IOException;

    /** Whether the engine still has content of the last record, for which there was no room. */
    boolean holdsContent();

    /**
     * Makes one record of content, as far as it fits.
     *
     * @param dst takes the record; an empty buffer of {@link TlsBuffers}
     * @return how much of the content is in it; -1 if no more may be said
     * @throws SSLException if it cannot be
     * @throws IOException if there is no memory
     */
    int wrap(ByteBuffer[] srcs, int offset, int length, ByteBuffer dst) throws IOException;

    /**
     * Makes records of what the engine itself has to say; false if no more may be said.
     *
     * @throws SSLException if it cannot be
     */
    boolean wrapOwn(ByteBuffer dst) throws SSLException;

    /**
     * Has it say next what it would say with the first content: tickets for sessions to take up again (RFC 8446
     * §4.6.1). Whether there may be some.
     *
     * @throws SSLException if it cannot be
     */
    boolean issueTickets() throws SSLException;

    /** Has it say next that there is no more (close_notify, RFC 8446 §6.1). */
    void end();

    /** Returns what the two have agreed upon; of a connection that is closed it may tell nothing any more. */
    SSLSession session();

    /** Returns the version by Java's name, such as {@code TLSv1.3}. */
    String protocol();

    /** Returns the cipher suite by its standard name. */
    String cipherSuite();

    /** Returns the session's identifier (RFC 5246 §7.4.1.3); empty if it has none. */
    byte[] sessionId();

    /** Returns the peer's certificate, and those that it has sent with it; empty if it has none. */
    List<X509Certificate> peerCertificates();

    /** Returns this side's certificate, and those that it sends with it; empty if it has none. */
    List<X509Certificate> localCertificates();

    /** Whether the handshake has taken up a session that was there before. */
    boolean isSessionReused();

    /** Returns what was agreed to be spoken on TLS (RFC 7301); empty if nothing was, {@code null} before that. */
    String applicationProtocol();

    /**
     * Returns OpenSSL's name of the group that a server has chosen for the key exchange, in this handshake or in the
     * one that its session began with; {@code null} if there is none.
     */
    String group();

    /** The connection is closed: gives back what the engine holds outside of the heap. */
    void free();
}
