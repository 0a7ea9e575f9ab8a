package hopyard.otlp;

import hopyard.otel.Settings;
import hopyard.otel.SpanSender;
import java.io.IOException;

/** Makes senders; found by {@link java.util.ServiceLoader}. */
public final class OtlpProvider implements SpanSender.Provider {

    @Override
    public SpanSender open(Settings settings) throws IOException {
        Senders senders = new Senders();
        return new OtlpSender(Exporters.of(settings, senders), senders, settings.resource());
    }
}
