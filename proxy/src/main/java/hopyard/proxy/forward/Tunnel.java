package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Capture;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Frames;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Upgrade;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.UpstreamConnection;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The two connections after an upgrade (RFC 9110 §7.8). Bytes pass both ways as they come. Each direction ends by
 * itself; the tunnel ends with the second. Only bytes that a side has not taken hold a buffer. As in nginx, time runs
 * out for a client that takes nothing ({@code send_timeout}), an upstream that takes nothing ({@code
 * proxy_send_timeout}), and an upstream that sends nothing ({@code proxy_read_timeout}).
 */
final class Tunnel implements UpstreamConnection.User {

    /** Other protocols than HTTP have no upgrades. */
    private static final String MODULE = "proxy";

    private final Exchange exchange;
    private final UpstreamConnection upstream;
    private final UpstreamTry attempt;
    private final ForwardSettings settings;
    private final ByteBufferPool pool;
    private final StreamConnection client;
    private final ConduitStreamSourceChannel clientSource;
    private final ConduitStreamSinkChannel clientSink;
    /** What the client has sent and the upstream has not taken yet. */
    private PooledByteBuffer toUpstream;

    private PooledByteBuffer toClient;
    private boolean clientEnded;
    private boolean upstreamEnded;
    private boolean closed;
    /** Whether the tunnel is reading from or writing to the client's connection, not the upstream's. */
    private boolean isAtClient;
    /** Who was the first to end its direction, or to break the connection off; {@code null} as long as nobody has. */
    private TunnelEnd.By endedBy;

    private boolean reads;

    private TunnelEnd.How ended = TunnelEnd.How.OTHER;
    /** Who was the first to send a close frame. */
    private TunnelEnd.By closingBy;

    private final Runnable onClosed;
    /** Find messages, or at least a close frame, in each direction; {@code null} if nobody wants to know. */
    private final Frames clientFrames;

