package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.modules.otel.OtelContext;
import hopyard.proxy.modules.otel.OtelTracing;
import hopyard.proxy.server.Location;
import hopyard.trace.TraceParent;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the fields of W3C Trace Context into forwarded requests, with the ids of the spans that are exported.
 *
 * @param directive asks for them
 * @param always whether each request gets them; else those do that a location with {@code otel_trace_context inject}
 *     has had, and others pass on what the client has sent
 * @param hasParent whether traceparent is written
 * @param hasState whether tracestate is written
 */
record TraceFields(Directive directive, boolean always, boolean hasParent, boolean hasState) implements ForwardHeaders {

    private static final List<HttpString> FIELDS = List.of(OtelContext.TRACEPARENT, OtelContext.TRACESTATE);

    /** Adds the fields to the requests that are forwarded from a location, in the place of what was added before. */
    static void add(Location location, Directive directive, boolean always) {
        List<ForwardHeaders> all = new ArrayList<>(ForwardHeaders.of(location));
        all.removeIf(each -> each instanceof TraceFields);
        all.add(new TraceFields(directive, always, true, true));
        location.slots().put(ForwardHeaders.KEY, all);
        FIELDS.forEach(field -> location.source().requestHeaders().putIfAbsent(field, directive));
    }

    @Override
    public Set<HttpString> names() {
        return FIELDS.stream().filter(this::isWritten).collect(Collectors.toSet());
    }

    private boolean isWritten(HttpString field) {
        return field.equals(OtelContext.TRACEPARENT) ? hasParent : hasState;
    }

    @Override
    public ForwardHeaders beside(Set<HttpString> configured) {
        return new TraceFields(
                directive,
                always,
                !configured.contains(OtelContext.TRACEPARENT),
                !configured.contains(OtelContext.TRACESTATE));
    }

    @Override
    public void write(Exchange exchange, HeadWriter out) {
        OtelContext context = OtelTracing.passedOn(exchange, always);
        if (context == null) {
            for (HttpString field : FIELDS) {
                HeaderValues values = exchange.requestHeaders().get(field);
                for (int i = 0; values != null && isWritten(field) && i < values.size(); i++) {
                    out.passed(field, values.get(i));
                }
            }
            return;
        }
        if (hasParent) {
            out.field(OtelContext.TRACEPARENT, value(context, context.parentFor(exchange)));
        }
        if (hasState && context.state() != null) {
            out.field(OtelContext.TRACESTATE, context.state());
        }
    }

    /** Returns {@code $http_traceparent}: the client's, or what the request's own span is passed on by. */
    static String traceParent(Exchange exchange) {
        OtelContext context = OtelTracing.passedOn(exchange, false);
        return context == null ? joined(exchange, OtelContext.TRACEPARENT) : value(context, context.spanId());
    }

    /** Returns {@code $http_tracestate}. */
    static String traceState(Exchange exchange) {
        OtelContext context = OtelTracing.passedOn(exchange, false);
        return context == null ? joined(exchange, OtelContext.TRACESTATE) : context.state();
    }

    private static String joined(Exchange exchange, HttpString name) {
        HeaderValues values = exchange.requestHeaders().get(name);
        return values == null ? null : String.join(", ", values);
    }

    private static String value(OtelContext context, String parentId) {
        return new TraceParent(context.traceId(), parentId, context.flags()).toString();
    }
}
