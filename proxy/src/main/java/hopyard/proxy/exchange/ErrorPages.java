package hopyard.proxy.exchange;

import hopyard.http.server.RequestMistake;
import io.undertow.util.StatusCodes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** The pages that nginx itself sends for a status code, with nginx's reason phrases. */
public final class ErrorPages {

    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(301, "301 Moved Permanently"),
            Map.entry(302, "302 Found"),
            Map.entry(303, "303 See Other"),
            Map.entry(307, "307 Temporary Redirect"),
            Map.entry(308, "308 Permanent Redirect"),
            Map.entry(400, "400 Bad Request"),
            Map.entry(401, "401 Authorization Required"),
            Map.entry(402, "402 Payment Required"),
            Map.entry(403, "403 Forbidden"),
            Map.entry(404, "404 Not Found"),
            Map.entry(405, "405 Not Allowed"),
            Map.entry(406, "406 Not Acceptable"),
            Map.entry(408, "408 Request Time-out"),
            Map.entry(409, "409 Conflict"),
            Map.entry(410, "410 Gone"),
            Map.entry(411, "411 Length Required"),
            Map.entry(412, "412 Precondition Failed"),
            Map.entry(413, "413 Request Entity Too Large"),
            Map.entry(414, "414 Request-URI Too Large"),
            Map.entry(415, "415 Unsupported Media Type"),
            Map.entry(416, "416 Requested Range Not Satisfiable"),
            Map.entry(421, "421 Misdirected Request"),
            Map.entry(429, "429 Too Many Requests"),
            Map.entry(495, "400 The SSL certificate error"),
            Map.entry(496, "400 No required SSL certificate was sent"),
            Map.entry(497, "400 The plain HTTP request was sent to HTTPS port"),
            Map.entry(494, "431 Request Header Fields Too Large"),
            Map.entry(500, "500 Internal Server Error"),
            Map.entry(501, "501 Not Implemented"),
            Map.entry(502, "502 Bad Gateway"),
            Map.entry(503, "503 Service Temporarily Unavailable"),
            Map.entry(504, "504 Gateway Time-out"),
            Map.entry(505, "505 HTTP Version Not Supported"),
            Map.entry(507, "507 Insufficient Storage"));

    /** nginx's reason phrases where Undertow's are different. */
    private static final Map<Integer, String> REASONS = Map.of(
            302, "Moved Temporarily",
            401, "Unauthorized",
            405, "Not Allowed",
            408, "Request Time-out",
            414, "Request-URI Too Large",
            416, "Requested Range Not Satisfiable",
            421, "Misdirected Request",
            503, "Service Temporarily Unavailable",
            504, "Gateway Time-out",
            505, "HTTP Version Not Supported");

    private static final String[] OWN_REASONS = new String[1000];

    static {
        for (int status = 0; status < OWN_REASONS.length; status++) {
            // an unknown code has an empty phrase; Undertow would say "Unknown"
            String known = StatusCodes.getReason(status).equals("Unknown") ? "" : null;
            OWN_REASONS[status] = REASONS.getOrDefault(status, known);
        }
    }

    /** nginx's code for "close the connection without an answer". */
    static final int CLOSE = 444;

    /** nginx's code for "the client went away", which only logs show. */
    public static final int CLIENT_CLOSED_REQUEST = 499;

    /** nginx's code for a client's certificate that is not right. */
    public static final int BAD_CERTIFICATE = 495;

    /** nginx's code for a client without a certificate where one is required. */
    public static final int NO_CERTIFICATE = 496;

    /** nginx's code for a request without TLS on a port that expects TLS. */
    static final int PLAIN_HTTP = 497;

    /**
     * nginx's own code for a request whose header is too large, answered as 431 (RFC 6585 §5), where nginx says 400.
     */
    public static final int HEADER_TOO_LARGE = RequestMistake.HEADER_TOO_LARGE;

    private ErrorPages() {}

    /**
     * Returns the page for a status code; {@code null} if it has none.
     *
     * @param server the name of the server at the foot of the page
     */
    static byte[] page(int status, String server) {
        String title = TITLES.get(status);
        if (title == null) {
            return null;
        }
        // the heading has the code that the client gets; nginx's own code is explained below
        boolean isOwn = status == PLAIN_HTTP || status == BAD_CERTIFICATE || status == NO_CERTIFICATE;
        String heading = isOwn ? "400 Bad Request" : title;
        String detail = isOwn ? "<center>" + title.substring(4) + "</center>\r\n" : "";
        return ("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + heading
                        + "</h1></center>\r\n" + detail + "<hr><center>" + server
                        + "</center>\r\n</body>\r\n</html>\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Returns nginx's reason phrase for a code; {@code null} if it is the standard one. */
    public static String reason(int status) {
        return OWN_REASONS[status];
    }

    /** Returns the code that the client gets for one of nginx's own codes; any other code as it is. */
    static int sent(int status) {
        return switch (status) {
            case HEADER_TOO_LARGE -> 431;
            case PLAIN_HTTP, BAD_CERTIFICATE, NO_CERTIFICATE -> 400;
            default -> status;
        };
    }

    /** Returns a page with padding, for browsers that do not show short error pages. */
    static byte[] padded(byte[] page) {
        byte[] padding = "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n"
                .repeat(6)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] out = Arrays.copyOf(page, page.length + padding.length);
        System.arraycopy(padding, 0, out, page.length, padding.length);
        return out;
    }
}