    private final Frames upstreamFrames;
    /** The deadline for a client that takes nothing. */
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
        pool = exchange.buffers();
        clientSource = client.getSourceChannel();
        clientSink = client.getSinkChannel();
        toClient = early;
        boolean hasFrames = isWebSocket(exchange) && Recorder.wants(exchange);
        Capture capture = hasFrames ? Capture.of(exchange) : null;
        clientFrames = !hasFrames ? null : capture == null ? Frames.closing() : capture.frames(true);
        upstreamFrames = !hasFrames ? null : capture == null ? Frames.closing() : capture.frames(false);
        passing(upstreamFrames, early, TunnelEnd.By.APP);
        sending = new Deadline(client.getIoThread(), () -> {
            exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
            exchange.ending().interrupt(Why.CLIENT_TIMEOUT);
            ends(TunnelEnd.By.PROXY, TunnelEnd.How.TIMEOUT);
            close();
        });
    }

    /** Looks at the bytes that pass. */
    private void passing(Frames frames, PooledByteBuffer bytes, TunnelEnd.By from) {
        if (frames != null) {
            frames.add(bytes.getBuffer());
            if (closingBy == null && frames.closeCode() != TunnelEnd.NO_FRAME) {
                closingBy = from;
            }
        }
    }

    private void ends(TunnelEnd.By who, TunnelEnd.How how) {
        if (endedBy == null) {
            endedBy = who;
            ended = how;
        }
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
        ResponseHeaders.ofUpgrade(response, exchange);
        upstream.suspendReads();
        exchange.clock().enter(Stage.TUNNEL);
        Upgrade.start(
                exchange,
                client -> new Tunnel(exchange, upstream, attempt, settings, client, early, onClosed).start(),
                () -> {
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
        upstream.expectWithin(settings.readTimeout());
        clientSource.resumeReads();
        upstream.resumeReads();
        guard(this::flushToClient);
        // what the client sent right after its request waits in Undertow's buffer, and no event announces it
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
            String error = SystemErrors.text(e);
            exchange.log(
                    isAtClient ? ErrorLog.Level.INFO : ErrorLog.Level.ERROR,
                    (reads ? "recv" : "send") + "() failed (" + error + ")");
            ends(isAtClient ? TunnelEnd.By.CLIENT : TunnelEnd.By.APP, TunnelEnd.How.RESET);
            close();
        }
    }

    private void fromClient() throws IOException {
        if (toUpstream != null) {
            clientSource.suspendReads();
            return;
        }
        PooledByteBuffer pooled = take();
        int n = readFrom(pooled, true);
        if (n > 0) {
            toUpstream = pooled;
            exchange.content().received(n);
            passing(clientFrames, pooled, TunnelEnd.By.CLIENT);
            flushToUpstream();
        } else {
            pooled.close();
            if (n < 0) {
                clientEnded = true;
                ends(TunnelEnd.By.CLIENT, TunnelEnd.How.FIN);
                clientSource.suspendReads();
                isAtClient = false;
                upstream.shutdownWrites();
                closeIfEnded();
            }
        }
    }

    private PooledByteBuffer take() throws IOException {
        try {
            return BufferPool.takeForContent(pool);
        } catch (IOException e) {
            exchange.ending().interrupt(Why.NO_MEMORY);
            ends(TunnelEnd.By.PROXY, TunnelEnd.How.OTHER);
            throw e;
        }
    }

    private int readFrom(PooledByteBuffer pooled, boolean fromClient) throws IOException {
        ByteBuffer buffer = pooled.getBuffer();
        isAtClient = fromClient;
        reads = true;
        try {
            int n = fromClient ? clientSource.read(buffer) : upstream.read(buffer);
            buffer.flip();
            reads = false;
            return n;
        } catch (IOException e) {
            pooled.close();
            throw e;
        }
    }

    private void flushToUpstream() throws IOException {
        isAtClient = false;
        upstream.write(toUpstream.getBuffer());
        if (toUpstream.getBuffer().hasRemaining()) {
            clientSource.suspendReads();
            upstream.awaitWritable();
            upstream.expectWithin(settings.sendTimeout());
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
            upstream.expectWithin(settings.sendTimeout());
        } else if (toClient != null || upstreamEnded) {
            // the upstream cannot be read from before the client has taken what is there
            upstream.expectNothing();
        } else {
            upstream.expectWithin(settings.readTimeout());
        }
    }

    private void flushToClient() throws IOException {
        if (toClient == null) {
            return;
        }
        isAtClient = true;
        ByteBuffer buffer = toClient.getBuffer();
        Upgrade.of(exchange).sent(buffer.remaining());
        clientSink.write(buffer);
        Upgrade.of(exchange).sent(-buffer.remaining());
        if (buffer.hasRemaining()) {
            upstream.suspendReads();
            clientSink.resumeWrites();
            sending.set(exchange.core().sendTimeout());
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
            PooledByteBuffer pooled = take();
            int n = readFrom(pooled, false);
            if (n > 0) {
                toClient = pooled;
                passing(upstreamFrames, pooled, TunnelEnd.By.APP);
                flushToClient();
            } else {
                pooled.close();
                if (n == 0) {
                    awaitUpstream();
                } else {
                    upstreamEnded = true;
                    ends(TunnelEnd.By.APP, TunnelEnd.How.FIN);
                    upstream.suspendReads();
                    isAtClient = true;
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
        if (endedBy == null) {
            Why why = toUpstream == null ? Why.READ_TIMEOUT : Why.SEND_TIMEOUT;
            attempt.failed(why, MODULE);
            exchange.ending().interrupt(why);
            ends(TunnelEnd.By.PROXY, TunnelEnd.How.TIMEOUT);
        }
        close();
    }

    private void closeIfEnded() {
        if (clientEnded && upstreamEnded) {
            close();
        }
    }

    /** Returns how the tunnel has ended. Ending without a close frame, on a WebSocket, is breaking off. */
    private TunnelEnd end() {
        boolean isWebSocket = clientFrames != null && clientFrames.isUnderstood() && upstreamFrames.isUnderstood();
        boolean isAbrupt = ended == TunnelEnd.How.RESET || ended == TunnelEnd.How.FIN && isWebSocket;
        if (closingBy == null && isAbrupt) {
            Why why = endedBy == TunnelEnd.By.CLIENT
                    ? Why.CLIENT_LEFT
                    : ended == TunnelEnd.How.RESET ? Why.RESET : Why.CLOSED_EARLY;
            attempt.failed(why, MODULE);
            exchange.ending().interrupt(why);
        }
        return new TunnelEnd(
                closingBy != null ? closingBy : endedBy != null ? endedBy : TunnelEnd.By.PROXY,
                closingBy != null ? TunnelEnd.How.CLOSE_FRAME : ended,
                isWebSocket,
                clientFrames == null ? TunnelEnd.NO_FRAME : clientFrames.closeCode(),
                clientFrames == null ? TunnelEnd.NO_FRAME : upstreamFrames.closeCode());
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        sending.close();
        TunnelEnd end = end();
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
        Upgrade.of(exchange).ended(end);
    }
}
