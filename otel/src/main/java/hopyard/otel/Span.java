package hopyard.otel;

import java.util.List;
import java.util.Map;

/**
 * A span that has ended: a piece of work within a trace. It has plain values only, none of a library's types.
 *
 * @param traceId 32 lower-case hex digits
 * @param spanId 16 lower-case hex digits
 * @param parentSpanId 16 lower-case hex digits; {@code null} for the root of a trace
 * @param traceState the field {@code tracestate} (W3C Trace Context §3.3); {@code null} for none
 * @param sampled the flag of {@code traceparent} with which the span's id was passed on
 * @param name a name of few different values, such as a location's
 * @param startNanos when the work began, in nanoseconds since 1970
 * @param endNanos when it ended, in nanoseconds since 1970
 * @param attributes values that are String, Long, Double, Boolean or a List of Strings
 * @param error whether the work has failed
 * @param errorDescription why it has failed; {@code null} if there is nothing to say
 * @see <a href="https://opentelemetry.io/docs/specs/otel/trace/api/#span">OpenTelemetry: span</a>
 */
public record Span(
        String traceId,
        String spanId,
        String parentSpanId,
        String traceState,
        boolean sampled,
        Kind kind,
        String name,
        long startNanos,
        long endNanos,
        Map<String, Object> attributes,
        List<Event> events,
        boolean error,
        String errorDescription) {

    /** The part that the work has in the trace. */
    public enum Kind {
        /** A request is served. */
        SERVER,
        /** A request is sent to another server. */
        CLIENT,
        /** Nobody else takes part. */
        INTERNAL
    }

    /**
     * Something that happened at one moment of the work.
     *
     * @param nanos when, in nanoseconds since 1970
     * @param attributes as a span's
     */
    public record Event(String name, long nanos, Map<String, Object> attributes) {}
}
