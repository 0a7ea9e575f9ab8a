package hopyard.http.server;

import io.undertow.server.ConduitWrapper;
import io.undertow.server.Connectors;
import io.undertow.server.DefaultResponseListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.ConduitFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A request's content, as the code that answers the request reads it. The exchange is over as soon as the response is
 * out, however much of the content is still to come. The connection drops the rest ({@link Discard}).
 *
 * <p>Undertow's own exchange ends only when somebody has read all of the content. It waits for that without a timeout,
 * and sends no response in the meantime if none has begun.
 */
final class Content extends AbstractStreamSourceConduit<StreamSourceConduit>
        implements DefaultResponseListener, ConduitWrapper<StreamSinkConduit> {

    private final HttpServerExchange exchange;
    private boolean ended;

    /**
     * @param framing what tells the content from what follows it
     */
    Content(HttpServerExchange exchange, StreamSourceConduit framing) {
        super(framing);
        this.exchange = exchange;
        exchange.addDefaultResponseListener(this);
        exchange.addResponseWrapper(this);
    }

    /** Whether the content has been read to its end. */
    public boolean isEnded() {
        return ended;
    }

    private void leave() {
        if (!exchange.isRequestComplete()) {
            Connectors.terminateRequest(exchange);
        }
    }

    // ---- reading

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return (int) seen(next.read(dst));
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        return seen(next.read(dsts, offset, length));
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return seen(next.transferTo(position, count, target));
    }

    @Override
    public long transferTo(long count, ByteBuffer throughBuffer, StreamSinkChannel target) throws IOException {
        return seen(next.transferTo(count, throughBuffer, target));
    }

    private long seen(long n) {
        ended |= n < 0;
        return n;
    }

    /**
     * Ends the request only. A reader that wants no more of the content does not decide what happens to the connection.
     */
    @Override
    public void terminateReads() {
        leave();
    }

    // ---- the end of the response

    /** Ends the exchange although not all of the content has come, with its response or before it has one. */
    @Override
    public boolean handleDefaultResponse(HttpServerExchange ending) {
        if (ending.isRequestComplete()) {
            return false;
        }
        leave();
        ending.endExchange();
        return true;
    }

    @Override
    public StreamSinkConduit wrap(ConduitFactory<StreamSinkConduit> factory, HttpServerExchange answered) {
        StreamSinkConduit response = factory.create();
        return answered.isRequestComplete() ? response : new Early(response);
    }

    /** A response that begins before the content has come. */
    private final class Early extends AbstractStreamSinkConduit<StreamSinkConduit> {
        Early(StreamSinkConduit response) {
            super(response);
        }

        private void look() {
            if (exchange.isResponseComplete()) {
                leave();
            }
        }

        @Override
        public boolean flush() throws IOException {
            boolean flushed = next.flush();
            look();
            return flushed;
        }

        @Override
        public void terminateWrites() throws IOException {
            next.terminateWrites();
            look();
        }

        @Override
        public void truncateWrites() throws IOException {
            next.truncateWrites();
            look();
        }

        @Override
        public int writeFinal(ByteBuffer src) throws IOException {
            int n = next.writeFinal(src);
            look();
            return n;
        }

        @Override
        public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
            long n = next.writeFinal(srcs, offset, length);
            look();
            return n;
        }
    }
}
