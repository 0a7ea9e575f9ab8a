package hopyard.proxy.modules.otel;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExportedTrace;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Slots;
import hopyard.trace.TraceParent;
import io.undertow.util.HeaderValues;

/** How requests that come to a location are traced. */
public final class OtelTracing {

    private static final Slots.Key<OtelTracing> KEY = new Slots.Key<>();

    /** {@code otel_trace}; {@code null} for none. */
    private final Template trace;

    /** Where spans go; {@code null} for nowhere. */
    private final OtelExport export;

    /** Whether it is decided as the client has, by {@code hop_otel}; else the directives of nginx decide. */
    private final boolean isByParent;

    private final boolean isDecided;
    private boolean extracts;
    private boolean injects;

    /**
     * @param export where spans go; {@code null} for nowhere
     * @param trace {@code otel_trace}; {@code null} for none
     * @param extracts whether the client's trace is continued
     * @param injects whether the trace is passed on
     */
    public OtelTracing(OtelExport export, Template trace, boolean extracts, boolean injects) {
        this(export, false, trace, extracts, injects);
    }

    private OtelTracing(OtelExport export, boolean isByParent, Template trace, boolean extracts, boolean injects) {
        this.export = export;
        this.isByParent = isByParent;
        this.trace = trace;
        this.extracts = extracts;
        this.injects = injects;
        isDecided = trace != null || extracts || injects;
    }

    /** Returns what {@code hop_otel} does: a request is traced, unless its client has said that it is not. */
    public static OtelTracing asClientsSay(OtelExport export) {
        return new OtelTracing(export, true, null, true, true);
    }

    /** Keeps it with a location. */
    public void keep(Location location) {
        location.slots().put(KEY, this);
    }

    /** Returns that of a location; {@code null} if nothing is traced there. */
    private static OtelTracing of(Location location) {
        return location.slots().get(KEY);
    }

    /** Has the client's trace continued and passed on, whatever the directives say. */
    public void propagate() {
        extracts = true;
        injects = true;
    }

    /** Returns the place of a request in its trace, made on first use: from its fields if its location says so. */
    public static OtelContext contextOf(Exchange exchange) {
        Exchange main = exchange.main();
        OtelContext context = OtelContext.of(main);
        if (context == null) {
            OtelTracing tracing = of(main.location());
            context = tracing != null && tracing.extracts ? extract(main) : new OtelContext(main);
            main.put(ExportedTrace.KEY, context);
        }
        return context;
    }

    private static OtelContext extract(Exchange exchange) {
        TraceParent parent = TraceParent.only(exchange.requestHeaders().get(OtelContext.TRACEPARENT))
                .orElse(null);
        if (parent == null) {
            return new OtelContext(exchange);
        }
        HeaderValues states = exchange.requestHeaders().get(OtelContext.TRACESTATE);
        return new OtelContext(parent, states == null ? null : String.join(",", states));
    }

    /**
     * Returns the place of a request that is to be passed on; {@code null} if the client's fields are to be.
     *
     * @param always whether every request's is
     */
    public static OtelContext passedOn(Exchange exchange, boolean always) {
        if (always) {
            return contextOf(exchange);
        }
        OtelContext context = OtelContext.of(exchange.main());
        return context == null || !context.isInjected() ? null : context;
    }

    /** Begins the span of a client's request, unless another location has led here: then it has had its chance. */
    public Result begin(Exchange exchange) {
        if (isByParent && !export.isOn()) {
            // nobody listens yet: what the client has said of the trace is left as it is
            return Result.NEXT;
        }
        if (exchange.isSubrequest() || !exchange.phases().isInFirstLocation()) {
            return Result.NEXT;
        }
        boolean isSampled = isByParent ? isWanted(exchange) : isAskedFor(exchange);
        if (isSampled || extracts || injects) {
            contextOf(exchange).begin(isSampled, isDecided, injects);
        }
        return Result.NEXT;
    }

    /** Whether {@code otel_trace} is on; who gets no spans is told of none. */
    private boolean isAskedFor(Exchange exchange) {
        return trace != null && isOn(trace.eval(exchange)) && export != null && export.isOn();
    }

    private static boolean isWanted(Exchange exchange) {
        OtelContext context = contextOf(exchange);
        return context.parentId() == null || context.isParentSampled();
    }

    private static boolean isOn(String value) {
        return value.equals("on") || value.equals("1");
    }
}
