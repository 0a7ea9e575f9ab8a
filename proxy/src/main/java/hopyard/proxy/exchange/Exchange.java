package hopyard.proxy.exchange;

import hopyard.http.server.Carrier;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Captures;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Request;
import hopyard.proxy.server.VirtualServer;
import hopyard.trace.Addresses;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import java.net.InetSocketAddress;
import org.xnio.XnioIoThread;

/**
 * One request on its way through the phases (nginx's {@code r}): what it asks for, who asks, and its server and
 * location. All else is in classes of its own, which methods here return. Lives on one I/O thread.
 */
public final class Exchange extends RequestFacts implements Request {

    private final Exchange outer;
    private final ClientConnection client;
    private final Configuration configuration;
    private final Trail trail;
    /** The client's address as a trusted proxy tells it; {@code null} if none does. */
    private InetSocketAddress remoteAddress;

    private VirtualServer server;
    private LocationHandlers handlers;

    private final Clock clock;
    private final Phases phases = new Phases(this);
    private final Lifetime lifetime = new Lifetime(this);
    private final Response response;
    private final Ending ending;
    // made on first use
    private SpecialResponse specialResponse;
    private ClientContent content;
    private UpstreamState upstream;
    private VariableValues variables;
    private RequestLog requestLog;
    private Object[] contexts;

    /** Makes the exchange of a client's request, or of a rehearsed one if there is a trail: see {@link Rehearsal}. */
    Exchange(HttpServerExchange http, ClientConnection client, Configuration configuration, Trail trail) {
        super(http, client.hostOf(http));
        this.client = client;
        this.configuration = configuration;
        this.trail = trail;
        outer = null;
        clock = Clock.ofRequest(http.getRequestStartTime(), Recorder.of(configuration) != null);
        response = new Response(http);
        ending = new Ending(response);
    }

    /** Makes the exchange of a subrequest. */
    Exchange(HttpServerExchange http, Exchange outer, String uri, String args) {
        super(http, outer, uri, args);
        this.outer = outer;
        client = outer.client;
        configuration = outer.configuration;
        trail = outer.trail == null ? null : new Trail();
        clock = Clock.ofSubrequest();
        response = new Response(http);
        ending = new Ending(response);
        remoteAddress = outer.remoteAddress;
        variables = new VariableValues(outer.variables());
        server(outer.server);
    }

    // ---- its parts

    /** Returns its way through the phases. */
    public Phases phases() {
        return phases;
    }

    /** Returns its lifetime: pauses, the end, and what is due then. */
    public Lifetime lifetime() {
        return lifetime;
    }

    /** Returns the clock that measures its stages. */
    public Clock clock() {
        return clock;
    }

    /** Returns the response to the client. */
    public Response response() {
        return response;
    }

    /** Returns how it ends, and why. */
    public Ending ending() {
        return ending;
    }

    /** Returns what is known of it and upstream servers. */
    public UpstreamState upstream() {
        upstream = upstream == null ? new UpstreamState() : upstream;
        return upstream;
    }

    /** Returns the content of the client's request. */
    public ClientContent content() {
        content = content == null ? new ClientContent(http, lifetime) : content;
        return content;
    }

    /** Returns the content of the client's request; {@code null} if nobody has asked for it. */
    ClientContent contentIfAny() {
        return content;
    }

    /** Returns the values of variables. */
    public VariableValues variables() {
        variables = variables == null ? new VariableValues(configuration.slotCount()) : variables;
        return variables;
    }

    @Override
    public void capture(Captures captures) {
        variables().capture(captures);
    }

    /** Returns its lines of the error log. */
    public RequestLog requestLog() {
        requestLog = requestLog == null ? new RequestLog(this) : requestLog;
        return requestLog;
    }

    /** Returns what answers with the page for a status code. */
    SpecialResponse specialResponse() {
        specialResponse = specialResponse == null ? new SpecialResponse(this) : specialResponse;
        return specialResponse;
    }

