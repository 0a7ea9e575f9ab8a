package hopyard.proxy.tls;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
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
import org.xnio.ssl.SslConnection;

/** TLS on a connection, for either side of it. Lives on the connection's I/O thread. */
public final class TlsConnection extends SslConnection {

    /** What a connection takes of the heap for TLS: Java's engine, its ciphers and the session, in bytes; measured: 12 KiB when idle. */
    public static final int HELD = 16 << 10;

    private static final Set<Option<?>> OPTIONS =
            Option.setBuilder().add(Options.SECURE).create();

    private final StreamConnection plain;
    private final SSLEngine engine;
    private final TlsEngine tls;
    private final ChannelListener.SimpleSetter<SslConnection> handshakeSetter = new ChannelListener.SimpleSetter<>();

    /** Hears of what goes wrong. */
    @FunctionalInterface
    public interface Listener {
        /**
         * TLS has failed, and the connection is about to be closed.
         *
         * @param inHandshake whether the two ends have not come to terms yet
         * @param reason an {@link SSLException} if TLS itself has failed, another one if the connection is broken; {@code null}
         *     if the peer has closed it
         */
        void failed(SslConnection connection, boolean inHandshake, IOException reason);
    }

    /**
     * Wraps a connection. A client says the first word at {@link #startHandshake}.
     *
     * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
     * @param more sets what else is to be as it is not by itself
     */
    public TlsConnection(
            StreamConnection plain,
            SSLEngine engine,
            List<String> protocols,
            Consumer<SSLParameters> more,
            Listener listener) {
        super(plain.getIoThread());
        this.plain = plain;
        this.engine = engine;
        SSLParameters parameters = engine.getSSLParameters();
        if (!protocols.isEmpty()) {
            List<String> spoken = List.of(engine.getSupportedProtocols());
            parameters.setProtocols(protocols.stream().filter(spoken::contains).toArray(String[]::new));
        }
        more.accept(parameters);
        engine.setSSLParameters(parameters);
        StreamSourceConduit from = plain.getSourceChannel().getConduit();
        StreamSinkConduit to = plain.getSinkChannel().getConduit();
        tls = new TlsEngine(engine, from, to, new Owner(listener));
        TlsSource source = new TlsSource(tls, from, this::readClosed);
        TlsSink sink = new TlsSink(tls, to, this::writeClosed);
        TlsReadiness.handOn(from, to, tls, source, sink, this);
        setSourceConduit(source);
        setSinkConduit(sink);
    }

    /** An engine for a server's side. */
    public static SSLEngine server(SSLContext context) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    /** An engine for a client's side; sessions are kept by the peer's name and port. */
    public static SSLEngine client(SSLContext context, String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        return engine;
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
        return engine.getSession();
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

    /** What {@link TlsEngine} knows of this connection. */
    private final class Owner implements TlsEngine.Owner {

        private final Listener listener;

        Owner(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void established() {
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
