package hopyard.http.server.http2;

import java.net.SocketAddress;
import org.xnio.StreamConnection;
import org.xnio.channels.ConnectedChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A stream as a connection of its own: the response has switched protocols, and bytes pass both ways from then on (RFC
 * 8441 §5). An END_STREAM flag is the end of a direction. What ends before both directions have is reset.
 */
final class StreamTunnel extends StreamConnection {

    private final SocketAddress peer;
    private final SocketAddress local;
    private final Runnable onClosed;

    /**
     * @param like what the addresses are taken from
     * @param onClosed runs when it is closed, whatever of it had ended before
     */
    StreamTunnel(ConnectedChannel like, StreamSourceConduit source, StreamSinkConduit sink, Runnable onClosed) {
        super(source.getReadThread());
        peer = like.getPeerAddress();
        local = like.getLocalAddress();
        this.onClosed = onClosed;
        setSourceConduit(source);
        setSinkConduit(sink);
    }

    @Override
    protected void closeAction() {
        onClosed.run();
    }

    @Override
    protected void notifyReadClosed() {
        // who waits for something to read closes the tunnel
    }

    @Override
    protected void notifyWriteClosed() {
        // who waits until something can be written closes the tunnel
    }

    @Override
    public SocketAddress getPeerAddress() {
        return peer;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return local;
    }
}