    /** Returns what answers with the page for a status code; {@code null} if nobody has asked for it. */
    SpecialResponse specialResponseIfAny() {
        return specialResponse;
    }

    /** Returns what a module keeps under that key; {@code null} for nothing. */
    public <T> T get(ExchangeKey<T> key) {
        return key.get(contexts);
    }

    /** Keeps a module's value under its key. */
    public <T> void put(ExchangeKey<T> key, T value) {
        contexts = key.put(contexts, value);
    }

    // ---- what they do that everybody asks for

    /** Writes to the error log, with what nginx adds about the request. */
    public void log(ErrorLog.Level level, String message) {
        RequestLog.log(this, level, message);
    }

    /** Answers with the page for a status code: the configured one ({@code error_page}), else nginx's own. */
    public void fail(int status) {
        specialResponse().send(status);
    }

    /** See {@link Response#fields}. */
    public HeaderMap responseHeaders() {
        return response.fields();
    }

    /** Returns the status code that logs show. */
    public int status() {
        int shown = ending.status();
        return shown == 0 ? SpecialResponse.statusOf(this) : shown;
    }

    // ---- where it is

    public Configuration configuration() {
        return configuration;
    }

    public VirtualServer server() {
        return server;
    }

    /** Sets the server, and the server's own level as the location. */
    void server(VirtualServer which) {
        server = which;
        location(which.level());
    }

    public Location location() {
        return handlers.location();
    }

    /** Sets the location. */
    void location(Location where) {
        handlers = LocationHandlers.of(where);
    }

    /** Returns what the location does with it. */
    LocationHandlers handlers() {
        return handlers;
    }

    /** Returns the core module's settings of the location. */
    public CoreSettings core() {
        return handlers.core();
    }

    /** Returns what a rehearsed request has gone through; {@code null} for a request that is served. */
    public Trail trail() {
        return trail;
    }

    /** Returns the exchange whose subrequest this is; {@code null} for a client's request. */
    Exchange outer() {
        return outer;
    }

    /** Whether this is a subrequest, which the server makes itself. */
    public boolean isSubrequest() {
        return outer != null;
    }

    /** Returns the exchange of the client's request: this one, unless it is a subrequest. */
    public Exchange main() {
        return outer == null ? this : outer.main();
    }

    // ---- who asks

    public ClientConnection client() {
        return client;
    }

    /** Returns the number of the stream of HTTP/2 that carries the request; 0 if none does. */
    public int stream() {
        Carrier carrier = client.carrier();
        return carrier == null ? 0 : carrier.stream();
    }

    /** Returns the client's address: the peer's, unless a trusted proxy there has named another. */
    public InetSocketAddress remoteAddress() {
        return remoteAddress == null ? client.peer() : remoteAddress;
    }

    /** Returns {@link #remoteAddress()} as text without the port: {@code $remote_addr}. */
    public String remoteHost() {
        return remoteAddress == null ? client.host() : Addresses.host(remoteAddress.getAddress());
    }

    /** Whether a trusted proxy has named the client already. */
    public boolean hasRemoteAddress() {
        return remoteAddress != null;
    }

    /** Sets the client's address that a trusted proxy tells; port 0 if it tells none. */
    public void remoteAddress(InetSocketAddress address) {
        remoteAddress = address;
    }

    // ---- what it is read with

    /** Whether all of the request has been read. */
    public boolean isRequestComplete() {
        return http.isRequestComplete();
    }

    /** Returns the I/O thread of the client's connection. */
    public XnioIoThread ioThread() {
        return http.getIoThread();
    }

    /** Returns the pool of buffers for content. */
    public ByteBufferPool buffers() {
        return http.getConnection().getByteBufferPool();
    }

    /** Returns Undertow's exchange. */
    HttpServerExchange http() {
        return http;
    }
}
