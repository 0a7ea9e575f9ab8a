package hopyard.backend;

import hopyard.backend.django.HttpRequest;
import hopyard.backend.traces.RequestSpan;
import hopyard.backend.traces.Traces;
import hopyard.http.server.RequestMistake;
import hopyard.otel.HttpMethod;
import hopyard.trace.Addresses;
import hopyard.trace.Hop;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.PathTemplateMatch;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gives each request its part in a trace, and tells of it when the request is over. What stands behind the question
 * mark is not told: what of it is a secret, the app cannot know.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server">OpenTelemetry: semantic
 *     conventions for HTTP servers</a>
 */
final class TracedRequests implements HttpHandler {

    private final Traces traces;
    private final HttpHandler next;

    TracedRequests(Traces traces, HttpHandler next) {
        this.traces = traces;
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (traces.isOn()) {
            RequestSpan span = traces.begin(
                    exchange.getRequestHeaders(), Client.of(exchange).headAt());
            exchange.putAttachment(RequestSpan.KEY, span);
            if (span.isSampled()) {
                // of a connection that is closed, nobody knows it any more
                InetSocketAddress local = exchange.getConnection().getLocalAddress(InetSocketAddress.class);
                exchange.addExchangeCompleteListener((ended, proceed) -> {
                    try {
                        tell(span, ended, local);
                    } finally {
                        proceed.proceed();
                    }
                });
            }
        }
        next.handleRequest(exchange);
    }

    private static void tell(RequestSpan span, HttpServerExchange exchange, InetSocketAddress local) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        boolean isRequest = exchange.getAttachment(RequestMistake.KEY) == null;
        String name = isRequest ? request(attributes, span, exchange) : HttpMethod.OTHER;
        if (!isRequest) {
            HttpMethod.addNone(attributes);
        }
        connection(attributes, exchange, local, isRequest);
        String error = error(exchange);
        if (exchange.isResponseStarted()) {
            attributes.put("http.response.status_code", (long) exchange.getStatusCode());
        }
        if (error != null) {
            attributes.put("error.type", error);
        }
        span.end(name, attributes, error != null);
    }

    /** Writes what is said of a request that is one; returns the name of its span. */
    private static String request(Map<String, Object> out, RequestSpan span, HttpServerExchange exchange) {
        String method = exchange.getRequestMethod().toString();
        HttpMethod.add(out, method);
        String uri = exchange.getRequestURI();
        out.put("url.path", uri);
        HttpRequest django = exchange.getAttachment(Url.REQUEST);
        out.put("url.scheme", django == null ? exchange.getRequestScheme() : django.scheme());
        out.put("network.protocol.version", exchange.getProtocol().toString().replace("HTTP/", ""));
        String agent = exchange.getRequestHeaders().getFirst(Headers.USER_AGENT);
        if (agent != null) {
            out.put("user_agent.original", agent);
        }
        PathTemplateMatch match = exchange.getAttachment(PathTemplateMatch.ATTACHMENT_KEY);
        String route = match == null ? span.route() : match.getMatchedTemplate();
        if (route != null) {
            out.put("http.route", route);
        }
        String shown = HttpMethod.spanName(method);
        return route == null ? shown : shown + " " + route;
    }

    private static void connection(
            Map<String, Object> out, HttpServerExchange exchange, InetSocketAddress local, boolean isRequest) {
        InetSocketAddress peer = exchange.getConnection().getPeerAddress(InetSocketAddress.class);
        out.put("network.peer.address", Addresses.host(peer.getAddress()));
        out.put("network.peer.port", (long) peer.getPort());
        out.put("network.local.address", Addresses.host(local.getAddress()));
        out.put("network.local.port", (long) local.getPort());
        String host = exchange.getRequestHeaders().getFirst(Headers.HOST);
        // what is no request may have a host that is none
        if (isRequest && host != null) {
            out.put("server.address", exchange.getHostName());
            out.put("server.port", (long) exchange.getHostPort());
        }
    }

    /** Returns why a request has failed here; {@code null} if it has not: what a client does wrong is no failure. */
    private static String error(HttpServerExchange exchange) {
        if (Client.of(exchange).hasLeft()) {
            return "client_left";
        }
        if (!exchange.isResponseStarted()) {
            return "no_response";
        }
        if (exchange.getStatusCode() < 500) {
            return null;
        }
        Hop database = exchange.getAttachment(Hops.DATABASE);
        String failure = database == null ? null : database.database().error();
        return failure == null ? Integer.toString(exchange.getStatusCode()) : failure;
    }
}
