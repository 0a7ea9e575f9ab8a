package hopyard.otel;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * Where spans are exported to, and how.
 *
 * @param endpoint {@code [http[s]://]host[:port][/path]}; with a path, OTLP/HTTP is spoken there, without, OTLP/gRPC
 * @param interval the longest time that a span waits for others of its batch
 * @param batchSize how many spans a batch has at most; 0 counts as 1
 * @param batchCount how many batches may wait or be on their way; spans beyond them are dropped
 * @param headers fields that go with each batch
 * @param trustedCertificate a PEM file with the authorities that an endpoint with {@code https} is verified by; {@code
 *     null} for those of the JVM
 * @param resource what the spans are of, such as {@code service.name}
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/">OTLP</a>
 */
public record Settings(
        String endpoint,
        Duration interval,
        int batchSize,
        int batchCount,
        Map<String, String> headers,
        Path trustedCertificate,
        Map<String, String> resource) {

    /** @throws IllegalArgumentException if the endpoint is none */
    public Settings {
        headers = Map.copyOf(headers);
        resource = Map.copyOf(resource);
        uri(endpoint);
    }

    /** Returns the endpoint as a URL, with its scheme; without a slash if it has no path. */
    public String url() {
        String url = uri(endpoint).toString();
        return hasPath() || !url.endsWith("/") ? url : url.substring(0, url.length() - 1);
    }

    /** Whether the endpoint has a path, so that OTLP/HTTP is spoken there. */
    public boolean hasPath() {
        String path = uri(endpoint).getRawPath();
        return path != null && !path.isEmpty() && !path.equals("/");
    }

    /** Returns how many spans may wait or be on their way. */
    int capacity() {
        return (int) Math.min(Integer.MAX_VALUE / 2, (long) Math.max(1, batchSize) * batchCount);
    }

    private static URI uri(String endpoint) {
        String lower = endpoint.toLowerCase(Locale.ROOT);
        boolean hasScheme = lower.startsWith("http://") || lower.startsWith("https://");
        URI uri;
        try {
            uri = new URI(hasScheme ? endpoint : "http://" + endpoint);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("invalid endpoint \"" + endpoint + "\": " + e.getReason(), e);
        }
        if (lower.startsWith("unix:")
                || uri.getHost() == null
                || uri.getPort() > 0xffff
                || uri.getRawQuery() != null
                || uri.getUserInfo() != null) {
            throw new IllegalArgumentException("invalid endpoint \"" + endpoint
                    + "\", it must be a host with a port, and for OTLP/HTTP a path: [http[s]://]host[:port][/path]");
        }
        return uri;
    }
}
