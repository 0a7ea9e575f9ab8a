package hopyard.otlp;

import hopyard.otel.Span;
import io.opentelemetry.api.common.Attributes;
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
import java.util.ArrayList;
import java.util.List;

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
        attributes = new SpanAttributes(span.attributes());
        events = new ArrayList<>(span.events().size());
        for (Span.Event each : span.events()) {
            events.add(EventData.create(each.nanos(), each.name(), new SpanAttributes(each.attributes())));
        }
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
