package hopyard.proxy.modules.otel;

import hopyard.otel.EpochNanos;
import hopyard.otel.HttpMethod;
import hopyard.otel.Span;
import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.Ending;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.MessageSizes;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.record.redaction.Redaction;
import io.undertow.util.Headers;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What spans tell of an exchange that is over: taken from it on its I/O thread, and made into spans by another thread.
 * The names are those of the semantic conventions.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">Semantic conventions for HTTP spans</a>
 */
final class ExchangeSpans implements Supplier<List<Span>> {

    private static final Remembered SERVER_NAMES = new Remembered(Redaction::text);
    private static final Remembered USER_AGENTS =
            new Remembered(value -> Redaction.field(Headers.USER_AGENT_STRING, value));

    private final OtelContext context;
    private final String name;
    private final Map<String, Object> custom;
    /** What to add to a time on the scale of {@link System#nanoTime()} for nanoseconds since 1970. */
    private final long epoch;

    private final long begun;
    private final long headRead;
    private final long ended = System.nanoTime();

    private final String method;
    private final String path;
    private final String target;
    private final String scheme;
    private final String protocol;
    private final String route;
    private final String serverName;
    private final InetSocketAddress local;
    private final InetSocketAddress peer;
    private final InetSocketAddress client;
    private final String clientHost;
    private final String userAgent;
    private final long received;
    private final long sent;
    private final int status;
    private final Outcome outcome;
    private final String answeredBy;
    private final Why why;
    private final String cacheStatus;
    private final String upstreamUrl;
    /** Whether earlier attempts may have been at another URL, which is not known any more. */
    private final boolean isRedirected;

    private final List<AttemptSpan> attempts;

    /**
     * @param name the span's name; empty for the method
     * @param custom more attributes
     */
    ExchangeSpans(Exchange exchange, OtelContext context, String name, Map<String, Object> custom) {
        this.context = context;
        // now, so that the exchange is not kept for it
        context.traceId();
        this.name = name;
        this.custom = custom;
        epoch = EpochNanos.atZero();
        begun = exchange.clock().begun();
        headRead = exchange.clock().headRead();
        method = exchange.method();
        path = exchange.rawPath();
        target = exchange.requestUri();
        scheme = exchange.scheme();
        protocol = exchange.protocol();
        route = exchange.location().name();
        serverName = exchange.server().name().isEmpty()
                ? exchange.host()
                : exchange.server().name();
        local = exchange.client().local();
        peer = exchange.client().peer();
        client = exchange.remoteAddress();
        clientHost = exchange.remoteHost();
        userAgent = exchange.header(Headers.USER_AGENT);
        received = ClientContent.received(exchange);
        sent = MessageSizes.contentSent(exchange);
        status = exchange.status();
        Ending ending = exchange.ending();
        outcome = ending.outcome();
        answeredBy = ending.answeredBy().toString();
        why = ending.interrupted() == null ? ending.why() : ending.interrupted();
        cacheStatus = exchange.upstream().cacheStatus();
        List<UpstreamTry> tries = exchange.upstream().tries();
        isRedirected = !exchange.phases().isInFirstLocation();
        upstreamUrl = tries.isEmpty() ? null : exchange.upstream().url();
        attempts = new ArrayList<>(tries.size());
        for (int i = 0; i < tries.size(); i++) {
            attempts.add(new AttemptSpan(tries.get(i), i, context.attempt(i)));
        }
    }

    /** Returns how many spans it comes to. */
    int count() {
        return 1 + attempts.size();
    }

    @Override
    public List<Span> get() {
        List<Span> spans = new ArrayList<>(count());
        String errorType = errorType();
        // whole, since a secret is known by what stands before it
        String shownTarget = Redaction.text(target);
        spans.add(new Span(
                context.traceId(),
                context.spanId(),
                context.parentId(),
                context.state(),
                true,
                Span.Kind.SERVER,
                name.isEmpty() ? HttpMethod.spanName(method) : name,
                epoch + begun,
                epoch + ended,
                attributes(errorType, shownTarget),
                List.of(new Span.Event("request.head", epoch + headRead, Map.of())),
                errorType != null,
                why == null ? null : why.proxyError()));
        String shownUrl = upstreamUrl == null ? null : shownUrl(shownTarget);
        for (int i = 0; i < attempts.size(); i++) {
            String url = isRedirected && i < attempts.size() - 1 ? null : shownUrl;
            spans.add(attempts.get(i).span(context, method, url, epoch, ended));
        }
        return spans;
    }

    /** Returns the URL without secrets. What is redacted already is not redacted again, which takes long. */
    private String shownUrl(String shownTarget) {
        int path = upstreamUrl.indexOf('/', upstreamUrl.indexOf("://") + 3);
        boolean isSame = path > 0 && upstreamUrl.length() - path == target.length() && upstreamUrl.endsWith(target);
        return isSame ? upstreamUrl.substring(0, path) + shownTarget : Redaction.text(upstreamUrl);
    }

    /** Returns {@code error.type}: RFC 9209's where there is one; {@code null} if the exchange has not failed. */
    private String errorType() {
        boolean isFailed = outcome == Outcome.FAILED || outcome == Outcome.CUT;
        if (why != null && why.proxyError() != null && (isFailed || status >= 500)) {
            return why.proxyError();
        }
        return status >= 500 ? Integer.toString(status) : isFailed && why != null ? why.toString() : null;
    }

    private Map<String, Object> attributes(String errorType, String shownTarget) {
        Map<String, Object> out = new LinkedHashMap<>();
        HttpMethod.add(out, method);
        int query = shownTarget.indexOf('?');
        out.put("url.path", target.equals(path) ? shownTarget : Redaction.text(path));
        if (query >= 0) {
            out.put("url.query", shownTarget.substring(query + 1));
        }
        out.put("url.scheme", scheme);
        if (!route.isEmpty()) {
            out.put("http.route", route);
        }
        int slash = protocol.indexOf('/');
        String version = protocol.substring(slash + 1);
        out.put("network.protocol.version", version.endsWith(".0") && !version.equals("1.0") ? "2" : version);
        if (!serverName.isEmpty()) {
            out.put("server.address", SERVER_NAMES.of(serverName));
        }
        out.put("client.address", clientHost);
        if (client.getPort() > 0) {
            out.put("client.port", (long) client.getPort());
        }
        if (peer.getAddress() != null) {
            out.put("server.port", (long) local.getPort());
            out.put("network.peer.address", peer.getAddress().getHostAddress());
            out.put("network.peer.port", (long) peer.getPort());
        }
        if (userAgent != null) {
            out.put("user_agent.original", USER_AGENTS.of(userAgent));
        }
        out.put("http.request.body.size", received);
        out.put("http.response.body.size", Math.max(0, sent));
        if (status > 0) {
            out.put("http.response.status_code", (long) status);
        }
        if (errorType != null) {
            out.put("error.type", errorType);
        }
        out.put("hopyard.outcome", outcome.toString());
        out.put("hopyard.answered_by", answeredBy);
        if (why != null) {
            out.put("hopyard.reason", why.toString());
        }
        if (cacheStatus != null) {
            out.put("hopyard.cache_status", cacheStatus);
        }
        out.putAll(custom);
        return out;
    }
}
