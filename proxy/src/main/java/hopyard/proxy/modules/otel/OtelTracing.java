package hopyard.proxy.modules.otel;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Slots;
import hopyard.trace.TraceParent;
import io.undertow.util.HeaderValues;

/** How requests that come to a location are traced. */
public final class OtelTracing {

    private static final Slots.Key<OtelTracing> KEY = new Slots.Key<>();

    /** Whose location has no traffic to be traced. */
    private static final String CONSOLE = "hop_console";

    /** {@code otel_trace}; {@code null} for none. */
    private final Template trace;

    /** {@code hop_otel}, which decides as the client has; {@code null} where the directives of nginx decide. */
    private final OtelExport byParent;

    private final boolean isDecided;
    private boolean extracts;
    private boolean injects;

    /**
     * @param trace {@code otel_trace}; {@code null} for none
     * @param extracts whether the client's trace is continued
     * @param injects whether the trace is passed on
     */
    public OtelTracing(Template trace, boolean extracts, boolean injects) {
        this(trace, null, extracts, injects);
    }

    private OtelTracing(Template trace, OtelExport byParent, boolean extracts, boolean injects) {
        this.trace = trace;
        this.byParent = byParent;
        this.extracts = extracts;
        this.injects = injects;
        isDecided = trace != null || extracts || injects;
    }

    /** Returns what {@code hop_otel} does: a request is traced, unless its client has said that it is not. */
    public static OtelTracing asClientsSay(OtelExport export) {
        return new OtelTracing(null, export, true, true);
    }

    /** Keeps it with a location. */
    public void keep(Location location) {
        location.slots().put(KEY, this);
    }

    /** Returns that of a location; {@code null} if nothing is traced there. */
    public static OtelTracing of(Location location) {
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
        OtelContext context = main.get(OtelContext.KEY);
        if (context == null) {
            OtelTracing tracing = of(main.location());
            context = tracing != null && tracing.extracts ? extract(main) : new OtelContext(main);
            main.put(OtelContext.KEY, context);
        }
        return context;
    }

    private static OtelContext extract(Exchange exchange) {
        String field = exchange.header(OtelContext.TRACEPARENT);
        TraceParent parent = field == null ? null : TraceParent.parse(field).orElse(null);
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
        OtelContext context = exchange.main().get(OtelContext.KEY);
        return context == null || !context.isInjected() ? null : context;
    }

    /** Begins the span of a client's request, unless an internal redirect has led here: then it has had its chance. */
    public Result begin(Exchange exchange) {
        OtelContext context = exchange.get(OtelContext.KEY);
        if (exchange.isInternal() || context != null && context.hasBegun()) {
            return Result.NEXT;
        }
        boolean isSampled = byParent == null ? trace != null && isOn(trace.eval(exchange)) : isWanted(exchange);
        if (isSampled || extracts || injects) {
            contextOf(exchange).begin(isSampled, isDecided, injects);
        }
        return Result.NEXT;
    }

    private boolean isWanted(Exchange exchange) {
        if (!byParent.isOn() || exchange.location().source().line(CONSOLE) != null) {
            return false;
        }
        OtelContext context = contextOf(exchange);
        return context.parentId() == null || context.isParentSampled();
    }

    private static boolean isOn(String value) {
        return value.equals("on") || value.equals("1");
    }
}
