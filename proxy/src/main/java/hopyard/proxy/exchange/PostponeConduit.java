package hopyard.proxy.exchange;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * Where the contents of subrequests come into the content of their request, in the order in which they were queued. It
 * gathers short pieces.
 */
final class PostponeConduit extends ContentConduit implements IncludedSink.Target, WriteReadyHandler {

    /** How many subrequests of a request may be queued. */
    static final int MAX_QUEUED = 32;

    /** How much of the request's own content may wait behind a subrequest, in bytes. */
    private static final int MAX_KEPT = 64 << 10;

    /** From how many bytes on something is sent while a subrequest is waited for: nginx's {@code postpone_output}. */
    private static final int MIN_SENT = 1460;

    /** Pieces of this length, in bytes, and longer ones are passed on as they are. */
    private static final int MIN_DIRECT = 8 << 10;

    private final Exchange exchange;
    /** The sink of the request, if it is a subrequest itself and included; else {@code null}. */
    private final IncludedSink outer;

    private final Runnable before;
    private final List<BooleanSupplier> after;
    /** Calls whoever writes the request's own content. */
    private final WriteReadyHandler own;
    /** What is still to be sent: sinks of subrequests, and pooled buffers with the request's own content. */
    private final Deque<Object> queue = new ArrayDeque<>();
    /** How much of the request's own content is in the queue, in bytes. */
    private int kept;

    private Runnable whenRoom;
    private boolean resumed;
    private boolean begun;
    private boolean ends;

    /**
     * @param before runs before the first of the content
     * @param after run behind the last of it, each as long as it returns true
     */
    PostponeConduit(
            StreamSinkConduit next,
            HttpServerExchange http,
            Exchange exchange,
            IncludedSink outer,
            Runnable before,
            List<BooleanSupplier> after) {
        super(next, http);
        this.exchange = exchange;
        this.outer = outer;
        this.before = before;
        this.after = after;
        own = new ChannelListenerHandler<>(Connectors.getConduitSinkChannel(http));
        next.setWriteReadyHandler(this);
        if (outer != null) {
            outer.includesOthers();
        }
    }

    // ---- the queue

    /** Queues a subrequest behind all that has been taken so far. */
    void queue(IncludedSink included) {
        queue.add(included);
    }

    /** Whether a subrequest is waited for. */
    boolean isWaiting() {
        return queue.peek() instanceof IncludedSink;
    }

    /** Whether another subrequest can be queued. If not, {@code goOn} runs when one can. */
    boolean hasRoom(Runnable goOn) {
        boolean has = queue.stream().filter(IncludedSink.class::isInstance).count() < MAX_QUEUED;
        whenRoom = has ? null : goOn;
        return has;
    }

    /** Puts bytes in the place of a subrequest. */
    void replace(IncludedSink included, byte[] content) {
        List<Object> all = new ArrayList<>(queue);
        all.set(all.indexOf(included), BufferPool.held(ByteBuffer.wrap(content)));
        kept += content.length;
        queue.clear();
        queue.addAll(all);
    }

    /** Puts out what need not wait any longer, and calls whoever can go on. */
    void goOn() {
        if (isClosed()) {
            return;
        }
        try {
            drain();
        } catch (IOException e) {
            exchange.lifetime().clientClosed();
            return;
        }
        if (queue.peek() instanceof IncludedSink current) {
            current.start();
            current.ready();
        }
        if (resumed && !isClosed() && (queue.isEmpty() || kept < MAX_KEPT)) {
            own.writeReady();
        }
        Runnable waiting = whenRoom;
        if (waiting != null && !isClosed() && hasRoom(waiting)) {
            waiting.run();
        }
    }

    /** Puts out the request's own content up to the next subrequest that is not over. */
    private void drain() throws IOException {
        while (queue.peek() != null) {
            if (queue.peek() instanceof PooledByteBuffer pooled) {
                int left = pooled.getBuffer().remaining();
                put(pooled.getBuffer());
                if (isClosed()) {
                    return;
                }
                kept -= left - pooled.getBuffer().remaining();
                if (pooled.getBuffer().hasRemaining()) {
                    awaitRoom();
                    return;
                }
                pooled.close();
            } else if (!((IncludedSink) queue.peek()).isOver()) {
                break;
            }
            queue.poll();
        }
        boolean isDue = queue.isEmpty() ? !ends : gathered() >= MIN_SENT;
        if (isDue && !passOnAndFlush() && !isClosed()) {
            awaitRoom();
        }
    }

