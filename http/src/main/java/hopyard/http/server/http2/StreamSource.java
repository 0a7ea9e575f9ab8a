package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.http.server.RequestMistake;
import hopyard.memory.HeldMemory;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSourceConduit;

/**
 * The content of a request. What comes while somebody waits for it is taken from where it was read to; the rest is
 * kept, and the client may send no more than its window allows until that is taken. Malformed or too large content
 * seems to end, and the exchange has a {@link RequestMistake} from then on, as with HTTP/1.1.
 */
final class StreamSource implements StreamSourceConduit {

    private static final byte[] NOTHING = {};

    /**
     * What comes in pieces of fewer bytes than this is gathered until all is taken that has been read of the
     * connection: it goes on as one, as in nginx, and a frame that ends content too early goes nowhere.
     */
    private static final int SMALL = 4 << 10;

    /** How much the client may send ahead of who passes the content on, in bytes. */
    private static final int WINDOW = 4 * FrameType.DEFAULT_WINDOW;

    private final Http2Stream stream;
    private final Http2Connection connection;
    private final HttpServerExchange exchange;
    /** The announced length, in bytes; -1 if there is none. */
    private final long length;

    private ReadReadyHandler handler;
    private boolean isWanted;
    private boolean isScheduled;

    /** What comes right now; {@code null} for nothing. */
    private ByteBuffer coming;

    private byte[] kept = NOTHING;
    private int keptFrom;
    private int keptTo;

    private long received;
    private boolean isComplete;
    private boolean isUnwanted;
    private boolean takesAll;

    /** How much the client may still send, and how much was taken and not told it, in bytes. */
    private int window;

    private int taken;
    private int size;

    StreamSource(Http2Stream stream, Http2Connection connection, HttpServerExchange exchange, boolean isUnwanted) {
        this.stream = stream;
        this.connection = connection;
        this.exchange = exchange;
        this.isUnwanted = isUnwanted;
        length = exchange.getRequestContentLength();
        window = connection.limits().window();
        size = window;
    }

    // ---- what comes

    /** Counts a frame against the window; false if the client may not send so much (RFC 9113 §6.9.1). */
    boolean takesFrame(int bytes) {
        window -= bytes;
        return window >= 0;
    }

    /** Gives back what a frame has besides content. */
    void padded(int bytes) {
        took(bytes);
    }

    void data(ByteBuffer content) {
        int bytes = content.remaining();
        received += bytes;
        if (length >= 0 && received > length && !isUnwanted) {
            mistake(400, "client intended to send body data larger than declared");
        }
        if (isUnwanted) {
            content.position(content.limit());
            return;
        }
        if (bytes >= SMALL && keptFrom == keptTo && isWanted && !isScheduled) {
            coming = content;
            try {
                handler.readReady();
            } finally {
                coming = null;
            }
        }
        if (content.hasRemaining()) {
            keep(content);
            if (isWanted) {
                schedule();
            }
        }
    }

    private void keep(ByteBuffer content) {
        int n = content.remaining();
        if (isUnwanted || stream.isClosed()) {
            content.position(content.limit());
            return;
        }
        if (keptTo + n > kept.length) {
            int left = keptTo - keptFrom;
            if (left + n > kept.length) {
                int capacity = Math.max(left + n, Math.min(2 * kept.length, size));
                if (!HeldMemory.take(capacity - kept.length)) {
                    content.position(content.limit());
                    connection.owner().lacksMemory("content of a request");
                    connection.refuse(stream, ErrorCode.ENHANCE_YOUR_CALM);
                    return;
                }
                byte[] larger = new byte[capacity];
                System.arraycopy(kept, keptFrom, larger, 0, left);
                kept = larger;
            } else {
                System.arraycopy(kept, keptFrom, kept, 0, left);
            }
            keptFrom = 0;
            keptTo = left;
        }
        content.get(kept, keptTo, n);
        keptTo += n;
    }

    /** Notes that nothing follows. */
    void complete(HeaderMap trailers) {
        isComplete = true;
        if (trailers != null) {
            exchange.putAttachment(HttpAttachments.REQUEST_TRAILERS, trailers);
        }
        if (length >= 0 && received < length && !isUnwanted) {
            mistake(
                    400,
                    "client prematurely closed stream: only " + received + " out of " + length
                            + " bytes of request body received");
        }
        if (isWanted) {
            handler.readReady();
        }
    }

    private void mistake(int status, String message) {
        if (exchange.getAttachment(RequestMistake.KEY) == null) {
            exchange.putAttachment(RequestMistake.KEY, new RequestMistake(status, message, null, null));
        }
        isUnwanted = true;
        release();
        if (isWanted && !isScheduled && coming == null) {
            schedule();
        }
    }

    /** Drops what has come and what will come. The client is told to stop when the response is out. */
    void discard() {
        isUnwanted = true;
        release();
    }

