package hopyard.proxy.exchange;

import io.undertow.connector.ByteBufferPool;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.server.SSLSessionInfo;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.Option;
import org.xnio.OptionMap;
import org.xnio.Pool;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.Configurable;
import org.xnio.channels.ConnectedChannel;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * Stands in a subrequest for the connection of a client. The content of the response goes nowhere. For everything else,
 * the connection of the client's request is asked.
 */
class DiscardingConnection extends ServerConnection {

    private final ServerConnection outer;
    private final Sink sink = new Sink();
    private final ConduitStreamSinkChannel channel = new ConduitStreamSinkChannel(Configurable.EMPTY, sink);
    private final List<CloseListener> closeListeners = new ArrayList<>(1);
    private HttpServerExchange exchange;
    private boolean closed;

    DiscardingConnection(ServerConnection outer) {
        this.outer = outer;
    }

    void carry(HttpServerExchange carried) {
        exchange = carried;
    }

    /** Takes all content, and ends the exchange when the content ends. */
    private final class Sink implements StreamSinkConduit {

        private boolean ended;
        private WriteReadyHandler handler;

        @Override
        public int write(ByteBuffer src) {
            int n = src.remaining();
            src.position(src.limit());
            return n;
        }

        @Override
        public long write(ByteBuffer[] srcs, int offset, int length) {
            long n = 0;
            for (int i = offset; i < offset + length; i++) {
                n += write(srcs[i]);
            }
            return n;
        }

        @Override
        public int writeFinal(ByteBuffer src) {
            int n = write(src);
            terminateWrites();
            return n;
        }

        @Override
        public long writeFinal(ByteBuffer[] srcs, int offset, int length) {
            long n = write(srcs, offset, length);
            terminateWrites();
            return n;
        }

        @Override
        public long transferFrom(FileChannel src, long position, long count) {
            return count;
        }

        @Override
        public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) {
            throw new UnsupportedOperationException("responses are written from buffers and files");
        }

        @Override
        public void terminateWrites() {
            ended = true;
        }

        @Override
        public boolean flush() {
            if (ended && !exchange.isResponseComplete()) {
                Connectors.terminateResponse(exchange);
            }
            return true;
        }

        @Override
        public void truncateWrites() {
            ended = true;
            flush();
        }

        @Override
        public boolean isWriteShutdown() {
            return ended;
        }

        @Override
        public void resumeWrites() {
            wakeupWrites();
        }

        @Override
        public void suspendWrites() {
            // a write never has to wait
        }

        @Override
        public void wakeupWrites() {
            getIoThread().execute(() -> handler.writeReady());
        }

        @Override
        public boolean isWriteResumed() {
            return false;
        }

        @Override
        public void awaitWritable() {
            // always is
        }

        @Override
        public void awaitWritable(long time, TimeUnit timeUnit) {
            // always is
        }

        @Override
        public XnioIoThread getWriteThread() {
            return getIoThread();
        }

        @Override
        public void setWriteReadyHandler(WriteReadyHandler newHandler) {
            handler = newHandler;
        }

        @Override
        public XnioWorker getWorker() {
            return outer.getWorker();
        }
    }

    @Override
    @SuppressWarnings("deprecation") // ServerConnection asks for it
    public Pool<ByteBuffer> getBufferPool() {
        return outer.getBufferPool();
    }

    @Override
    public ByteBufferPool getByteBufferPool() {
        return outer.getByteBufferPool();
    }

    @Override
    public XnioWorker getWorker() {
        return outer.getWorker();
    }

    @Override
    public XnioIoThread getIoThread() {
        return outer.getIoThread();
    }

    @Override
    public HttpServerExchange sendOutOfBandResponse(HttpServerExchange carried) {
        throw new UnsupportedOperationException("nobody would see it");
    }

    @Override
    public boolean isContinueResponseSupported() {
        return false;
    }

    @Override
    public void terminateRequestChannel(HttpServerExchange carried) {
        // there is no request channel
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean supportsOption(Option<?> option) {
        return outer.supportsOption(option);
    }

    @Override
    public <T> T getOption(Option<T> option) throws IOException {
        return outer.getOption(option);
    }

    @Override
    public <T> T setOption(Option<T> option, T value) {
        throw new UnsupportedOperationException("the socket is the client's");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeListeners.forEach(listener -> listener.closed(this));
            exchange.endExchange();
        }
    }

    @Override
    public ChannelListener.Setter<? extends ConnectedChannel> getCloseSetter() {
        return new ChannelListener.SimpleSetter<DiscardingConnection>();
    }

    @Override
    public SocketAddress getPeerAddress() {
        return outer.getPeerAddress();
    }

    @Override
    public <A extends SocketAddress> A getPeerAddress(Class<A> type) {
        return outer.getPeerAddress(type);
    }

    @Override
    public SocketAddress getLocalAddress() {
        return outer.getLocalAddress();
    }

    @Override
    public <A extends SocketAddress> A getLocalAddress(Class<A> type) {
        return outer.getLocalAddress(type);
    }

    @Override
    public OptionMap getUndertowOptions() {
        return outer.getUndertowOptions();
    }

    @Override
    public int getBufferSize() {
        return outer.getBufferSize();
    }

    @Override
    public SSLSessionInfo getSslSessionInfo() {
        return outer.getSslSessionInfo();
    }

    @Override
    public void setSslSessionInfo(SSLSessionInfo sessionInfo) {
        throw new UnsupportedOperationException("the session is the client's");
    }

    @Override
    public void addCloseListener(CloseListener listener) {
        closeListeners.add(listener);
    }

    @Override
    protected StreamConnection upgradeChannel() {
        throw new UnsupportedOperationException("there is nobody to switch protocols with");
    }

    @Override
    protected ConduitStreamSinkChannel getSinkChannel() {
        return channel;
    }

    @Override
    protected ConduitStreamSourceChannel getSourceChannel() {
        return null;
    }

    @Override
    protected StreamSinkConduit getSinkConduit(HttpServerExchange carried, StreamSinkConduit conduit) {
        return conduit;
    }

    @Override
    protected boolean isUpgradeSupported() {
        return false;
    }

    @Override
    protected boolean isConnectSupported() {
        return false;
    }

    @Override
    protected void exchangeComplete(HttpServerExchange carried) {
        // no other exchange follows
    }

    @Override
    protected void setUpgradeListener(HttpUpgradeListener upgradeListener) {
        throw new UnsupportedOperationException("there is nobody to switch protocols with");
    }

    @Override
    protected void setConnectListener(HttpUpgradeListener connectListener) {
        throw new UnsupportedOperationException("there is nobody to switch protocols with");
    }

    @Override
    protected void maxEntitySizeUpdated(HttpServerExchange carried) {
        // the request has no content
    }

    @Override
    public String getTransportProtocol() {
        return outer.getTransportProtocol();
    }

    @Override
    public boolean isRequestTrailerFieldsSupported() {
        return false;
    }
}
