package hopyard.proxy.modules.otel;

import hopyard.otel.HttpMethod;
import hopyard.otel.Span;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a span tells of one attempt to have an upstream server answer. It keeps nothing that the attempt holds. */
final class AttemptSpan {

    private final int index;
    private final long id;
    private final String server;
    private final String far;
    private final long started;
    private final long connected;
    private final long headRead;
    private final long took;
    private final boolean isReused;
    private final int status;
    private final long received;
    private final Why failure;

    AttemptSpan(UpstreamTry attempt, int index, long id) {
        this.index = index;
        this.id = id;
        server = attempt.server();
        far = attempt.to();
        started = attempt.startedAt();
        connected = attempt.connectNanos();
        headRead = attempt.headerNanos();
        took = attempt.responseNanos();
        isReused = attempt.isReused();
        status = headRead < 0 ? 0 : attempt.status();
        received = attempt.bytesReceived();
        failure = attempt.failure();
    }

    /**
     * Returns the span.
     *
     * @param method the request's
     * @param url the URL that was asked, at the last server, without secrets; {@code null} if it is not known
     * @param epoch what to add for nanoseconds since 1970
     * @param end when the exchange ended
     */
    Span span(OtelContext context, String method, String url, long epoch, long end) {
        String errorType = errorType();
        List<Span.Event> events = new ArrayList<>(2);
        if (connected > 0) {
            events.add(new Span.Event("connection.ready", epoch + started + connected, Map.of()));
        }
        if (headRead >= 0) {
            events.add(new Span.Event("response.head", epoch + started + headRead, Map.of()));
        }
        return new Span(
                context.traceId(),
                HexFormat.of().toHexDigits(id),
                context.spanId(),
                context.state(),
                true,
                Span.Kind.CLIENT,
                HttpMethod.spanName(method),
                epoch + started,
                took < 0 ? epoch + end : epoch + started + took,
                attributes(method, url, errorType),
                events,
                errorType != null,
                failure == null ? null : failure.proxyError());
    }

    private String errorType() {
        // for who asks, a status of 400 or more is an error
        if (status >= 400) {
            return Integer.toString(status);
        }
        if (failure == null) {
            return null;
        }
        return failure.proxyError() == null ? failure.toString() : failure.proxyError();
    }

    private Map<String, Object> attributes(String method, String url, String errorType) {
        Map<String, Object> out = new LinkedHashMap<>();
        HttpMethod.add(out, method);
        if (url != null) {
            out.put("url.full", at(url));
        }
        address(out, "server.address", "server.port", server);
        if (far != null) {
            address(out, "network.peer.address", "network.peer.port", far);
        }
        if (index > 0) {
            out.put("http.request.resend_count", (long) index);
        }
        if (status > 0) {
            out.put("http.response.status_code", (long) status);
            out.put("http.response.body.size", received);
        }
        if (errorType != null) {
            out.put("error.type", errorType);
        }
        if (far != null) {
            out.put("hopyard.connection.reused", isReused);
        }
        return out;
    }

    /** Returns a URL with this attempt's server in the place of the last one's. */
    private String at(String url) {
        int from = url.indexOf("://") + 3;
        if (url.startsWith("unix:", from) || server.startsWith("unix:")) {
            return url;
        }
        int to = url.indexOf('/', from);
        return url.substring(0, from) + server + (to < 0 ? "" : url.substring(to));
    }

    /** Adds an address and its port: {@code host:port}, {@code [host]:port} or {@code unix:path}. */
    private static void address(Map<String, Object> out, String address, String port, String text) {
        int colon = text.lastIndexOf(':');
        if (text.startsWith("unix:")) {
            out.put(address, text.substring("unix:".length()));
        } else if (colon > 0 && isPort(text, colon + 1)) {
            boolean isBracketed = text.charAt(0) == '[' && text.charAt(colon - 1) == ']';
            out.put(address, isBracketed ? text.substring(1, colon - 1) : text.substring(0, colon));
            out.put(port, Long.parseLong(text, colon + 1, text.length(), 10));
        } else {
            out.put(address, text);
        }
    }

    private static boolean isPort(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > from && text.length() <= from + 5;
    }
}
