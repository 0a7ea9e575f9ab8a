package hopyard.proxy.http;

import hopyard.proxy.io.ErrorLog;
import hopyard.trace.Addresses;
import hopyard.trace.TraceParent;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.net.InetSocketAddress;
import org.xnio.XnioIoThread;

/**
 * One request on its way through the phases (nginx's {@code r}): what it asks for, who asks, and its server and
 * location. All else is in classes of its own, which methods here return. Lives on one I/O thread.
 */
public final class Exchange {

    private final HttpServerExchange http;
    private final Exchange outer;
    private final ClientConnection client;
    private final Configuration configuration;
    private final Trail trail;

    private final String path;
    private final String protocol;
    private final String host;
    /** The method that the client sent, if {@link #method} is another one now. */
    private String receivedMethod;
    /** The URI; {@code null} as long as it is {@link #path}. */
    private String uri;

    private String args;
    /** Whether the path and the query are still those that the client sent. */
    private boolean isAsReceived;

    private boolean isInternal;
    private String requestId;
    /** The client's address as a trusted proxy tells it; {@code null} if none does. */
    private InetSocketAddress remoteAddress;

    private VirtualServer server;
    private Location location;

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
        this.http = http;
        this.client = client;
        this.configuration = configuration;
        this.trail = trail;
        outer = null;
        clock = Clock.ofRequest(http.getRequestStartTime(), configuration.recorder() != null);
        response = new Response(http);
        ending = new Ending(response);
        path = RequestHeader.pathOf(http);
        protocol = http.getProtocol().toString();
        host = client.hostOf(http);
        args = http.getQueryString();
    }

    /** Makes the exchange of a subrequest. */
    Exchange(HttpServerExchange http, Exchange outer, String uri, String args) {
        this.http = http;
        this.outer = outer;
        client = outer.client;
        configuration = outer.configuration;
        trail = outer.trail == null ? null : new Trail();
        clock = Clock.ofSubrequest();
        response = new Response(http);
        ending = new Ending(response);
        path = outer.path;
        protocol = outer.protocol;
        host = outer.host;
        receivedMethod = outer.receivedMethod();
        this.uri = uri;
        this.args = args;
        isInternal = true;
        requestId = outer.requestId();
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
        location = which.level();
    }

    public Location location() {
        return location;
    }

    /** Sets the location. */
    void location(Location where) {
        location = where;
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

    // ---- who asks

    public ClientConnection client() {
        return client;
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

    /** Returns {@code $request_id}, made on first use: 32 hex digits. */
    public String requestId() {
        requestId = requestId == null ? TraceParent.Hex.random(32) : requestId;
        return requestId;
    }

    /** Returns {@code $request_id}; {@code null} if nobody has asked for it yet. */
    public String requestIdIfAny() {
        return requestId;
    }

    /** Sets the id that a trusted peer has given the request. */
    public void requestId(String id) {
        requestId = id;
    }

    // ---- what is asked

    public String method() {
        return http.getRequestMethod().toString();
    }

    /** Returns the method that the client sent. */
    String receivedMethod() {
        return receivedMethod == null ? method() : receivedMethod;
    }

    /** Changes the method to GET, unless it is HEAD. */
    void askWithGet() {
        HttpString method = http.getRequestMethod();
        if (!method.equals(Methods.HEAD) && !method.equals(Methods.GET)) {
            receivedMethod = method.toString();
            http.setRequestMethod(Methods.GET);
        }
    }

    /** Returns the client's protocol version: {@code HTTP/1.1}. */
    public String protocol() {
        return protocol;
    }

    /** Returns the scheme of the client's connection: {@code http} or {@code https}. */
    public String scheme() {
        return http.getRequestScheme();
    }

    /** Returns the host that the request is for, in lower case and without a port; empty if it names none. */
    public String host() {
        return host;
    }

    /** Returns the path as it was received, without the query. */
    public String rawPath() {
        return path;
    }

    /** Returns the target as it was received: {@code $request_uri}. */
    public String requestUri() {
        return RequestHeader.targetOf(http, path);
    }

    /** Returns the normalized path: {@code $uri}. */
    public String uri() {
        return uri == null ? path : uri;
    }

    /** Sets the URI, without looking for another location. */
    public void uri(String newUri) {
        uri = newUri;
    }

    /** Returns the query without the question mark; empty if there is none. */
    public String args() {
        return args;
    }

    /** Sets the query. */
    public void args(String newArgs) {
        isAsReceived = false;
        args = newArgs;
    }

    /** Whether nothing has changed the URI or the query, so that the target may be forwarded as it was received. */
    public boolean hasOriginalUri() {
        return isAsReceived;
    }

    /** Sets whether nothing has changed the URI or the query. */
    void hasOriginalUri(boolean isOriginal) {
        isAsReceived = isOriginal;
    }

    /** Whether a rewrite, an internal redirect or a subrequest has set the URI, and not the client. */
    public boolean isInternal() {
        return isInternal;
    }

    /** Notes that the URI is no longer the client's. */
    void becomeInternal() {
        isInternal = true;
    }

    /** Returns the first value of a request field; {@code null} if there is none. */
    public String header(HttpString name) {
        return http.getRequestHeaders().getFirst(name);
    }

    /** Returns the fields of the request as the client has sent them. */
    public HeaderMap requestHeaders() {
        return http.getRequestHeaders();
    }

    /** Returns the length of the content that the client has announced, in bytes; -1 if it has not. */
    public long contentLength() {
        return http.getRequestContentLength();
    }

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
