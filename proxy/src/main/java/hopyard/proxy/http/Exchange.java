package hopyard.proxy.http;

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
 * One request on its way through the phases (nginx's {@code r}): what is asked, by whom, and where it is in the configuration.
 * What comes of that has classes of its own, which are handed out here. Lives on one I/O thread.
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
    /** The method that the client has asked with, where {@link #method} is another one by now. */
    private String receivedMethod;
    /** {@code null} as long as it is {@link #path}. */
    private String uri;

    private String args;
    /** Whether {@link #rawPath()} and the received query still say what is asked for. */
    private boolean isAsReceived;

    private boolean isInternal;
    private String requestId;
    /** Where a trusted proxy says that the client is; {@code null} if none does. */
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

    /** A client's request; one that is only tried, if there is a trail: see {@link Rehearsal}. */
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

    /** A subrequest. */
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

    /** Its way through the phases. */
    public Phases phases() {
        return phases;
    }

    /** How long it lives, and what is due at its end. */
    public Lifetime lifetime() {
        return lifetime;
    }

    /** Where the time goes. */
    public Clock clock() {
        return clock;
    }

    /** What the client gets. */
    public Response response() {
        return response;
    }

    /** How it ends, and why. */
    public Ending ending() {
        return ending;
    }

    /** What it has to do with upstream servers. */
    public UpstreamState upstream() {
        upstream = upstream == null ? new UpstreamState() : upstream;
        return upstream;
    }

    /** The content of the client's request. */
    public ClientContent content() {
        content = content == null ? new ClientContent(http, lifetime) : content;
        return content;
    }

    /** The same; {@code null} if nobody has asked for it. */
    ClientContent contentIfAny() {
        return content;
    }

    /** The values of variables. */
    public VariableValues variables() {
        variables = variables == null ? new VariableValues(configuration.slotCount()) : variables;
        return variables;
    }

    /** Its lines of the error log. */
    public RequestLog requestLog() {
        requestLog = requestLog == null ? new RequestLog(this) : requestLog;
        return requestLog;
    }

    /** What the client gets for a status code. */
    SpecialResponse specialResponse() {
        specialResponse = specialResponse == null ? new SpecialResponse(this) : specialResponse;
        return specialResponse;
    }

    /** The same; {@code null} if nobody has asked for it. */
    SpecialResponse specialResponseIfAny() {
        return specialResponse;
    }

    /** What a module keeps under that key; {@code null} for nothing. */
    public <T> T get(ExchangeKey<T> key) {
        return key.get(contexts);
    }

    /** Keeps what is a module's own. */
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

    /** The status code that logs show. */
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

    /** It is for that server, and at its own level so far. */
    void server(VirtualServer which) {
        server = which;
        location = which.level();
    }

    public Location location() {
        return location;
    }

    /** Has it in that location from here on. */
    void location(Location where) {
        location = where;
    }

    /** What a request that is only tried has gone through; {@code null} for one that is served. */
    public Trail trail() {
        return trail;
    }

    /** Whose subrequest this is; {@code null} for a client's own. */
    Exchange outer() {
        return outer;
    }

    /** Whether this is a request that the server makes of itself. */
    public boolean isSubrequest() {
        return outer != null;
    }

    // ---- who asks

    public ClientConnection client() {
        return client;
    }

    /** Whose request it is: the other end of the connection, unless a trusted proxy there has named another. */
    public InetSocketAddress remoteAddress() {
        return remoteAddress == null ? client.peer() : remoteAddress;
    }

    /** The address of {@link #remoteAddress()} as text: {@code $remote_addr}. */
    public String remoteHost() {
        return remoteAddress == null ? client.host() : Addresses.host(remoteAddress.getAddress());
    }

    /** Whether a trusted proxy has named the client already. */
    public boolean hasRemoteAddress() {
        return remoteAddress != null;
    }

    /** Takes over what a trusted proxy says of the client; port 0 stands for one that it does not tell. */
    public void remoteAddress(InetSocketAddress address) {
        remoteAddress = address;
    }

    /** 32 hex digits that name this request, made on first use: {@code $request_id}. */
    public String requestId() {
        requestId = requestId == null ? TraceParent.Hex.random(32) : requestId;
        return requestId;
    }

    /** The same; {@code null} if nobody has asked for it yet. */
    public String requestIdIfAny() {
        return requestId;
    }

    /** Takes over the id that a trusted peer has given the request. */
    public void requestId(String id) {
        requestId = id;
    }

    // ---- what is asked

    public String method() {
        return http.getRequestMethod().toString();
    }

    /** The method that the client has asked with. */
    String receivedMethod() {
        return receivedMethod == null ? method() : receivedMethod;
    }

    /** Goes on as if the client had asked with GET, unless it has asked with HEAD. */
    void askWithGet() {
        HttpString method = http.getRequestMethod();
        if (!method.equals(Methods.HEAD) && !method.equals(Methods.GET)) {
            receivedMethod = method.toString();
            http.setRequestMethod(Methods.GET);
        }
    }

    /** The version that the client speaks: {@code HTTP/1.1}. */
    public String protocol() {
        return protocol;
    }

    /** The scheme of the client's connection: {@code http} or {@code https}. */
    public String scheme() {
        return http.getRequestScheme();
    }

    /** The host that the request is for, in lower case without a port; empty if it names none. */
    public String host() {
        return host;
    }

    /** The path as it was received, without the query. */
    public String rawPath() {
        return path;
    }

    /** The target as it was received, {@code $request_uri}. */
    public String requestUri() {
        return RequestHeader.targetOf(http, path);
    }

    /** The normalized path, {@code $uri}. */
    public String uri() {
        return uri == null ? path : uri;
    }

    /** Gives the request another URI without looking for another location. */
    public void uri(String newUri) {
        uri = newUri;
    }

    /** The query without its question mark; empty if there is none. */
    public String args() {
        return args;
    }

    /** Gives the request another query. */
    public void args(String newArgs) {
        isAsReceived = false;
        args = newArgs;
    }

    /** Whether nothing has changed what the client asked for, so that its target may be sent on as it is. */
    public boolean hasOriginalUri() {
        return isAsReceived;
    }

    /** Says whether nothing has changed what the client asked for. */
    void hasOriginalUri(boolean isOriginal) {
        isAsReceived = isOriginal;
    }

    /** Whether a rewrite, an internal redirect or a subrequest has led here, and not the client's own target. */
    public boolean isInternal() {
        return isInternal;
    }

    /** From here on, the URI is not what the client has asked for. */
    void becomeInternal() {
        isInternal = true;
    }

    /** A request header's first value, or {@code null}. */
    public String header(HttpString name) {
        return http.getRequestHeaders().getFirst(name);
    }

    /** The fields of the request as the client has sent them. */
    public HeaderMap requestHeaders() {
        return http.getRequestHeaders();
    }

    /** How long the content is that the client has announced, in bytes; -1 if it has not said. */
    public long contentLength() {
        return http.getRequestContentLength();
    }

    /** Whether all of the request has been read. */
    public boolean isRequestComplete() {
        return http.isRequestComplete();
    }

    /** The thread of the client's connection. */
    public XnioIoThread ioThread() {
        return http.getIoThread();
    }

    /** Where buffers for content come from. */
    public ByteBufferPool buffers() {
        return http.getConnection().getByteBufferPool();
    }

    /** Undertow's view of the exchange. */
    HttpServerExchange http() {
        return http;
    }
}
