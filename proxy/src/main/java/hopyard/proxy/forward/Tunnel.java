package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.proxy.http.Capture;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Frames;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Why;
import hopyard.proxy.upstream.Deadline;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.UpstreamConnection;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The two connections after an upgrade (RFC 9110 §7.8): bytes pass both ways as they come, each direction ends by
 * itself, and the tunnel when both have. A direction holds a buffer only while one side has not taken what the other has sent;
 * a client that takes nothing is given up after {@code send_timeout}, an upstream after {@code proxy_send_timeout}, and one that
 * sends nothing after {@code proxy_read_timeout}, as in nginx.
 */
final class Tunnel implements UpstreamConnection.User {

    private final Exchange exchange;
    private final UpstreamConnection upstream;
    private final UpstreamTry attempt;
    private final ForwardSettings settings;
    private final ByteBufferPool pool;
    private final StreamConnection client;
    private final ConduitStreamSourceChannel clientSource;
    private final ConduitStreamSinkChannel clientSink;
    /** What one side has sent and the other has not taken yet. */
    private PooledByteBuffer toUpstream;

    private PooledByteBuffer toClient;
    private boolean clientEnded;
    private boolean upstreamEnded;
    private boolean closed;
    private final Runnable onClosed;
    /** Find what is said, each one way; {@code null} where nobody wants to know. */
    private final Frames clientFrames;

    private final Frames upstreamFrames;
    /** Passes when the client takes nothing. */
    private final Deadline sending;

    private Tunnel(
            Exchange exchange,
            UpstreamConnection upstream,
            UpstreamTry attempt,
            ForwardSettings settings,
            StreamConnection client,
            PooledByteBuffer early,
            Runnable onClosed) {
        this.onClosed = onClosed;
        this.exchange = exchange;
        this.upstream = upstream;
        this.attempt = attempt;
        this.settings = settings;
        this.client = client;
        pool = exchange.http().getConnection().getByteBufferPool();
        clientSource = client.getSourceChannel();
        clientSink = client.getSinkChannel();
        toClient = early;
        Capture capture = isWebSocket(exchange) ? exchange.capture() : null;
        clientFrames = capture == null ? null : capture.frames(true);
        upstreamFrames = capture == null ? null : capture.frames(false);
        if (upstreamFrames != null) {
            upstreamFrames.add(early.getBuffer());
        }
        sending = new Deadline(client.getIoThread(), () -> {
            exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
            exchange.interrupt(Why.CLIENT_TIMEOUT);
            close();
        });
    }

    private static boolean isWebSocket(Exchange exchange) {
        return "websocket".equalsIgnoreCase(exchange.header(Headers.UPGRADE));
    }

    /**
     * Sends the client the response that switches protocols, and then lets bytes pass.
     *
     * @param onClosed runs when the tunnel is closed
     * @param early a buffer from which {@code response} has been read, with what the upstream sent behind it
     */
    static void open(
            Exchange exchange,
            UpstreamConnection upstream,
            UpstreamTry attempt,
            PooledByteBuffer early,
            ResponseHead response,
            ForwardSettings settings,
            Runnable onClosed) {
        HeaderMap headers = exchange.responseHeaders();
        for (int i = 0; i < response.count(); i++) {
            if (!response.name(i).equals(Headers.CONNECTION)
                    && !response.name(i).equals(Headers.SERVER)
                    && !response.name(i).equals(Headers.DATE)) {
                headers.add(response.name(i), response.value(i));
            }
        }
        upstream.suspendReads();
        exchange.clock().enter(Stage.TUNNEL);
        exchange.upgrade(
                client -> new Tunnel(exchange, upstream, attempt, settings, client, early, onClosed).start(), () -> {
                    early.close();
                    upstream.close();
                    onClosed.run();
                });
    }

    private void start() {
        client.setCloseListener(wrap());
        clientSource.setReadListener(channel -> guard(this::fromClient));
        clientSink.setWriteListener(channel -> {
            channel.suspendWrites();
            guard(this::flushToClient);
        });
        upstream.handTo(this);
        upstream.expectWithin(settings.readTimeout);
        clientSource.resumeReads();
        upstream.resumeReads();
        guard(this::flushToClient);
        // what the client sent right behind its request is waiting in Undertow's buffer, which no event announces
        clientSource.wakeupReads();
    }

