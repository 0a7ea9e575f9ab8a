package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * The streams whose response is cut, until the client is told. It is told a moment later, so that it has read by then
 * what was sent before: a client that reads both at a time may throw the response away, status and all, as curl 7.88
 * does.
 */
final class LateResets {

    /** How long the client has to read what was sent on the stream, in ms. */
    private static final long DELAY_MILLIS = 20;

    private record Late(int stream, ErrorCode code) {}

    private final Http2Connection connection;
    private final Queue<Late> waiting = new ArrayDeque<>(2);

    LateResets(Http2Connection connection) {
        this.connection = connection;
    }

    void add(int stream, ErrorCode code) {
        waiting.add(new Late(stream, code));
        connection.channel().getIoThread().executeAfter(this::next, DELAY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void next() {
        if (!waiting.isEmpty() && !connection.isEnding()) {
            send();
            connection.outgoing().flushSoon();
        }
    }

    private void send() {
        Late first = waiting.remove();
        connection.writer().reset(first.stream, first.code);
    }

    /** Tells of all of them now: the connection ends. */
    void sendAll() {
        while (!waiting.isEmpty()) {
            send();
        }
    }
}
