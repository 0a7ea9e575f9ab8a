package hopyard.proxy.exchange;

import hopyard.http.server.HeadReader;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.RehearsedConnection;
import hopyard.proxy.server.ServerCounts;
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
 * A rehearsal of a request without a client. As any request, it goes through the parser, the choice of a server and a
 * location, and the phases. But nothing is sent, counted, kept or logged, and no name is looked up. A module that would
 * do so tells the {@link Trail} instead. If a module needs a connection all the same, the rehearsal ends
 * ({@link NotRehearsed}).
 */
public final class Rehearsal {

    private Rehearsal() {}

    /**
     * Rehearses a request.
     *
     * @param counts the counts of the running server, for code that asks for them
     * @param connection the connection that the request is thought to come on
     * @param head the bytes of the request up to the empty line, which must be there
     * @return what the request has gone through, and what becomes of it
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

    /** Stands for the connection, which does not exist. */
    static final class Disconnected extends DiscardingConnection {

        private final RehearsedConnection connection;
        private final OptionMap options;

        Disconnected(RehearsedConnection connection, OptionMap options) {
            super(null, new SubrequestSink());
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
