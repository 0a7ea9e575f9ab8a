package hopyard.proxy.tls;

import hopyard.trace.HopTls;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.Option;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.nio.ReadyKeys;
import org.xnio.ssl.SslConnection;

/** TLS on a connection, for either side of it. Lives on the connection's I/O thread. */
public final class TlsConnection extends SslConnection {

    /**
     * What a connection takes of the heap for TLS: Java's engine, its ciphers and the session, in bytes; measured: 12
     * KiB when idle. BoringSSL takes less of it, and has its own outside.
     */
    public static final int HELD = 16 << 10;

    private static final Set<Option<?>> OPTIONS =
            Option.setBuilder().add(Options.SECURE).create();

    private final StreamConnection plain;
    private final boolean isServer;
    private final TlsLayer tls;
    private final ChannelListener.SimpleSetter<SslConnection> handshakeSetter = new ChannelListener.SimpleSetter<>();
    private TlsTerms terms;
    /** What is to be said of the peer's certificate; {@code null} as long as nobody has asked. */
    private Verdict verdict;

    private String revocation;

    private final long begunNanos = System.nanoTime();
    private long handshakeNanos = -1;
    private String serverName;
    /** {@code null} as long as nobody has asked. */
    private TlsFacts facts;

    /** Hears of what goes wrong. */
    @FunctionalInterface
    public interface Listener {
        /**
         * TLS has failed, and the connection is about to be closed.
         *
         * @param inHandshake whether the two ends have not come to terms yet
         * @param reason an {@link SSLException} if TLS itself has failed, another one if the connection is broken;
         *     {@code null} if the peer has closed it
         */
        void failed(SslConnection connection, boolean inHandshake, IOException reason);
    }

    private TlsConnection(StreamConnection plain, TlsEngine client, TlsServer server, Listener listener) {
        super(plain.getIoThread());
        this.plain = plain;
        isServer = server != null;
        StreamSourceConduit from = plain.getSourceChannel().getConduit();
        StreamSinkConduit to = plain.getSinkChannel().getConduit();
        tls = new TlsLayer(client, from, to, new Owner(server, listener));
        TlsSource source = new TlsSource(tls, from, this::readClosed);
        TlsSink sink = new TlsSink(tls, to, this::writeClosed);
        TlsReadiness.handOn(from, to, tls, source, sink, this);
        setSourceConduit(source);
        setSinkConduit(sink);
    }

    /** Wraps a client's connection. The handshake begins when the client does. */
    public static TlsConnection server(StreamConnection plain, TlsServer server, Listener listener) {
        return new TlsConnection(plain, null, server, listener);
    }

    /**
     * Wraps a connection to a server. This side says the first word at {@link #startHandshake}.
     *
     * @param peer stands for the server, whose sessions are kept by it
     * @param more sets what is not in the terms
     */
    public static TlsConnection client(
            StreamConnection plain, TlsTerms terms, String peer, Consumer<SSLParameters> more, Listener listener) {
        TlsConnection connection = new TlsConnection(plain, terms.engines().client(peer, more), null, listener);
        connection.terms = terms;
        SSLParameters asked = new SSLParameters();
        more.accept(asked);
        List<SNIServerName> names = asked.getServerNames();
        if (names != null && !names.isEmpty()) {
            connection.serverName = new String(names.get(0).getEncoded(), StandardCharsets.UTF_8);
        }
        return connection;
    }

    /** Returns what the two ends have agreed on, once they have, and who the server is. */
    public TlsFacts facts() {
        if (facts == null) {
            List<X509Certificate> server = isServer ? localCertificates() : peerCertificates();
            facts = TlsFacts.of(tls.engine(), server);
        }
        return facts;
    }

    /** Returns the same in the words of {@code Hop-Trace}, with the handshake. */
    public HopTls hop() {
        TlsFacts its = facts();
        String alpn = its.alpn().isEmpty() ? null : its.alpn();
        return new HopTls(
                its.protocol(), its.cipher(), its.group(), alpn, serverName, isSessionReused(), handshakeNanos / 1e6);
    }

    /** Returns this side's certificate, and those that it sends with it; empty if it has none. */
    public List<X509Certificate> localCertificates() {
        return tls.engine() == null ? List.of() : tls.engine().localCertificates();
    }

    /** Returns how long the handshake took, in ns; negative while it lasts. */
    public long handshakeNanos() {
        return handshakeNanos;
    }

    /** Returns the host that the client has asked for (SNI, RFC 6066 §3); {@code null} if it has named none. */
    public String serverName() {
        return serverName;
    }

