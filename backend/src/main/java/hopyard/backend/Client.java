package hopyard.backend;

import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.threads.LastResort;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;

/**
 * A client's connection, with what is under way on it and the memory that this holds. It lives on the connection's I/O
 * thread.
 */
final class Client {

    static final AttachmentKey<Client> KEY = AttachmentKey.create(Client.class);

    /** What gunicorn answers when a worker is killed within a request. */
    private static final String ABORTED = """
            <html>
              <head>
                <title>Internal Server Error</title>
              </head>
              <body>
                <h1><p>Internal Server Error</p></h1>
              </body>
            </html>
            """;

    /** Something that an event or a timer runs. */
    interface Step {
        void run() throws Exception;
    }

    /** One of those that requests of a kind take, and free when they are over. */
    interface Place {
        void free();
    }

    final StreamConnection channel;
    final long serial;
    long requests;
    private final Serving serving;
    private final long accepted = System.nanoTime();
    private final List<Place> places = new ArrayList<>(2);
    private HttpServerExchange exchange;
    private Work work;
    private long held;
    private long since = accepted;
    private long headAt;
    private long sent;
    private boolean hasLeft;

    Client(StreamConnection channel, long serial, Serving serving) {
        this.channel = channel;
        this.serial = serial;
        this.serving = serving;
    }

    static Client of(HttpServerExchange exchange) {
        return exchange.getConnection().getAttachment(KEY);
    }

    // ---- requests

    void begin(HttpServerExchange next) {
        exchange = next;
        requests++;
        since = System.nanoTime();
        headAt = since;
        sent = 0;
    }

    /** Returns when the head of the request under way was there, by {@link System#nanoTime()}. */
    long headAt() {
        return headAt;
    }

    /** Notes that the exchange is over. If it has become a WebSocket, that goes on. */
    void end() {
        boolean goesOn = exchange != null && exchange.isUpgrade();
        exchange = null;
        since = System.nanoTime();
        if (!goesOn) {
            release();
        }
    }

    boolean isIdle() {
        return exchange == null && work == null;
    }

    /** Whether a request that should take no time has been under way for {@code seconds} already. */
    boolean isSlow(long nanoTime, long seconds) {
        return exchange != null && work == null && nanoTime - since > seconds * 1_000_000_000L;
    }

    /** Returns the one of the two clients that has been in its present state for longer. */
    Client longer(Client other) {
        return other == null || since - other.since < 0 ? this : other;
    }

    /** Whether a worker that does nothing else would have been killed by now. */
    boolean isWorkerTimeout(long nanoTime) {
        return nanoTime - accepted > serving.workerNanos();
    }

    boolean isStuck(long nanoTime) {
        if (work != null) {
            return work.isStuck(nanoTime);
        }
        if (exchange == null) {
            return nanoTime - since > (requests == 0 ? serving.firstNanos() : serving.idleNanos());
        }
        if (exchange.getResponseBytesSent() != sent) {
            sent = exchange.getResponseBytesSent();
            since = nanoTime;
        }
        return isSlow(nanoTime, Work.PATIENCE_SECONDS);
    }

    // ---- what it holds

    /** Notes that a place is taken for what is under way. */
    void take(Place place) {
        places.add(place);
    }

    /** Frees a place that is not needed any more, although something is under way. */
    void free(Place place) {
        if (places.remove(place)) {
            place.free();
        }
    }

    /** Counts bytes as held until what is under way is over; false if there is no memory for them. */
    boolean hold(long bytes) {
        if (!HeldMemory.take(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** Sets the work that takes its time from now on; {@code null} if there is none any more. */
    void work(Work next) {
        work = next;
        since = System.nanoTime();
    }

    private void release() {
        Work ended = work;
        work = null;
        if (ended != null) {
            ended.ended();
        }
        HeldMemory.free(held);
        held = 0;
        places.forEach(Place::free);
        places.clear();
    }

    // ---- the end

    /**
     * Closes the connection as soon as the client leaves, although a request is under way. The whole request must have
     * been read.
     */
    void watch() {
        ((HttpConnection) exchange.getConnection()).watch(this::leave, this::close);
    }

    private void leave() {
        hasLeft = true;
        close();
    }

    /** Whether the client has gone before it had its answer. */
    boolean hasLeft() {
        return hasLeft;
    }

    /** Ends what is under way, with gunicorn's page if nothing has been sent yet, and the connection. */
    void abort() {
        if (exchange == null || exchange.isResponseStarted()) {
            close();
            return;
        }
        Work ended = work;
        work = null;
        if (ended != null) {
            ended.ended();
        }
        exchange.setPersistent(false);
        exchange.setStatusCode(StatusCodes.INTERNAL_SERVER_ERROR);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/html");
        exchange.getResponseSender().send(ABORTED);
    }

    void close() {
        IoUtils.safeClose(channel);
    }

    /** Runs a step of what is under way. Whatever the step throws ends only that. */
    void run(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            // the client has gone, or what it sends is no message
            leave();
        } catch (Throwable e) {
            LastResort.consider(e);
            e.printStackTrace();
            if (exchange == null || exchange.isResponseStarted()) {
                close();
            } else {
                exchange.setPersistent(false);
                exchange.setStatusCode(StatusCodes.INTERNAL_SERVER_ERROR);
                exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
                // what Python's own server says
                exchange.getResponseSender().send("A server error occurred.  Please contact the administrator.\n");
            }
        }
    }

    void closed() {
        release();
    }
}
