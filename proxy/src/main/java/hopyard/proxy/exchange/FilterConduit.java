package hopyard.proxy.exchange;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Lets the content of a response pass a {@link ContentFilter}. As long as the next conduit does not take what the
 * filter has made, nothing more is taken. So a slow client slows the content down.
 */
public final class FilterConduit extends ContentConduit {

    private final ContentFilter filter;
    /** Whether the filter can neither take nor make anything. */
    private boolean waits;

    private boolean resumed;
    /** Whether no content follows. */
    private boolean ends;
    /** Whether the filter has made everything. */
    private boolean isFinished;

    FilterConduit(StreamSinkConduit next, HttpServerExchange http, ContentFilter filter) {
        super(next, http);
        this.filter = filter;
        filter.whenReady(this::goOn);
    }

    @Override
    void take(ByteBuffer content) throws IOException {
        if (ends || isClosed()) {
            throw new ClosedChannelException();
        }
        while (content.hasRemaining()) {
            ByteBuffer out = out();
            int left = content.remaining();
            int had = out.position();
            filter.filter(content, out);
            count(content.remaining() - left);
            if (!content.hasRemaining()) {
                return;
            }
            waits = had == 0 && out.position() == 0 && content.remaining() == left;
            if (!passOn() || waits) {
                return;
            }
        }
    }

    @Override
    void taken() {
        // a filter may have made the beginning of something; it goes out with the rest, or when the writer flushes
    }

    @Override
    public boolean flush() throws IOException {
        if (ends) {
            return end() && next.flush();
        }
        while (!isClosed()) {
            ByteBuffer out = out();
            int had = out.position();
            boolean isAll = filter.flush(out);
            waits = !isAll && had == 0 && out.position() == 0;
            if (isAll) {
                return passOnAndFlush();
            }
            if (waits || !passOn()) {
                return false;
            }
        }
        return false;
    }

    @Override
    public void terminateWrites() throws IOException {
        if (!ends) {
            ends = true;
            end();
        }
    }

    /** Passes on what is left, and the end. Returns whether all of that is done. */
    private boolean end() throws IOException {
        while (!isFinished && !isClosed()) {
            ByteBuffer out = out();
            int had = out.position();
            isFinished = filter.finish(out);
            waits = !isFinished && had == 0 && out.position() == 0;
            if (waits || !isFinished && !passOn()) {
                return false;
            }
        }
        return passOnEnd();
    }

    @Override
    public boolean isWriteShutdown() {
        return ends || next.isWriteShutdown();
    }

    // ---- readiness

    /** Has the content written that was not taken, because the filter need not wait any longer. */
    private void goOn() {
        waits = false;
        if (resumed && !isClosed()) {
            next.wakeupWrites();
        }
    }

    @Override
    public void resumeWrites() {
        resumed = true;
        if (!waits) {
            next.resumeWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        resumed = true;
        next.wakeupWrites();
    }

    @Override
    public void suspendWrites() {
        resumed = false;
        next.suspendWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return resumed;
    }
}
