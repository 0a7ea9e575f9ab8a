package hopyard.otel;

import java.util.Map;
import java.util.Set;

/**
 * How spans name methods of HTTP: few are known, so that there are few different values.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">OpenTelemetry: semantic conventions for
 *     HTTP spans</a>
 */
public final class HttpMethod {

    /** What a method is called that is not known. */
    public static final String OTHER = "_OTHER";

    private static final String NAME = "http.request.method";

    private static final Set<String> KNOWN =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY");

    private HttpMethod() {}

    /** Returns what a span is called by a request's method. */
    public static String spanName(String method) {
        return KNOWN.contains(method) ? method : "HTTP";
    }

    /** Adds the attributes for a request's method. */
    public static void add(Map<String, Object> out, String method) {
        boolean isKnown = KNOWN.contains(method);
        out.put(NAME, isKnown ? method : OTHER);
        if (!isKnown) {
            out.put(NAME + "_original", method);
        }
    }

    /** Adds the attribute for what is no request, and so has no method. */
    public static void addNone(Map<String, Object> out) {
        out.put(NAME, OTHER);
    }
}
