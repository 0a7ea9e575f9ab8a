package hopyard.proxy.modules.otel;

import hopyard.otel.Settings;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.Values;
import hopyard.proxy.server.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What {@code otel_exporter} says. Its lines are not directives of their own, so they have messages of their own. */
public final class OtelExporterBlock {

    /** The largest file of certificates, in bytes. */
    private static final long MAX_CERTIFICATES = 4 << 20;

    private final Set<String> said = new HashSet<>();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private Directive line;
    private String endpoint = "";
    private long interval = 5000;
    private long batchSize = 512;
    private long batchCount = 4;
    private Path trusted;

    /**
     * Reads the block.
     *
     * @throws ConfException if there is a mistake, in the words of nginx's module
     */
    public void read(Scope scope, Directive block) throws ConfException {
        for (Directive each : block.block().directives()) {
            read(each, scope);
        }
        if (block.block().brokenOff() != null) {
            throw block.block().brokenOff();
        }
        line = block;
        if (endpoint.matches("(?i)(https?://)?")) {
            throw block.error("\"otel_exporter\" requires \"endpoint\"");
        }
    }

    private void read(Directive d, Scope scope) throws ConfException {
        int args = switch (d.name()) {
            case "endpoint", "interval", "batch_size", "batch_count", "trusted_certificate" -> 1;
            case "header" -> 2;
            default -> throw d.error("unknown directive \"" + d.name() + "\" in \"otel_exporter\"");
        };
        if (d.args().size() != args) {
            throw d.error("invalid number of arguments in \"" + d.name() + "\" directive of \"otel_exporter\"");
        }
        if (d.block() != null) {
            throw d.error("unexpected \"{\"");
        }
        boolean mayRepeat = d.name().equals("header") || d.name().equals("trusted_certificate");
        if (!said.add(d.name()) && !mayRepeat) {
            throw mistake(d, "is duplicate");
        }
        switch (d.name()) {
            case "endpoint" -> endpoint = d.arg(0);
            case "interval" -> {
                interval = Values.parseMillis(d.arg(0));
                if (interval < 0) {
                    throw mistake(d, "invalid value");
                }
            }
            case "batch_size" -> batchSize = size(d);
            case "batch_count" -> batchCount = size(d);
            case "header" -> header(d);
            default -> trusted(d, scope);
        }
    }

    private static ConfException mistake(Directive d, String message) {
        return d.error("\"" + d.name() + "\" directive of \"otel_exporter\" " + message);
    }

    private static long size(Directive d) throws ConfException {
        try {
            return Values.parseSize(d.arg(0));
        } catch (NumberFormatException e) {
            throw mistake(d, "invalid value");
        }
    }

    private void header(Directive d) throws ConfException {
        String name = d.arg(0).toLowerCase(Locale.ROOT);
        if (!name.matches("[0-9a-z_.-]+")) {
            throw mistake(d, "has invalid header name");
        }
        if (!d.arg(1).matches("[ -~]*")) {
            throw mistake(d, "has invalid header value");
        }
        headers.put(name, d.arg(1));
    }

    private void trusted(Directive d, Scope scope) throws ConfException {
        trusted = Paths.under(Reading.of(scope).configurationDirectory(), d, 0);
        try {
            Reading.of(scope).surroundings().read(trusted, MAX_CERTIFICATES);
        } catch (IOException e) {
            throw d.error("failed to open \"" + trusted + "\" (" + SystemErrors.text(e) + ")");
        }
    }

    /**
     * Returns the settings.
     *
     * @param resource what the spans are of
     * @throws ConfException if the endpoint is none
     */
    public Settings settings(Map<String, String> resource) throws ConfException {
        try {
            return new Settings(
                    endpoint,
                    Duration.ofMillis(interval),
                    (int) Math.min(batchSize, Integer.MAX_VALUE),
                    (int) Math.min(batchCount, Integer.MAX_VALUE),
                    headers,
                    trusted,
                    resource);
        } catch (IllegalArgumentException e) {
            throw line.error(e.getMessage());
        }
    }
}
