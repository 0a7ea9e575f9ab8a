package hopyard.proxy.modules.otel;

import hopyard.otel.Settings;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.time.Duration;
import java.util.Map;

/**
 * Where spans go if nginx.conf has no {@code otel_exporter}, as soon as somebody listens there: {@code hop_otel}.
 *
 * @param directive its line
 */
public record AwaitedEndpoint(Directive directive) {

    /** How long a span may wait for others: people look for it as soon as its request is over. */
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final int BATCH_SIZE = 512;
    private static final int BATCH_COUNT = 4;

    /** Reads {@code hop_otel}. */
    public static AwaitedEndpoint read(Scope scope, Directive d, AwaitedEndpoint former) throws ConfException {
        AwaitedEndpoint read = new AwaitedEndpoint(d);
        try {
            read.settings(Map.of());
        } catch (IllegalArgumentException e) {
            throw d.error(e.getMessage());
        }
        return read;
    }

    /** Returns the settings of its exporter. */
    public Settings settings(Map<String, String> resource) {
        return new Settings(directive.arg(0), INTERVAL, BATCH_SIZE, BATCH_COUNT, Map.of(), null, resource);
    }
}
