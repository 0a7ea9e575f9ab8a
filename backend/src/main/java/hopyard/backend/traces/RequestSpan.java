package hopyard.backend.traces;

import hopyard.backend.database.DatabaseUrl;
import hopyard.backend.database.Statement;
import hopyard.otel.EpochNanos;
import hopyard.otel.Span;
import hopyard.trace.TraceParent;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The app's part in the trace of a request that is under way. */
public final class RequestSpan {

    public static final AttachmentKey<RequestSpan> KEY = AttachmentKey.create(RequestSpan.class);

    private static final String SAMPLED = "01";
    private static final String NOT_SAMPLED = "00";

    private final Consumer<Span> export;
    private final DatabaseUrl database;
    private final TraceParent own;
    private final String parentId;
    private final String traceState;
    private final boolean isSampled;
    private final long began;
    /** What makes nanoseconds since 1970 of {@link System#nanoTime()}. */
    private final long toEpoch;

    private String route;

    private RequestSpan(
            Consumer<Span> export,
            DatabaseUrl database,
            TraceParent own,
            String parentId,
            String traceState,
            long began) {
        this.export = export;
        this.database = database;
        this.own = own;
        this.parentId = parentId;
        this.traceState = traceState;
        this.isSampled = own.flags().equals(SAMPLED);
        this.began = began;
        toEpoch = EpochNanos.atZero();
    }

    /**
     * Begins one: continues the trace that the request belongs to, or starts one.
     *
     * @param export takes it when it is over, and those of its statements
     * @param database what statements are for; {@code null} if there is none
     * @param began when the request's head was there, by {@link System#nanoTime()}
     */
    static RequestSpan begin(
            Consumer<Span> export, DatabaseUrl database, Sampler sampler, HeaderMap headers, long began) {
        TraceParent parent = TraceParent.only(headers.get(TraceParent.NAME)).orElse(null);
        TraceParent next = parent == null ? TraceParent.start() : parent.next();
        boolean isParentSampled = parent != null && parent.isSampled();
        boolean isSampled = sampler.samples(next.traceId(), parent != null, isParentSampled);
        return new RequestSpan(
                export,
                database,
                new TraceParent(next.traceId(), next.parentId(), isSampled ? SAMPLED : NOT_SAMPLED),
                parent == null ? null : parent.parentId(),
                parent == null ? null : TraceState.read(headers.get("tracestate")),
                began);
    }

    /** Whether it will be exported. */
    public boolean isSampled() {
        return isSampled;
    }

    /** Returns what names this part of the trace to others. */
    public String traceparent() {
        return own.toString();
    }

    /** Returns what makes spans of statements; {@code null} if none are to be exported. */
    public Consumer<Statement> statements() {
        return isSampled ? this::statement : null;
    }

    /** Sets the template of the path that answers, such as {@code /notes/{id}}. */
    public void route(String template) {
        route = template;
    }

    /** Returns the template of the path; {@code null} if there is none. */
    public String route() {
        return route;
    }

    /**
     * Exports it.
     *
     * @param error whether it failed on this side
     */
    public void end(String name, Map<String, Object> attributes, boolean error) {
        export.accept(new Span(
                own.traceId(),
                own.parentId(),
                parentId,
                traceState,
                true,
                Span.Kind.SERVER,
                name,
                began + toEpoch,
                System.nanoTime() + toEpoch,
                attributes,
                List.of(),
                error,
                null));
    }

    private void statement(Statement statement) {
        export.accept(new Span(
                own.traceId(),
                statement.spanId(),
                own.parentId(),
                traceState,
                true,
                Span.Kind.CLIENT,
                DatabaseSpans.summary(statement.sql()),
                statement.began() + toEpoch,
                statement.ended() + toEpoch,
                DatabaseSpans.attributes(statement, database),
                List.of(),
                statement.failure() != null,
                statement.failure() == null ? null : statement.failure().getMessage()));
    }
}
