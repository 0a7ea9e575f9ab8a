package hopyard.proxy.exchange;

import hopyard.memory.BufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Hands the content of a subrequest to the request that includes it, when it is its turn. */
final class IncludedSink extends SubrequestSink {

    /** The content that the subrequest's becomes part of. */
    interface Target {
        /** Whether it is the subrequest's turn. */
        boolean isTurnOf(IncludedSink included);

        /** Takes content of the subrequest, whose turn it is. Returns how many bytes. */
        int takeFrom(IncludedSink included, ByteBuffer content) throws IOException;

        /** Has everything sent that was taken. */
        boolean flushTaken() throws IOException;

        /** Calls {@link #ready} when more can be taken. */
        void awaitRoom();
    }

    private final Target target;
    private Runnable start;
    private boolean includesOthers;
    private boolean resumed;
    private boolean hasContent;
    private boolean isOver;

    IncludedSink(Target target) {
        this.target = target;
    }

    /** Sets what starts the subrequest. */
    void startBy(Runnable how) {
        start = how;
    }

    /** Starts the subrequest, unless it has been started. */
    void start() {
        Runnable how = start;
        start = null;
        if (how != null) {
            how.run();
        }
    }

    /** Whether there has been any content. */
    boolean hasContent() {
        return hasContent;
    }

    /** Whether the subrequest is over. */
    boolean isOver() {
        return isOver;
    }

    /** Notes that the subrequest is over. */
    void over() {
        isOver = true;
    }

    boolean hasTurn() {
        return target.isTurnOf(this);
    }

    /** Notes that the subrequest includes others, which may have waited for its turn. */
    void includesOthers() {
        includesOthers = true;
    }

    @Override
    void ready() {
        if ((resumed || includesOthers) && !isOver) {
            super.ready();
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        if (!hasTurn()) {
            return 0;
        }
        int n = target.takeFrom(this, src);
        hasContent |= n > 0;
        return n;
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        if (!hasTurn()) {
            return 0;
        }
        try (PooledByteBuffer pooled = BufferPool.take(buffers())) {
            ByteBuffer content = pooled.getBuffer();
            content.limit((int) Math.min(content.capacity(), count));
            int n = src.read(content, position);
            return n <= 0 ? n : write(content.flip());
        }
    }

    @Override
    public boolean flush() throws IOException {
        if (hasEnded()) {
            return super.flush();
        }
        return !hasTurn() || target.flushTaken();
    }

    @Override
    public void resumeWrites() {
        resumed = true;
        if (hasTurn()) {
            target.awaitRoom();
        }
    }

    @Override
    public void wakeupWrites() {
        resumed = true;
        getWriteThread().execute(this::ready);
    }

    @Override
    public void suspendWrites() {
        resumed = false;
    }

    @Override
    public boolean isWriteResumed() {
        return resumed;
    }
}
