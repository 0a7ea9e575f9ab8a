package hopyard.proxy.exchange;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;

/** Computes the length of messages. Undertow does not tell it, so headers count as HTTP/1.1 writes them. */
public final class MessageSizes {

    private MessageSizes() {}

    /** Returns {@code $bytes_sent}: the bytes of the response. */
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

    /** Returns {@code $body_bytes_sent}: the bytes of content that were sent to the client. */
    public static long contentSent(Exchange exchange) {
        Upgrade upgrade = Upgrade.of(exchange);
        long sent = exchange.response().contentSent();
        return upgrade == null ? sent : sent + upgrade.sent();
    }

    /** Returns {@code $request_length}: the bytes of the request. */
    static long received(Exchange exchange) {
        return exchange.client().headLength() + Math.max(ClientContent.received(exchange), exchange.contentLength());
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
