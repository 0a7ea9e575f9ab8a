package hopyard.otlp;

import hopyard.otel.Settings;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.nio.file.Files;

/** Makes the library's exporters. Neither sends a batch again that was not taken. */
final class Exporters {

    private Exporters() {}

    /**
     * Returns an exporter for OTLP/HTTP if the endpoint has a path, for OTLP/gRPC if it has none.
     *
     * @param senders what it sends by
     * @throws IOException if the trusted certificate cannot be read
     */
    static SpanExporter of(Settings settings, Senders senders) throws IOException {
        byte[] trusted =
                settings.trustedCertificate() == null ? null : Files.readAllBytes(settings.trustedCertificate());
        return settings.hasPath() ? http(settings, senders, trusted) : grpc(settings, senders, trusted);
    }

    private static SpanExporter http(Settings settings, Senders senders, byte[] trusted) {
        OtlpHttpSpanExporterBuilder builder = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.url())
                .setRetryPolicy(null)
                .setComponentLoader(senders)
                .setMeterProvider(MeterProvider.noop());
        settings.headers().forEach(builder::addHeader);
        if (trusted != null) {
            builder.setTrustedCertificates(trusted);
        }
        return builder.build();
    }

    private static SpanExporter grpc(Settings settings, Senders senders, byte[] trusted) {
        OtlpGrpcSpanExporterBuilder builder = OtlpGrpcSpanExporter.builder()
                .setEndpoint(settings.url())
                .setRetryPolicy(null)
                .setComponentLoader(senders)
                .setMeterProvider(MeterProvider.noop());
        settings.headers().forEach(builder::addHeader);
        if (trusted != null) {
            builder.setTrustedCertificates(trusted);
        }
        return builder.build();
    }
}
