package hopyard.http.server.http2;

import hopyard.http.server.Carrier;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.server.SSLSessionInfo;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.xnio.ChannelListener;
import org.xnio.Option;
import org.xnio.OptionMap;
import org.xnio.Pool;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.ConnectedChannel;
import org.xnio.channels.SslChannel;

/** What Undertow asks of a connection, and a stream answers as the connection that it is on. */
abstract class StreamAsConnection extends ServerConnection implements Carrier {

    private final StreamConnection channel;
    private final ByteBufferPool buffers;

    StreamAsConnection(StreamConnection channel, ByteBufferPool buffers) {
        this.channel = channel;
        this.buffers = buffers;
    }

    @Override
    @SuppressWarnings("deprecation") // ServerConnection asks for it
    public final Pool<ByteBuffer> getBufferPool() {
        throw new UnsupportedOperationException("buffers come from the other pool");
    }

    @Override
    public final ByteBufferPool getByteBufferPool() {
        return buffers;
    }

    @Override
    public final XnioWorker getWorker() {
        return channel.getWorker();
    }

    @Override
    public final XnioIoThread getIoThread() {
        return channel.getIoThread();
    }

    @Override
    public final HttpServerExchange sendOutOfBandResponse(HttpServerExchange exchange) {
        throw new UnsupportedOperationException("interim responses are sent by sendInterim");
    }

    @Override
    public final boolean supportsOption(Option<?> option) {
        return channel.supportsOption(option);
    }

    @Override
    public final <T> T getOption(Option<T> option) throws IOException {
        return channel.getOption(option);
    }

    @Override
    public final <T> T setOption(Option<T> option, T value) {
        throw new UnsupportedOperationException("the socket belongs to all streams");
    }

    @Override
    public final ChannelListener.Setter<? extends ConnectedChannel> getCloseSetter() {
        return new ChannelListener.SimpleSetter<StreamAsConnection>();
    }

    @Override
    public final SocketAddress getPeerAddress() {
        return channel.getPeerAddress();
    }

    @Override
    public final <A extends SocketAddress> A getPeerAddress(Class<A> type) {
        return channel.getPeerAddress(type);
    }

    @Override
    public final SocketAddress getLocalAddress() {
        return channel.getLocalAddress();
    }

    @Override
    public final <A extends SocketAddress> A getLocalAddress(Class<A> type) {
        return channel.getLocalAddress(type);
    }

    @Override
    public final OptionMap getUndertowOptions() {
        return OptionMap.EMPTY;
    }

    @Override
    public final int getBufferSize() {
        return buffers.getBufferSize();
    }

    @Override
    public final SSLSession getSslSession() {
        return channel instanceof SslChannel tls ? tls.getSslSession() : null;
    }

    @Override
    public final SSLSessionInfo getSslSessionInfo() {
        return null;
    }

    @Override
    public final void setSslSessionInfo(SSLSessionInfo sessionInfo) {
        throw new UnsupportedOperationException("the session belongs to all streams");
    }

    @Override
    protected final StreamConnection upgradeChannel() {
        throw new UnsupportedOperationException("the listener is given what a stream becomes");
    }

    @Override
    protected final boolean isConnectSupported() {
        return false;
    }

    @Override
    protected final void setConnectListener(HttpUpgradeListener connectListener) {
        throw new UnsupportedOperationException("a stream connects to nobody");
    }

    @Override
    protected final void maxEntitySizeUpdated(HttpServerExchange carried) {
        // others look after that
    }

    @Override
    public final String getTransportProtocol() {
        return "h2";
    }

    @Override
    public final boolean isRequestTrailerFieldsSupported() {
        return true;
    }

    @Override
    public final boolean isPipelined() {
        return false;
    }

    @Override
    public final void serveLast(boolean isLast) {
        // the connection brings the other streams, too
    }
}
