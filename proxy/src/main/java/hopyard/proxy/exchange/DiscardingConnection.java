package hopyard.proxy.exchange;

import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.server.SSLSessionInfo;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.xnio.ChannelListener;
import org.xnio.Option;
import org.xnio.OptionMap;
import org.xnio.Pool;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.Configurable;
import org.xnio.channels.ConnectedChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Stands in a subrequest for the connection of a client. A sink takes the content of the response. For everything else,
 * the connection of the client's request is asked.
 */
class DiscardingConnection extends ServerConnection {

    private final ServerConnection outer;
    private final SubrequestSink sink;
    private final ConduitStreamSinkChannel channel;
    private final List<CloseListener> closeListeners = new ArrayList<>(1);
    private HttpServerExchange exchange;
    private boolean closed;

    /** @param sink takes the content of the response */
    DiscardingConnection(ServerConnection outer, SubrequestSink sink) {
        this.outer = outer;
        this.sink = sink;
        channel = new ConduitStreamSinkChannel(Configurable.EMPTY, sink);
    }

    void carry(HttpServerExchange carried) {
        exchange = carried;
        sink.carry(carried);
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