    private ChannelListener<StreamConnection> wrap() {
        ChannelListener<? super StreamConnection> inner = client.getCloseListener();
        return channel -> {
            close();
            if (inner != null) {
                inner.handleEvent(channel);
            }
        };
    }

    private interface Step {
        void run() throws IOException;
    }

    private void guard(Step step) {
        if (closed) {
            return;
        }
        try {
            step.run();
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "connection lost (" + e.getMessage() + ")");
            close();
        }
    }

    private void fromClient() throws IOException {
        if (toUpstream != null) {
            clientSource.suspendReads();
            return;
        }
        PooledByteBuffer pooled = BufferPool.takeForContent(pool);
        int n = readFrom(pooled, true);
        if (n > 0) {
            toUpstream = pooled;
            if (clientFrames != null) {
                clientFrames.add(pooled.getBuffer());
            }
            flushToUpstream();
        } else {
            pooled.close();
            if (n < 0) {
                clientEnded = true;
                clientSource.suspendReads();
                upstream.shutdownWrites();
                closeIfEnded();
            }
        }
    }

    private int readFrom(PooledByteBuffer pooled, boolean fromClient) throws IOException {
        ByteBuffer buffer = pooled.getBuffer();
        try {
            int n = fromClient ? clientSource.read(buffer) : upstream.read(buffer);
            buffer.flip();
            return n;
        } catch (IOException e) {
            pooled.close();
            throw e;
        }
    }

    private void flushToUpstream() throws IOException {
        upstream.write(toUpstream.getBuffer());
        if (toUpstream.getBuffer().hasRemaining()) {
            clientSource.suspendReads();
            upstream.awaitWritable();
            upstream.expectWithin(settings.sendTimeout);
            return;
        }
        toUpstream.close();
        toUpstream = null;
        awaitUpstream();
        clientSource.resumeReads();
    }

    /** Sets the time until the upstream has to do something: to take what waits for it, or to send something. */
    private void awaitUpstream() {
        if (toUpstream != null) {
            upstream.expectWithin(settings.sendTimeout);
        } else if (toClient != null || upstreamEnded) {
            // it cannot be read from before the client has taken what is there
            upstream.expectNothing();
        } else {
            upstream.expectWithin(settings.readTimeout);
        }
    }

    private void flushToClient() throws IOException {
        if (toClient == null) {
            return;
        }
        ByteBuffer buffer = toClient.getBuffer();
        exchange.tunneled(buffer.remaining());
        clientSink.write(buffer);
        exchange.tunneled(-buffer.remaining());
        if (buffer.hasRemaining()) {
            upstream.suspendReads();
            clientSink.resumeWrites();
            sending.set(exchange.location().core().sendTimeout);
            awaitUpstream();
            return;
        }
        toClient.close();
        toClient = null;
        sending.clear();
        clientSink.flush();
        upstream.resumeReads();
        awaitUpstream();
    }

    @Override
    public void readable() {
        guard(() -> {
            if (toClient != null) {
                upstream.suspendReads();
                return;
            }
            PooledByteBuffer pooled = BufferPool.takeForContent(pool);
            int n = readFrom(pooled, false);
            if (n > 0) {
                toClient = pooled;
                if (upstreamFrames != null) {
                    upstreamFrames.add(pooled.getBuffer());
                }
                flushToClient();
            } else {
                pooled.close();
                if (n == 0) {
                    awaitUpstream();
                } else {
                    upstreamEnded = true;
                    upstream.suspendReads();
                    clientSink.shutdownWrites();
                    clientSink.flush();
                    closeIfEnded();
                }
            }
        });
    }

    @Override
    public void writable() {
        guard(() -> {
            if (toUpstream != null) {
                flushToUpstream();
            }
        });
    }

    @Override
    public void timedOut() {
        exchange.log(ErrorLog.Level.ERROR, "upstream timed out (110: Connection timed out)");
        Why why = toUpstream == null ? Why.READ_TIMEOUT : Why.SEND_TIMEOUT;
        attempt.failed(why);
        exchange.interrupt(why);
        close();
    }

    private void closeIfEnded() {
        if (clientEnded && upstreamEnded) {
            close();
        }
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        sending.close();
        attempt.ended(0);
        upstream.close();
        onClosed.run();
        if (toUpstream != null) {
            toUpstream.close();
        }
        if (toClient != null) {
            toClient.close();
        }
        IoUtils.safeClose(client);
        exchange.tunnelEnded();
    }
}
