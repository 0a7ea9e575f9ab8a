package hopyard.http.server;

import io.undertow.UndertowOptions;
import io.undertow.conduits.ChunkedStreamSinkConduit;
import io.undertow.conduits.ConduitListener;
import io.undertow.conduits.FinishableStreamSinkConduit;
import io.undertow.conduits.HeadStreamSinkConduit;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import org.xnio.conduits.StreamSinkConduit;

/** How a response says where it ends (RFC 9112 §6.3), and whether the connection goes on after it (§9.3). */
final class ResponseSinks {

    private ResponseSinks() {}

    /**
     * Returns what takes the content of a response, and completes the response's fields.
     *
     * @param head what writes the head before the content
     * @param fixedLength the connection's own sink for content whose length is known
     */
    static StreamSinkConduit sink(HttpServerExchange exchange, StreamSinkConduit head, FixedLengthSink fixedLength) {
        DateUtils.addDateHeaderIfRequired(exchange);
        HeaderMap headers = exchange.getResponseHeaders();
        if (!Connectors.isEntityBodyAllowed(exchange)
                && !exchange.getRequestMethod().equals(Methods.HEAD)) {
            headers.remove(Headers.CONTENT_LENGTH);
            headers.remove(Headers.TRANSFER_ENCODING);
            return withoutContent(exchange, head);
        }
        persistence(exchange, headers);
        String coding = headers.getLast(Headers.TRANSFER_ENCODING);
        if (coding != null) {
            headers.remove(Headers.CONTENT_LENGTH);
        }
        long length = length(headers);
        boolean isChunked = length < 0 && isChunked(exchange, coding, headers);
        if (exchange.getRequestMethod().equals(Methods.HEAD)) {
            return withoutContent(exchange, head);
        }
        if (length >= 0) {
            fixedLength.begin(length, exchange);
            return fixedLength;
        }
        ConduitListener<StreamSinkConduit> onEnd = ended -> Connectors.terminateResponse(exchange);
        return isChunked
                ? new ChunkedStreamSinkConduit(
                        head,
                        exchange.getConnection().getByteBufferPool(),
                        true,
                        !exchange.isPersistent(),
                        headers,
                        onEnd,
                        exchange)
                : new FinishableStreamSinkConduit(head, onEnd);
    }

    private static StreamSinkConduit withoutContent(HttpServerExchange exchange, StreamSinkConduit head) {
        return new HeadStreamSinkConduit(head, ended -> Connectors.terminateResponse(exchange));
    }

    private static void persistence(HttpServerExchange exchange, HeaderMap headers) {
        if (exchange.getStatusCode() == StatusCodes.EXPECTATION_FAILED) {
            // nobody knows whether the client still sends the content that was not wanted
            exchange.setPersistent(false);
        }
        String connection = headers.getFirst(Headers.CONNECTION);
        if (!exchange.isPersistent()) {
            headers.put(Headers.CONNECTION, "close");
        } else if (connection != null) {
            if (Headers.CLOSE.equalToString(connection)) {
                exchange.setPersistent(false);
            }
        } else if (exchange.getConnection()
                .getUndertowOptions()
                .get(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, UndertowOptions.DEFAULT_ALWAYS_SET_KEEP_ALIVE)) {
            headers.put(Headers.CONNECTION, "keep-alive");
        }
    }

    /** Returns the length in the response's fields; -1 if there is none. A value that is not a length is removed. */
    private static long length(HeaderMap headers) {
        String said = headers.getFirst(Headers.CONTENT_LENGTH);
        if (said != null && FieldRules.isLength(said)) {
            return Long.parseLong(said);
        }
        if (said != null) {
            headers.remove(Headers.CONTENT_LENGTH);
        }
        return -1;
    }

    /** Whether content of unknown length is sent in chunks; otherwise it ends with the connection. */
    private static boolean isChunked(HttpServerExchange exchange, String coding, HeaderMap headers) {
        if (coding == null && exchange.isHttp11() && exchange.isPersistent()) {
            headers.put(Headers.TRANSFER_ENCODING, "chunked");
            return true;
        }
        if (coding != null && Headers.CHUNKED.equalToString(coding)) {
            return true;
        }
        if (coding != null || !exchange.isHttp11()) {
            exchange.setPersistent(false);
            headers.put(Headers.CONNECTION, "close");
        }
        return false;
    }
}
