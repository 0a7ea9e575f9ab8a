package hopyard.proxy.modules.otel;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExportedTrace;
import hopyard.trace.TraceParent;
import io.undertow.util.HttpString;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The place of a client's request in a trace: the trace, the parent, the span of this server, and those of the attempts
 * at upstream servers. Subrequests have that of their request. Belongs to the exchange's I/O thread until it is over.
 */
public final class OtelContext implements ExportedTrace {

    /** The fields by which a place is passed on. */
    public static final HttpString TRACEPARENT = new HttpString(TraceParent.NAME);

    public static final HttpString TRACESTATE = new HttpString("tracestate");

    private static final long[] NONE = {};
    private static final HexFormat HEX = HexFormat.of();

    private final TraceParent parent;
    /** The request whose id the trace gets; {@code null} as soon as the trace has its id. */
    private Exchange request;

    private String traceId;
    private final String state;
    private final String spanId = newId();
    /** The spans of attempts; 0 for one that is not made yet. */
    private long[] attempts = NONE;

    private boolean isSampled;
    private boolean isDecided;
    private boolean isInjected;

    /** Makes the beginning of a trace. */
    OtelContext(Exchange request) {
        this.request = request;
        parent = null;
        state = null;
    }

    /**
     * Goes on with a trace.
     *
     * @param parent what the client has named
     * @param state {@code tracestate}; {@code null} for none
     */
    OtelContext(TraceParent parent, String state) {
        this.parent = parent;
        this.state = state;
        traceId = parent.traceId();
    }

    /** Returns that of an exchange; {@code null} if it has none yet. */
    static OtelContext of(Exchange exchange) {
        return (OtelContext) exchange.get(ExportedTrace.KEY);
    }

    private static long random() {
        long id;
        do {
            id = ThreadLocalRandom.current().nextLong();
        } while (id == 0);
        return id;
    }

    private static String newId() {
        return HEX.toHexDigits(random());
    }

    /**
     * Begins the span.
     *
     * @param sampled whether it will be exported
     * @param decided whether that has been decided here; else the client's decision is passed on
     * @param injected whether its place is passed on
     */
    void begin(boolean sampled, boolean decided, boolean injected) {
        isSampled = sampled;
        isDecided = decided;
        isInjected = injected;
    }

    /** Whether its place is passed on. */
    boolean isInjected() {
        return isInjected;
    }

    /** Whether the span will be exported. */
    boolean isSampled() {
        return isSampled;
    }

    @Override
    public String exportedId() {
        return isSampled ? traceId() : null;
    }

    /** Returns the id of the parent that the client has named; {@code null} for none. */
    public String parentId() {
        return parent == null ? null : parent.parentId();
    }

    /** Whether the parent is going to be exported; false if there is none. */
    public boolean isParentSampled() {
        return parent != null && parent.isSampled();
    }

    /** Returns the trace's id. One that begins here has the request's, by which people find it, as it is now. */
    public String traceId() {
        if (traceId == null) {
            traceId = request.requestId();
            request = null;
        }
        return traceId;
    }

    /** Returns the id of this server's span. */
    public String spanId() {
        return spanId;
    }

    /** Returns {@code tracestate}; {@code null} for none. */
    public String state() {
        return state;
    }

    /** Returns the two digits of {@code traceparent}'s flags. */
    public String flags() {
        return isSampled ? "01" : isDecided || parent == null ? "00" : parent.flags();
    }

    /**
     * Returns the id of the span that a request to an upstream server has for its parent: that of the attempt, or this
     * server's if attempts have none.
     */
    public String parentFor(Exchange exchange) {
        int attempt = exchange.upstream().count() - 1;
        return isSampled && attempt >= 0 && !exchange.isSubrequest() ? HEX.toHexDigits(attempt(attempt)) : spanId;
    }

    /** Returns the id of the span of an attempt, counted from 0. */
    long attempt(int index) {
        if (index >= attempts.length) {
            attempts = Arrays.copyOf(attempts, index + 1);
        }
        if (attempts[index] == 0) {
            attempts[index] = random();
        }
        return attempts[index];
    }
}
