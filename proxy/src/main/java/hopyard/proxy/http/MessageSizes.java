package hopyard.proxy.http;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;

/** How long messages are on the wire: Undertow does not tell, so headers are counted as HTTP/1.1 writes them plainly. */
public final class MessageSizes {

    private MessageSizes() {}

    /** Bytes of the response: {@code $bytes_sent}. */
    static long sent(Exchange exchange) {
        if (!exchange.response().isStarted()) {
            return 0;
        }
        String reason = exchange.response().reasonPhrase();
        return "HTTP/1.1 200 \r\n\r\n".length()
                + (reason == null ? 2 : reason.length())
                + of(exchange.responseHeaders())
                + contentSent(exchange);
    }

    /** Bytes of content that were sent to the client: {@code $body_bytes_sent}. */
    public static long contentSent(Exchange exchange) {
        Upgrade upgrade = Upgrade.of(exchange);
        long sent = exchange.response().contentSent();
        return upgrade == null ? sent : sent + upgrade.sent();
    }

    /** Bytes of the request: {@code $request_length}. */
    static long received(Exchange exchange) {
        return RequestLine.of(exchange).length()
                + 4
                + of(exchange.requestHeaders())
                + Math.max(0, exchange.contentLength());
    }

    private static long of(HeaderMap header) {
        long length = 0;
        for (HeaderValues field : header) {
            for (String value : field) {
                length += field.getHeaderName().length() + value.length() + 4;
            }
        }
        return length;
    }
}
