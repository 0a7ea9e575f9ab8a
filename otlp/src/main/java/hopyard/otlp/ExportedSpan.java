package hopyard.otlp;

import hopyard.otel.Span;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.propagation.internal.W3CTraceContextEncoding;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;
import java.util.Map;

/** A span as the library's exporters read it. */
final class ExportedSpan implements SpanData {

    private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("hopyard");

    private final Span span;
    private final Resource resource;
    private final SpanContext context;
    private final SpanContext parent;
    private final Attributes attributes;
    private final List<EventData> events;

    ExportedSpan(Span span, Resource resource) {
        this.span = span;
        this.resource = resource;
        TraceFlags flags = span.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault();
        TraceState state = state(span.traceState());
        context = SpanContext.create(span.traceId(), span.spanId(), flags, state);
        if (span.parentSpanId() == null) {
            parent = SpanContext.getInvalid();
        } else if (span.kind() == Span.Kind.SERVER) {
            parent = SpanContext.createFromRemoteParent(span.traceId(), span.parentSpanId(), flags, state);
        } else {
            parent = SpanContext.create(span.traceId(), span.parentSpanId(), flags, state);
        }
        attributes = attributes(span.attributes());
        events = span.events().stream()
                .map(each -> EventData.create(each.nanos(), each.name(), attributes(each.attributes())))
                .toList();
    }

    private static TraceState state(String field) {
        if (field == null) {
            return TraceState.getDefault();
        }
        try {
            return W3CTraceContextEncoding.decodeTraceState(field);
        } catch (IllegalArgumentException e) {
            // a field that cannot be understood counts as none (W3C Trace Context §3.3)
            return TraceState.getDefault();
        }
    }

    /** Returns attributes from values of the kinds that {@link Span#attributes} may have. */
    static Attributes attributes(Map<String, ?> values) {
        AttributesBuilder out = Attributes.builder();
        values.forEach((name, value) -> {
            if (value instanceof Long number) {
                out.put(name, number);
            } else if (value instanceof Boolean flag) {
                out.put(name, flag);
            } else if (value instanceof Double number) {
                out.put(name, number);
            } else if (value instanceof List<?> list) {
                out.put(name, list.stream().map(String::valueOf).toArray(String[]::new));
            } else {
                out.put(name, String.valueOf(value));
            }
        });
        return out.build();
    }

    @Override
    public String getName() {
        return span.name();
    }

    @Override
    public SpanKind getKind() {
        return switch (span.kind()) {
            case SERVER -> SpanKind.SERVER;
            case CLIENT -> SpanKind.CLIENT;
            case INTERNAL -> SpanKind.INTERNAL;
        };
    }

    @Override
    public SpanContext getSpanContext() {
        return context;
    }

    @Override
    public SpanContext getParentSpanContext() {
        return parent;
    }

    @Override
    public StatusData getStatus() {
        if (!span.error()) {
            return StatusData.unset();
        }
        return span.errorDescription() == null
                ? StatusData.error()
                : StatusData.create(StatusData.error().getStatusCode(), span.errorDescription());
    }

    @Override
    public long getStartEpochNanos() {
        return span.startNanos();
    }

    @Override
    public Attributes getAttributes() {
        return attributes;
    }

    @Override
    public List<EventData> getEvents() {
        return events;
    }

    @Override
    public List<LinkData> getLinks() {
        return List.of();
    }

    @Override
    public long getEndEpochNanos() {
        return span.endNanos();
    }

    @Override
    public boolean hasEnded() {
        return true;
    }

    @Override
    public int getTotalRecordedEvents() {
        return events.size();
    }

    @Override
    public int getTotalRecordedLinks() {
        return 0;
    }

    @Override
    public int getTotalAttributeCount() {
        return attributes.size();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface still asks for it; getInstrumentationScopeInfo is what is used
    public io.opentelemetry.sdk.common.InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
        return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.empty();
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return SCOPE;
    }

    @Override
    public Resource getResource() {
        return resource;
    }
}
