package hopyard.http.server.http2;

import hopyard.http.http2.FrameWriter;
import hopyard.http.http2.HpackEncoder;
import io.undertow.connector.ByteBufferPool;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.nio.ReadyKeys;

/**
 * What goes out on a connection. What its streams write in one turn of the I/O thread is sent together, and each that
 * has more has its turn.
 */
final class Outgoing {

    /** How much may be waiting to be sent before streams have to wait, in bytes. */
    private static final int MAX_PENDING = 64 << 10;

    /** How much may be waiting to be sent before nothing more is read, in bytes: what is read asks for answers. */
    private static final int MAX_UNREAD = MAX_PENDING + (16 << 10);

    /** A limit, so that one fast client does not keep the I/O thread from the others. */
    private static final int MAX_ROUNDS = 8;

    private final Http2Connection connection;
    private final StreamConnection channel;
    private final FrameWriter writer;
    private final HpackEncoder encoder = new HpackEncoder();
    private final Queue<Http2Stream> waiting = new ArrayDeque<>();
    private final Runnable turn = this::takeTurn;
    private boolean isScheduled;
    private boolean isBlocked;
    /** Whether what is written will be sent by the caller. */
    private boolean isBusy;

    Outgoing(Http2Connection connection, StreamConnection channel, ByteBufferPool buffers) {
        this.connection = connection;
        this.channel = channel;
        writer = new FrameWriter(buffers);
    }

    FrameWriter writer() {
        return writer;
    }

    HpackEncoder encoder() {
        return encoder;
    }

    /** Whether there is room for content. */
    boolean hasRoom() {
        return writer.pending() < MAX_PENDING;
    }

    /** Whether so much waits to be sent that nothing more should be read. */
    boolean isOverfull() {
        return writer.pending() > MAX_UNREAD;
    }

    boolean isBlocked() {
        return isBlocked;
    }

    /** Has what was written sent when the I/O thread has done what it has at hand. */
    void flushSoon() {
        if (!isBusy && !isScheduled && !isBlocked) {
            isScheduled = true;
            channel.getIoThread().execute(turn);
        }
    }

    /** Runs what writes, and then sends all of it; within another call of this, that one sends. */
    void during(Runnable writing) {
        if (isBusy) {
            writing.run();
            return;
        }
        isBusy = true;
        try {
            writing.run();
        } finally {
            isBusy = false;
        }
        takeTurn();
    }

    /** Has a stream go on when something can be sent. */
    void awaitRoom(Http2Stream stream) {
        if (!stream.isWaiting()) {
            stream.isWaiting(true);
            waiting.add(stream);
        }
        if (stream.allowed() > 0) {
            flushSoon();
        }
    }

    /** Lets streams write that wait for it, and sends what there is. */
    private void takeTurn() {
        isScheduled = false;
        if (connection.isClosed() || isBusy) {
            return;
        }
        isBusy = true;
        boolean isMore;
        try {
            int rounds = 0;
            do {
                serveWaiting();
                isMore = send() && mayServe();
            } while (isMore && ++rounds < MAX_ROUNDS);
        } finally {
            isBusy = false;
        }
        if (isMore && !connection.isClosed()) {
            isScheduled = true;
            ReadyKeys.executeInTurn(channel.getIoThread(), turn);
        }
        if (!isBlocked) {
            connection.readOn();
        }
    }

    /** Lets each stream write that waits for it and can, as long as there is room. */
    private void serveWaiting() {
        for (int n = waiting.size(); n > 0 && connection.allowed() > 0; n--) {
            Http2Stream stream = waiting.remove();
            stream.isWaiting(false);
            if (!stream.sink().isWanted() || stream.isClosed()) {
                continue;
            }
            if (stream.allowed() > 0) {
                stream.sink().announce();
            }
            if (stream.sink().isWanted() && !stream.isWaiting()) {
                stream.isWaiting(true);
                waiting.add(stream);
            }
        }
    }

    /** Whether a stream that waits can write. */
    private boolean mayServe() {
        for (Http2Stream stream : waiting) {
            if (stream.sink().isWanted() && stream.allowed() > 0) {
                return true;
            }
        }
        return false;
    }

    /** Sends what the connection takes; whether all is sent. */
    boolean send() {
        if (connection.isClosed()) {
            return false;
        }
        ConduitStreamSinkChannel sink = channel.getSinkChannel();
        int before = writer.pending();
        try {
            if (writer.send(sink) && sink.flush()) {
                if (isBlocked) {
                    isBlocked = false;
                    sink.suspendWrites();
                    connection.owner().isBlocked(false);
                }
                connection.allSent();
                return true;
            }
        } catch (IOException e) {
            connection.gone();
            return false;
        }
        if (!isBlocked || writer.pending() < before) {
            connection.owner().isBlocked(true);
        }
        if (!isBlocked) {
            isBlocked = true;
            sink.setWriteListener(ready -> takeTurn());
            sink.resumeWrites();
        }
        return false;
    }
}
