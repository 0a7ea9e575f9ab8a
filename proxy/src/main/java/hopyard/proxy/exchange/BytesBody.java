package hopyard.proxy.exchange;

import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.channels.StreamSinkChannel;

/** Sends a content that is in memory. */
public final class BytesBody {

    private final Exchange exchange;
    private final StreamSinkChannel sink;
    private final ByteBuffer rest;
    /** {@code null} as long as the client has taken all at once. */
    private SendDeadline deadline;

    private BytesBody(Exchange exchange, StreamSinkChannel sink, byte[] body) {
        this.exchange = exchange;
        this.sink = sink;
        rest = ByteBuffer.wrap(body);
    }

    /**
     * Answers with a whole content.
     *
     * @param type the media type; {@code null} for none
     */
    public static void respond(Exchange exchange, int status, String type, byte[] body) {
        exchange.response().status(status);
        if (exchange.trail() != null) {
            exchange.trail().responds(exchange, body);
            return;
        }
        HeaderMap headers = exchange.responseHeaders();
        if (status == 204) {
            // another response may have left one
            headers.remove(Headers.CONTENT_TYPE);
        } else if (type != null && !type.isEmpty() && (body.length > 0 || status < 300)) {
            headers.put(Headers.CONTENT_TYPE, type);
        }
        // an error page keeps the status of the error, whatever its own is
        if (exchange.status() != 204 && exchange.status() != 304) {
            headers.put(Headers.CONTENT_LENGTH, body.length);
        }
        send(exchange, body);
    }

    /** Answers with 200 and a whole content, or with 304 or 412 where the preconditions of the request say so. */
    public static void offer(Exchange exchange, String type, byte[] body) {
        HeaderMap out = exchange.responseHeaders();
        int status = exchange.isSubrequest() || SpecialResponse.showsError(exchange)
                ? 200
                : Preconditions.check(
                        exchange.requestHeaders(), out, exchange.core().ifModifiedSince());
        if (status == 412) {
            out.remove(Headers.LAST_MODIFIED);
            exchange.fail(412);
        } else {
            respond(exchange, status, status == 304 ? null : type, status == 304 ? new byte[0] : body);
        }
    }

    /** Answers with 200 and a content whose length the header does not tell, as if it were still being made. */
    public static void stream(Exchange exchange, String type, byte[] body) {
        if (exchange.trail() != null) {
            exchange.trail().responds(exchange, body);
            return;
        }
        exchange.responseHeaders().put(Headers.CONTENT_TYPE, type);
        send(exchange, body);
    }

    private static void send(Exchange exchange, byte[] content) {
        StreamSinkChannel sink = ResponseStart.start(exchange);
        if (sink == null) {
            exchange.lifetime().clientClosed();
            return;
        }
        BytesBody body = new BytesBody(exchange, sink, content);
        sink.getWriteSetter().set(channel -> {
            exchange.clock().enter(Stage.OWN);
            body.write();
        });
        body.write();
    }

    /** Has a client that takes nothing for {@code send_timeout} lose its connection. */
    private void limit() {
        if (deadline == null) {
            deadline = new SendDeadline(exchange, exchange.lifetime()::clientClosed);
            exchange.lifetime().onEnd(deadline::close);
        }
        deadline.restart();
    }

    private void write() {
        try {
            sink.suspendWrites();
            if (rest.hasRemaining()) {
                sink.writeFinal(rest);
            }
            if (!rest.hasRemaining()) {
                if (rest.capacity() == 0) {
                    ResponseStart.sendHeadOfEmptyContent(exchange, sink);
                }
                sink.shutdownWrites();
            }
            if (rest.hasRemaining() || !sink.flush()) {
                limit();
                sink.resumeWrites();
                exchange.clock().awaitClient();
            } else {
                exchange.response().end();
            }
        } catch (IOException e) {
            exchange.lifetime().clientClosed();
        }
    }
}
