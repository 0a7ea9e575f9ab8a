package hopyard.otlp;

import hopyard.otel.Span;
import hopyard.otel.SpanSender;
import io.opentelemetry.exporter.internal.FailedExportException.GrpcExportException;
import io.opentelemetry.exporter.internal.FailedExportException.HttpExportException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sends spans by one of the library's exporters. */
final class OtlpSender implements SpanSender {

    /** The library's own log. What it says of failures, the exporter's counts and the server's log say, too. */
    private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

    static {
        LIBRARY.setLevel(Level.OFF);
    }

    private final SpanExporter exporter;
    private final Senders senders;
    private final Resource resource;

    OtlpSender(SpanExporter exporter, Senders senders, Map<String, String> resource) {
        this.exporter = exporter;
        this.senders = senders;
        this.resource = Resource.create(new SpanAttributes(resource));
    }

    @Override
    public void send(List<Span> batch, Done done) {
        List<SpanData> spans = new ArrayList<>(batch.size());
        for (Span span : batch) {
            spans.add(new ExportedSpan(span, resource));
        }
        Senders.Said said = senders.next();
        CompletableResultCode result = exporter.export(spans);
        result.whenComplete(() -> {
            if (result.isSuccess()) {
                taken(batch.size(), said.partial(), done);
            } else {
                done.accept(batch.size(), reason(result.getFailureThrowable()));
            }
        });
    }

    private static void taken(int size, PartialSuccess partial, Done done) {
        int rejected = (int) Math.min(size, partial.rejected());
        String reason = rejected == 0
                ? null
                : rejected + " of " + size + " spans were rejected"
                        + (partial.message().isEmpty() ? "" : ": " + partial.message());
        done.accept(rejected, reason);
    }

    private static String reason(Throwable failure) {
        if (failure instanceof HttpExportException http && http.failedWithResponse()) {
            return "HTTP status " + http.getResponse().getStatusCode();
        }
        if (failure instanceof GrpcExportException grpc && grpc.failedWithResponse()) {
            String description = grpc.getResponse().getStatusDescription();
            return "gRPC status " + grpc.getResponse().getStatusCode()
                    + (description == null || description.isEmpty() ? "" : ", " + description);
        }
        if (failure == null) {
            return "unknown";
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    @Override
    public void close() {
        exporter.shutdown();
    }
}