    /** Returns the peer's certificate, and those that it has sent with it; empty if it has none. */
    public List<X509Certificate> peerCertificates() {
        return tls.engine() == null ? List.of() : tls.engine().peerCertificates();
    }

    /** Returns what was noted of whether the peer's certificate is revoked; {@code null} if nothing was. */
    public String revocation() {
        return revocation;
    }

    /** Notes what a responder says of whether the peer's certificate is revoked; an empty text if it is not. */
    public void revocation(String what) {
        revocation = what;
    }

    /** Whether the peer's certificate is for a host. */
    public boolean isFor(String host) {
        return CertificateNames.has(peerCertificates().get(0), host);
    }

    /** Judges the peer's certificate, once; {@code null} if it has none, or it does not matter. */
    public Verdict verdict() {
        if (verdict == null && terms.trust() != null) {
            List<X509Certificate> sent = peerCertificates();
            verdict = sent.isEmpty() ? null : terms.trust().judge(sent);
        }
        return verdict;
    }

    /** Whether the handshake has taken up a session that was there before. */
    public boolean isSessionReused() {
        return tls.engine() != null && tls.engine().isSessionReused();
    }

    /** Returns what was agreed to be spoken on TLS (RFC 7301); empty if nothing was, or the two still shake hands. */
    public String applicationProtocol() {
        String agreed = tls.engine() == null ? null : tls.engine().applicationProtocol();
        return agreed == null ? "" : agreed;
    }

    /** Whether the two have begun to come to terms, so that there is something to tell. */
    public boolean hasBegun() {
        return tls.engine() != null;
    }

    /** Returns the version by Java's name, such as {@code TLSv1.3}; there is one when it {@link #hasBegun}. */
    public String protocol() {
        return tls.engine().protocol();
    }

    /** Returns the cipher suite by its standard name; there is one when it {@link #hasBegun}. */
    public String cipherSuite() {
        return tls.engine().cipherSuite();
    }

    /** Returns the session's identifier, empty if it has none; there is one when it {@link #hasBegun}. */
    public byte[] sessionId() {
        return tls.engine().sessionId();
    }

    /**
     * Returns OpenSSL's name of the group that a server has chosen for the key exchange, in this handshake or in the
     * one that its session began with; {@code null} if there is none.
     */
    public String group() {
        return tls.engine() == null ? null : tls.engine().group();
    }

    /** Whether a connection speaks TLS, and the two ends have not come to terms yet. */
    public static boolean isInHandshake(StreamConnection connection) {
        return connection instanceof TlsConnection its && !its.tls.isEstablished();
    }

    @Override
    public void startHandshake() throws IOException {
        tls.handshake();
    }

    @Override
    protected void closeAction() {
        tls.closed();
        IoUtils.safeClose(plain);
    }

    @Override
    public SSLSession getSslSession() {
        return tls.engine() == null ? null : tls.engine().session();
    }

    @Override
    public ChannelListener.Setter<? extends SslConnection> getHandshakeSetter() {
        return handshakeSetter;
    }

    @Override
    public SocketAddress getPeerAddress() {
        return plain.getPeerAddress();
    }

    @Override
    public SocketAddress getLocalAddress() {
        return plain.getLocalAddress();
    }

    @Override
    public boolean supportsOption(Option<?> option) {
        return OPTIONS.contains(option) || plain.supportsOption(option);
    }

    @Override
    public <T> T getOption(Option<T> option) throws IOException {
        return option == Options.SECURE ? option.cast(Boolean.TRUE) : plain.getOption(option);
    }

    @Override
    public <T> T setOption(Option<T> option, T value) throws IOException {
        return plain.setOption(option, value);
    }

    /** What {@link TlsLayer} knows of this connection. */
    private final class Owner implements TlsLayer.Owner {

        private final TlsServer server;
        private final Listener listener;

        Owner(TlsServer server, Listener listener) {
            this.server = server;
            this.listener = listener;
        }

        @Override
        public TlsEngine engine(ClientHello said) throws SSLException {
            serverName = said.serverName();
            terms = server.terms(said);
            return terms.engines().server(said);
        }

        @Override
        public int recordSize() {
            return terms.recordSize();
        }

        @Override
        public void established() {
            handshakeNanos = System.nanoTime() - begunNanos;
            ReadyKeys.serveLast(plain, false);
            ChannelListeners.invokeChannelListener(TlsConnection.this, handshakeSetter.get());
        }

        @Override
        public void failed(boolean inHandshake, IOException reason) {
            listener.failed(TlsConnection.this, inHandshake, reason);
        }

        @Override
        public void close() throws IOException {
            TlsConnection.this.close();
        }
    }
}
