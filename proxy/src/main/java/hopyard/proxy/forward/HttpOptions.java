package hopyard.proxy.forward;

import hopyard.proxy.exchange.Template;

/**
 * What is set for upstreams that speak HTTP only.
 *
 * @param version {@code proxy_http_version}; what other protocols do like one of them counts as that version
 * @param body {@code proxy_set_body}; {@code null} for the client's
 * @param passesTrailers {@code proxy_pass_trailers}
 */
public record HttpOptions(String version, Template body, boolean passesTrailers) {

    /** For a protocol in which connections may be kept, and content may be of unknown length. */
    public static final HttpOptions LIKE_1_1 = new HttpOptions("1.1", null, false);

    /** For a protocol in which connections are not kept, and the length of content comes first. */
    public static final HttpOptions LIKE_1_0 = new HttpOptions("1.0", null, false);

    boolean isHttp11() {
        return version.equals("1.1");
    }
}
