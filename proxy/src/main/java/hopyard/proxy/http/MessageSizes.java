package hopyard.proxy.http;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;

/** How long messages are on the wire: Undertow does not tell, so headers are counted as HTTP/1.1 writes them plainly. */
final class MessageSizes {

    private MessageSizes() {}

    /** Bytes of the response: {@code $bytes_sent}. */
    static long sent(Exchange exchange) {
        if (!exchange.http().isResponseStarted()) {
            return 0;
        }
        String reason = exchange.http().getReasonPhrase();
        return "HTTP/1.1 200 \r\n\r\n".length()
                + (reason == null ? 2 : reason.length())
                + of(exchange.responseHeaders())
                + exchange.bodyBytesSent();
    }

    /** Bytes of the request: {@code $request_length}. */
    static long received(Exchange exchange) {
        return exchange.requestLine().length()
                + 4
                + of(exchange.http().getRequestHeaders())
                + Math.max(0, exchange.http().getRequestContentLength());
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
