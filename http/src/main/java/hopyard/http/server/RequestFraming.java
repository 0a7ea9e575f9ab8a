package hopyard.http.server;

import hopyard.http.Tokens;
import io.undertow.conduits.FixedLengthStreamSourceConduit;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.util.regex.Pattern;
import org.xnio.conduits.StreamSourceConduit;

/** How long a request's content is (RFC 9112 §6.3), and whether another request may follow it (§9.3). */
final class RequestFraming {

    /** Matches other codings, followed by "chunked" once (RFC 9112 §6.1). */
    private static final Pattern CODINGS_AND_CHUNKED =
            Pattern.compile("(?i)(?:(?!chunked\\b)[!#$%&'*+.^_`|~0-9a-z-]+[ \t]*,[ \t]*)+chunked");

    private static final String READING = " while reading client request headers";

    private RequestFraming() {}

    /** Returns what is wrong with the fields that say where the content ends; {@code null} if nothing is. */
    static RequestMistake mistake(HeaderMap headers, boolean isHttp11) {
        String coding = headers.getFirst(Headers.TRANSFER_ENCODING);
        String size = headers.getFirst(Headers.CONTENT_LENGTH);
        if (size != null && !FieldRules.isLength(size)) {
            return mistake(400, "client sent invalid \"Content-Length\" header");
        }
        if (coding == null) {
            return null;
        }
        if (!isHttp11) {
            return mistake(400, "client sent HTTP/1.0 request with \"Transfer-Encoding\" header");
        }
        if (size != null) {
            return mistake(400, "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time");
        }
        if (!coding.equalsIgnoreCase("chunked")) {
            // without "chunked" at its end nobody knows how long the content is; with it, it could be decoded
            boolean isFramed = CODINGS_AND_CHUNKED.matcher(coding).matches();
            return mistake(isFramed ? 501 : 400, "client sent unknown \"Transfer-Encoding\": \"" + coding + "\"");
        }
        return null;
    }

    private static RequestMistake mistake(int status, String what) {
        return new RequestMistake(status, what + READING, null);
    }

    /** Whether the head announces content, which may turn out to be empty. */
    static boolean announcesContent(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        return headers.contains(Headers.CONTENT_LENGTH) || headers.contains(Headers.TRANSFER_ENCODING);
    }

    /**
     * Returns the source of the content of a request whose head has no {@link #mistake}. It gives nothing of what
     * follows the content. Returns {@code null} if there is no content.
     *
     * @param bytes what comes on the connection
     */
    static StreamSourceConduit content(
            HttpServerExchange exchange, AbstractServerConnection connection, StreamSourceConduit bytes) {
        HeaderMap headers = exchange.getRequestHeaders();
        if (headers.contains(Headers.TRANSFER_ENCODING)) {
            return new ChunkedSource(bytes, exchange, connection);
        }
        String size = headers.getFirst(Headers.CONTENT_LENGTH);
        long length = size == null ? 0 : Long.parseLong(size);
        if (length == 0) {
            return null;
        }
        return new FixedLengthStreamSourceConduit(bytes, length, ended -> ended(ended, exchange), exchange);
    }

    private static void ended(FixedLengthStreamSourceConduit content, HttpServerExchange exchange) {
        if (content.getRemaining() > 0) {
            exchange.setPersistent(false);
        }
        Connectors.terminateRequest(exchange);
    }

    /** Whether the client may send another request after this one. */
    static boolean isPersistent(HttpServerExchange exchange) {
        HeaderValues options = exchange.getRequestHeaders().get(Headers.CONNECTION);
        if (options == null) {
            return exchange.isHttp11();
        }
        for (int i = 0; i < options.size(); i++) {
            if (Tokens.contains(options.get(i), "close")) {
                return false;
            }
        }
        return exchange.isHttp11() || Headers.KEEP_ALIVE.equalToString(options.getFirst());
    }
}
