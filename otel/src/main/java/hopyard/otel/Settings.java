package hopyard.otel;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern AUTHORITY = Pattern.compile("(\\[[^\\]]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?");

    private static final int PORT_OF_HTTP = 80;
    private static final int PORT_OF_HTTPS = 443;

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

    /** Returns the endpoint's host; an address of IPv6 is in brackets. */
    String host() {
        return authority(uri(endpoint)).group(1);
    }

    /** Returns the endpoint's port; that of its scheme if it names none. */
    int port() {
        URI uri = uri(endpoint);
        String port = authority(uri).group(2);
        return port != null
                ? Integer.parseInt(port)
                : uri.getScheme().equalsIgnoreCase("https") ? PORT_OF_HTTPS : PORT_OF_HTTP;
    }

    /**
     * Whether a URL has a host, a port perhaps, and no user. A name may have an underscore, as those of Docker's
     * services may; for {@link URI#getHost()} it may not.
     */
    public static boolean hasHost(URI url) {
        Matcher authority = authority(url);
        return authority != null && (authority.group(2) == null || Integer.parseInt(authority.group(2)) <= 0xffff);
    }

    /** Returns the host and the port of a URL; {@code null} if it has none. */
    private static Matcher authority(URI url) {
        Matcher found = AUTHORITY.matcher(String.valueOf(url.getRawAuthority()));
        return url.getRawAuthority() != null && found.matches() ? found : null;
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
        if (lower.startsWith("unix:") || !hasHost(uri) || uri.getRawQuery() != null) {
            throw new IllegalArgumentException("invalid endpoint \"" + endpoint
                    + "\", it must be a host with a port, and for OTLP/HTTP a path: [http[s]://]host[:port][/path]");
        }
        return uri;
    }
}
