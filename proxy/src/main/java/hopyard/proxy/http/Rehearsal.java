package hopyard.proxy.http;

import hopyard.http.server.HeadReader;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.SSLSessionInfo;
import io.undertow.util.Headers;
import java.net.InetSocketAddress;
import org.xnio.OptionMap;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.conduits.ConduitStreamSinkChannel;

/**
 * A request that goes through the parser, the choice of a server and a location, and the phases, as any request does, with
 * nobody connected: nothing is sent, counted, kept or logged, and no name is looked up. Where a module would do that, it tells
 * the {@link Trail} instead; what would need a connection all the same ends the rehearsal ({@link NotRehearsed}).
 */
public final class Rehearsal {

    private Rehearsal() {}

    /**
     * Tries a request.
     *
     * @param head its bytes up to the empty line, which must be there
     * @param counts of the server that runs, for those who ask for them
     */
    public static Trail of(
            Configuration configuration,
            Configuration.Endpoint endpoint,
            ServerCounts counts,
            RehearsedConnection connection,
            byte[] head) {
        int largest = (int) Math.min(endpoint.servers().largestHeader(), Integer.MAX_VALUE);
        Disconnected none = new Disconnected(connection, OptionMap.create(UndertowOptions.MAX_HEADER_SIZE, largest));
        HttpServerExchange http = new HttpServerExchange(none, -1);
        if (!HeadReader.read(head, http)) {
            throw new IllegalArgumentException("the head is not complete");
        }
        http.setRequestScheme(connection.isTls() ? "https" : "http");
        if (http.getRequestContentLength() <= 0 && !http.getRequestHeaders().contains(Headers.TRANSFER_ENCODING)) {
            Connectors.terminateRequest(http);
        }
        boolean lacksTls = endpoint.tls() != null && !connection.isTls();
        ClientConnection client = new ClientConnection(counts, connection, lacksTls);
        Trail trail = new Trail();
        new Exchange(http, client, configuration, trail).lifetime().rehearse(endpoint.servers());
        return trail;
    }

    /** The connection that is not there. */
    private static final class Disconnected extends DiscardingConnection {

        private final RehearsedConnection connection;
        private final OptionMap options;

        Disconnected(RehearsedConnection connection, OptionMap options) {
            super(null);
            this.connection = connection;
            this.options = options;
        }

        @Override
        public OptionMap getUndertowOptions() {
            return options;
        }

        @Override
        public InetSocketAddress getPeerAddress() {
            return connection.client();
        }

        @Override
        public InetSocketAddress getLocalAddress() {
            return connection.local();
        }

        @Override
        public SSLSessionInfo getSslSessionInfo() {
            return null;
        }

        @Override
        public XnioIoThread getIoThread() {
            throw new NotRehearsed();
        }

        @Override
        public XnioWorker getWorker() {
            throw new NotRehearsed();
        }

        @Override
        public ByteBufferPool getByteBufferPool() {
            throw new NotRehearsed();
        }

        @Override
        protected ConduitStreamSinkChannel getSinkChannel() {
            throw new NotRehearsed();
        }
    }
}
