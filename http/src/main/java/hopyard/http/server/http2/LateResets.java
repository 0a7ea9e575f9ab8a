package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameWriter;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;

/**
 * The streams whose response is cut, until the client is told. It is told a moment later, so that it has read by then
 * what was sent before: a client that reads both at a time may throw the response away, status and all, as curl 7.88
 * does.
 */
final class LateResets {

    /** How long the client has to read what was sent on the stream, in ms. */
    private static final long DELAY_MILLIS = 20;

    private record Late(int stream, ErrorCode code) {}

    private final XnioIoThread thread;
    private final FrameWriter writer;
    private final Runnable onWritten;
    private final Queue<Late> waiting = new ArrayDeque<>(2);

    /** @param onWritten has what was written sent */
    LateResets(XnioIoThread thread, FrameWriter writer, Runnable onWritten) {
        this.thread = thread;
        this.writer = writer;
        this.onWritten = onWritten;
    }

    void add(int stream, ErrorCode code) {
        waiting.add(new Late(stream, code));
        thread.executeAfter(this::next, DELAY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void next() {
        if (!waiting.isEmpty()) {
            send();
            onWritten.run();
        }
    }

    private void send() {
        Late first = waiting.remove();
        writer.reset(first.stream, first.code);
    }

    /** Tells nobody: the connection has gone. */
    void drop() {
        waiting.clear();
    }

    /** Tells of all of them now: the connection ends. */
    void sendAll() {
        while (!waiting.isEmpty()) {
            send();
        }
    }
}