    // ---- reading

    /** Notes that whoever reads takes all that comes at once, so that no window has to hold the client back. */
    void takesAll() {
        takesAll = true;
    }

    /** Begins: somebody asks for the content, so the client may send more of it. */
    void open() {
        int larger = takesAll ? FrameType.MAX_WINDOW : Math.max(size, WINDOW);
        if (larger > size && !isComplete && !isUnwanted) {
            connection.credit(stream.stream(), larger - size);
            window += larger - size;
            size = larger;
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        if (stream.isClosed()) {
            throw stream.closed();
        }
        checkSize();
        int n = 0;
        if (keptFrom < keptTo && !isUnwanted) {
            n = Math.min(dst.remaining(), keptTo - keptFrom);
            dst.put(kept, keptFrom, n);
            keptFrom += n;
            if (keptFrom == keptTo) {
                keptFrom = 0;
                keptTo = 0;
            }
        }
        if (coming != null && keptFrom == keptTo && !isUnwanted) {
            int more = Math.min(dst.remaining(), coming.remaining());
            dst.put(dst.position(), coming, coming.position(), more).position(dst.position() + more);
            coming.position(coming.position() + more);
            n += more;
        }
        took(n);
        boolean isEnd = isUnwanted || isComplete && keptFrom == keptTo && coming == null;
        if (n == 0 && isEnd) {
            release();
            if (!exchange.isRequestComplete()) {
                Connectors.terminateRequest(exchange);
            }
            return -1;
        }
        return n;
    }

    /** Checks the content's length, if that is not announced. */
    private void checkSize() {
        if (length < 0 && !isUnwanted) {
            Long max = exchange.getAttachment(RequestMistake.MAX_CONTENT);
            if (max != null && received > max) {
                mistake(413, "client intended to send too large body: " + received + " bytes");
            }
        }
    }

    /** Lets the client send as much as was taken, in steps of half a window. */
    private void took(int bytes) {
        taken += bytes;
        if (taken > size / 2 && !isComplete && !isUnwanted && !stream.isClosed()) {
            connection.credit(stream.stream(), taken);
            window += taken;
            taken = 0;
        }
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int count) throws IOException {
        for (int i = offset; i < offset + count; i++) {
            if (dsts[i].hasRemaining()) {
                return read(dsts[i]);
            }
        }
        return 0;
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return target.transferFrom(new ConduitReadableByteChannel(this), position, count);
    }

    @Override
    public long transferTo(long count, ByteBuffer throughBuffer, StreamSinkChannel target) throws IOException {
        return IoUtils.transfer(new ConduitReadableByteChannel(this), count, throughBuffer, target);
    }

    // ---- events

    private boolean hasNews() {
        boolean isComing = coming != null && coming.hasRemaining();
        return isComing || keptFrom < keptTo || isComplete || isUnwanted || stream.isClosed();
    }

    private void schedule() {
        if (!isScheduled) {
            isScheduled = true;
            getReadThread().execute(this::announce);
        }
    }

    private void announce() {
        isScheduled = false;
        if (isWanted && handler != null) {
            handler.readReady();
        }
    }

    /** Has who waits see that the stream has ended; false if nobody waits. */
    boolean announceEnd() {
        if (!isWanted || handler == null) {
            return false;
        }
        handler.readReady();
        return true;
    }

    @Override
    public void resumeReads() {
        isWanted = true;
        if (hasNews()) {
            schedule();
        }
    }

    @Override
    public void wakeupReads() {
        isWanted = true;
        schedule();
    }

    @Override
    public void suspendReads() {
        isWanted = false;
    }

    @Override
    public boolean isReadResumed() {
        return isWanted;
    }

    @Override
    public void terminateReads() {
        discard();
        if (!exchange.isRequestComplete()) {
            Connectors.terminateRequest(exchange);
        }
    }

    @Override
    public boolean isReadShutdown() {
        return stream.isClosed() || exchange.isRequestComplete() && !stream.isForTunnel();
    }

    @Override
    public void awaitReadable() {
        throw new UnsupportedOperationException("nobody may wait on an I/O thread");
    }

    @Override
    public void awaitReadable(long time, TimeUnit unit) {
        awaitReadable();
    }

    @Override
    public XnioIoThread getReadThread() {
        return stream.getIoThread();
    }

    @Override
    public void setReadReadyHandler(ReadReadyHandler newHandler) {
        handler = newHandler;
    }

    @Override
    public XnioWorker getWorker() {
        return stream.getWorker();
    }

    private void release() {
        HeldMemory.free(kept.length);
        kept = NOTHING;
        keptFrom = 0;
        keptTo = 0;
    }

    /** Frees what it holds: the stream has ended. */
    void free() {
        isUnwanted = true;
        isWanted = false;
        release();
    }
}
