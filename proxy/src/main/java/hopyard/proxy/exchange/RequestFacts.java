package hopyard.proxy.exchange;

import hopyard.proxy.server.RequestHeader;
import hopyard.trace.TraceParent;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;

/** What a request asks for: its method, host, target and fields, and the URI that has become of the target. */
public abstract class RequestFacts {

    /** For {@link Exchange} alone, which says who else may have it. */
    final HttpServerExchange http;

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

    /** Reads what a client asks for. */
    RequestFacts(HttpServerExchange http, String host) {
        this.http = http;
        this.host = host;
        path = RequestHeader.pathOf(http);
        protocol = http.getProtocol().toString();
        args = http.getQueryString();
    }

    /** Makes what a subrequest asks for. */
    RequestFacts(HttpServerExchange http, RequestFacts outer, String uri, String args) {
        this.http = http;
        this.uri = uri;
        this.args = args;
        path = outer.path;
        protocol = outer.protocol;
        host = outer.host;
        receivedMethod = outer.receivedMethod();
        requestId = outer.requestId();
        isInternal = true;
    }

    public final String method() {
        return http.getRequestMethod().toString();
    }

    /** Returns the method that the client sent. */
    final String receivedMethod() {
        return receivedMethod == null ? method() : receivedMethod;
    }

    /** Changes the method to GET, unless it is HEAD. */
    final void askWithGet() {
        HttpString method = http.getRequestMethod();
        if (!method.equals(Methods.HEAD) && !method.equals(Methods.GET)) {
            receivedMethod = method.toString();
            http.setRequestMethod(Methods.GET);
        }
    }

    /** Returns the client's protocol version: {@code HTTP/1.1}. */
    public final String protocol() {
        return protocol;
    }

    /** Returns the scheme of the client's connection: {@code http} or {@code https}. */
    public final String scheme() {
        return http.getRequestScheme();
    }

    /** Returns the host that the request is for, in lower case and without a port; empty if it names none. */
    public final String host() {
        return host;
    }

    /** Returns the path as it was received, without the query. */
    public final String rawPath() {
        return path;
    }

    /** Returns the target as it was received: {@code $request_uri}. */
    public final String requestUri() {
        return RequestHeader.targetOf(http, path);
    }

    /** Returns the normalized path: {@code $uri}. */
    public final String uri() {
        return uri == null ? path : uri;
    }

    /** Sets the URI, without looking for another location. */
    public final void uri(String newUri) {
        uri = newUri;
    }

    /** Returns the query without the question mark; empty if there is none. */
    public final String args() {
        return args;
    }

    /** Sets the query. */
    public final void args(String newArgs) {
        isAsReceived = false;
        args = newArgs;
    }

    /** Whether nothing has changed the URI or the query, so that the target may be forwarded as it was received. */
    public final boolean hasOriginalUri() {
        return isAsReceived;
    }

    /** Sets whether nothing has changed the URI or the query. */
    final void hasOriginalUri(boolean isOriginal) {
        isAsReceived = isOriginal;
    }

    /** Whether a rewrite, an internal redirect or a subrequest has set the URI, and not the client. */
    public final boolean isInternal() {
        return isInternal;
    }

    /** Notes that the URI is no longer the client's. */
    final void becomeInternal() {
        isInternal = true;
    }

    /** Returns the first value of a request field; {@code null} if there is none. */
    public final String header(HttpString name) {
        return http.getRequestHeaders().getFirst(name);
    }

    /** Returns the fields of the request as the client has sent them. */
    public final HeaderMap requestHeaders() {
        return http.getRequestHeaders();
    }

    /** Returns the length of the content that the client has announced, in bytes; -1 if it has not. */
    public final long contentLength() {
        return http.getRequestContentLength();
    }

    /** Returns {@code $request_id}, made on first use: 32 hex digits. */
    public final String requestId() {
        requestId = requestId == null ? TraceParent.Hex.random(32) : requestId;
        return requestId;
    }

    /** Returns {@code $request_id}; {@code null} if nobody has asked for it yet. */
    public final String requestIdIfAny() {
        return requestId;
    }

    /** Sets the id that a trusted peer has given the request. */
    public final void requestId(String id) {
        requestId = id;
    }
}