    // ---- the request's own content

    private void begin() {
        if (!begun) {
            begun = true;
            if (before != null) {
                before.run();
            }
        }
    }

    @Override
    void take(ByteBuffer content) throws IOException {
        if (ends || isClosed()) {
            throw new ClosedChannelException();
        }
        begin();
        int left = content.remaining();
        if (queue.isEmpty()) {
            put(content);
        } else {
            keep(content);
        }
        count(content.remaining() - left);
    }

    @Override
    void taken() {
        // short pieces are gathered
    }

    /** Keeps content that has to wait for a subrequest before it. */
    private void keep(ByteBuffer content) {
        int n = Math.min(content.remaining(), MAX_KEPT - kept);
        if (n > 0 && HeldMemory.hasRoom(n)) {
            ByteBuffer copy = ByteBuffer.allocate(n);
            copy.put(0, content, content.position(), n);
            content.position(content.position() + n);
            queue.add(BufferPool.held(copy));
            kept += n;
        }
    }

    private void put(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            if (gathered() == 0 && content.remaining() >= MIN_DIRECT) {
                if (passOn(content) == 0) {
                    return;
                }
                continue;
            }
            ByteBuffer out = out();
            int n = Math.min(out.remaining(), content.remaining());
            out.put(out.position(), content, content.position(), n).position(out.position() + n);
            content.position(content.position() + n);
            if (!out.hasRemaining() && !passOn()) {
                return;
            }
        }
    }

    @Override
    public boolean flush() throws IOException {
        if (!queue.isEmpty()) {
            if (gathered() >= MIN_SENT) {
                passOnAndFlush();
            }
            // the rest follows by itself, except for the end
            return !ends;
        }
        return ends ? end() && next.flush() : passOnAndFlush();
    }

    @Override
    public void terminateWrites() throws IOException {
        if (!ends) {
            ends = true;
            begin();
            end();
        }
    }

    private boolean end() throws IOException {
        while (queue.isEmpty() && !after.isEmpty()) {
            if (!after.get(0).getAsBoolean()) {
                after.remove(0);
            }
        }
        return queue.isEmpty() && passOnEnd();
    }

    @Override
    public boolean isWriteShutdown() {
        return ends;
    }

    @Override
    void close() {
        if (!isClosed()) {
            super.close();
            // the connection has further requests
            next.setWriteReadyHandler(own);
            for (Object each : queue) {
                if (each instanceof PooledByteBuffer pooled) {
                    pooled.close();
                }
            }
        }
    }

    // ---- the contents of subrequests

    @Override
    public boolean isTurnOf(IncludedSink included) {
        return queue.peek() == included && (outer == null || outer.hasTurn());
    }

    @Override
    public int takeFrom(IncludedSink included, ByteBuffer content) throws IOException {
        int before = content.remaining();
        put(content);
        return before - content.remaining();
    }

    @Override
    public boolean flushTaken() throws IOException {
        return passOnAndFlush();
    }

    @Override
    public void awaitRoom() {
        next.resumeWrites();
    }

    // ---- readiness

    @Override
    public void writeReady() {
        try {
            if (!isClosed() && !passOn()) {
                return;
            }
        } catch (IOException e) {
            exchange.lifetime().clientClosed();
            return;
        }
        next.suspendWrites();
        goOn();
    }

    @Override
    public void forceTermination() {
        own.forceTermination();
    }

    @Override
    public void terminated() {
        own.terminated();
    }

    @Override
    public void resumeWrites() {
        resumed = true;
        exchange.clock().holdClientBack(!queue.isEmpty());
        if (queue.isEmpty()) {
            next.resumeWrites();
        }
    }

    @Override
    public void suspendWrites() {
        resumed = false;
        if (queue.isEmpty()) {
            next.suspendWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        resumed = true;
        next.wakeupWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return resumed;
    }
}
