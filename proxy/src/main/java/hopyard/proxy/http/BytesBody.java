package hopyard.proxy.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.channels.StreamSinkChannel;

/** Sends a response body that is all there. */
final class BytesBody {

    private final Exchange exchange;
    private final StreamSinkChannel sink;
    private final ByteBuffer rest;

    private BytesBody(Exchange exchange, StreamSinkChannel sink, byte[] body) {
        this.exchange = exchange;
        this.sink = sink;
        rest = ByteBuffer.wrap(body);
    }

    /** Sends the response header and the body. */
    static void send(Exchange exchange, byte[] content) {
        StreamSinkChannel sink = exchange.startResponse();
        if (sink == null) {
            exchange.clientClosed();
            return;
        }
        BytesBody body = new BytesBody(exchange, sink, content);
        sink.getWriteSetter().set(channel -> {
            exchange.clock().enter(Stage.OWN);
            body.write();
        });
        body.write();
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
                sink.resumeWrites();
                exchange.clock().awaitClient();
            } else {
                exchange.http().endExchange();
            }
        } catch (IOException e) {
            exchange.clientClosed();
        }
    }
}
