package hopyard.http.server;

import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import org.xnio.ChannelListener;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;

/** Speaks HTTP/1.1 on connections that have been accepted. */
public final class HttpListener implements ChannelListener<StreamConnection> {

    private final ByteBufferPool buffers;
    private volatile OptionMap options;
    private volatile HttpHandler handler;

    /**
     * @param buffers for heads and content
     * @param options see {@link #setOptions}
     */
    public HttpListener(ByteBufferPool buffers, OptionMap options) {
        this.buffers = buffers;
        this.options = options;
    }

    /** Sets who answers the requests on connections that come from now on. */
    public void setHandler(HttpHandler handler) {
        this.handler = handler;
    }

    /**
     * Sets Undertow's options for connections that come from now on. It uses {@code MAX_HEADER_SIZE}, {@code
     * MAX_ENTITY_SIZE}, {@code ALWAYS_SET_DATE}, {@code ALWAYS_SET_KEEP_ALIVE} and the options that Undertow's handlers
     * ask for.
     */
    public void setOptions(OptionMap options) {
        this.options = options;
    }

    /** Returns the buffers for heads and content. */
    public ByteBufferPool buffers() {
        return buffers;
    }

    /** Returns who answers the requests on connections that come now. */
    public HttpHandler handler() {
        return handler;
    }

    /** Reads what has come on a connection, and what will come; to be called on its I/O thread. */
    @Override
    public void handleEvent(StreamConnection channel) {
        new HttpConnection(channel, buffers, handler, options).begin();
    }
}
