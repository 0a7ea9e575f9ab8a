package hopyard.proxy.console.endpoint;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ResponseStart;
import hopyard.proxy.exchange.SendDeadline;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.channels.StreamSinkChannel;

/**
 * The response to somebody who asks the console. A worker makes a piece of it, the I/O thread sends that, and only when
 * the client has taken it a worker makes the next one: a client that reads slowly holds one piece and no thread, and
 * after {@code send_timeout} without taking anything it is gone.
 */
public final class Reply {

    /** Pieces are gathered up to so many bytes; what is longer has more of them. */
    private static final int CHUNK = 32 << 10;

    /** How many answers of more than one chunk may be on their way. */
    private static final int MAX_LONG = 32;

    /** After which time to ask for a worker again where all are busy, in ms. */
    private static final long AGAIN = 50;

    private static final HttpString NOSNIFF = new HttpString("X-Content-Type-Options");

    private static final AtomicInteger LONG_ONES = new AtomicInteger();

    private final Exchange exchange;
    private final Executor workers;
    private final Chunk chunk = new Chunk();
    private final SendDeadline deadline;
    /** What counts for this exchange, in bytes. */
    private long taken;

    private long takenForChunk;
    private Runnable onEnd = () -> {};
    private AnswerContent content;
    private ByteBuffer waiting;
    private StreamSinkChannel sink;
    private boolean complete;
    private boolean isLong;
    private volatile boolean ended;

    /** Bytes that are used again for the next chunk. */
    private static final class Chunk extends ByteArrayOutputStream {
        ByteBuffer content() {
            return ByteBuffer.wrap(buf, 0, count);
        }

        /** Forgets the content, and lets go of an array that was large for once. */
        void clear() {
            reset();
            if (buf.length > 2 * CHUNK) {
                buf = new byte[CHUNK];
            }
        }
    }

    /** Begins on the exchange's I/O thread. */
    public Reply(Exchange exchange, Executor workers) {
        this.exchange = exchange;
        this.workers = workers;
        deadline = new SendDeadline(exchange, exchange.lifetime()::clientClosed);
        exchange.lifetime().onEnd(this::end);
    }

    /** Counts bytes until the exchange ends; false if there is no room for them. */
    synchronized boolean take(long bytes) {
        if (ended || !Allowance.take(bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** Has something run when the exchange ends, however it does. */
    void onEnd(Runnable cleanUp) {
        onEnd = cleanUp;
    }

    /** Whether nobody waits for an answer any more. */
    boolean isEnded() {
        return ended;
    }

    private void end() {
        onEnd.run();
        deadline.close();
        synchronized (this) {
            ended = true;
            Allowance.free(taken);
            taken = 0;
        }
        if (isLong) {
            LONG_ONES.decrementAndGet();
        }
    }

    /** Answers with a refusal; called on any thread. */
    public void refuse(Refusal refusal) {
        send(Answer.refusing(exchange, refusal));
    }

    /** Answers; called on a thread that may work for a while. */
    public void send(Answer answer) {
        content = answer.content();
        Answer given = answer;
        try {
            fill();
        } catch (Refusal e) {
            given = Answer.refusing(exchange, e);
            content = given.content();
            chunk.clear();
            fillAnyway();
        }
        Answer shown = given;
        onIoThread(() -> begin(shown));
    }

    /** Makes the next chunk. */
    private void fill() throws Refusal {
        chunk.clear();
        try {
            do {
                complete = !content.next(chunk);
            } while (!complete && chunk.size() < CHUNK);
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw failure(e);
        }
        if (chunk.size() > takenForChunk) {
            // the first one counts as long as the answer is under way; the next ones take its place
            if (!take(chunk.size() - takenForChunk)) {
                throw Refusal.busy("the console's memory is in use by other answers");
            }
            takenForChunk = chunk.size();
        }
        if (!complete && !isLong) {
            if (LONG_ONES.incrementAndGet() > MAX_LONG) {
                LONG_ONES.decrementAndGet();
                throw Refusal.busy(MAX_LONG + " long answers are on their way");
            }
            synchronized (this) {
                isLong = !ended;
            }
            if (!isLong) {
                LONG_ONES.decrementAndGet();
            }
        }
    }

    private void fillAnyway() {
        try {
            complete = !content.next(chunk);
        } catch (IOException e) {
            throw new IllegalStateException("a refusal is made in memory", e);
        }
    }

    /** Says in the error log what went wrong, and to the client that something did. */
    public Refusal failure(Throwable e) {
        exchange.log(ErrorLog.Level.CRIT, "the console failed: " + e);
        return new Refusal(500, "the console failed: " + e);
    }

    private void onIoThread(Runnable task) {
        Runnable guarded = () -> {
            if (ended) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException e) {
                exchange.log(ErrorLog.Level.CRIT, "the console failed: " + e);
                exchange.lifetime().abort();
            }
        };
        try {
            exchange.ioThread().execute(guarded);
        } catch (RejectedExecutionException e) {
            // the server has stopped, and closed all connections
            return;
        }
    }

    private void begin(Answer answer) {
        int status = answer.status();
        exchange.response().status(status);
        if (!exchange.isRequestComplete()) {
            exchange.response().closeConnection();
        }
        HeaderMap headers = exchange.responseHeaders();
        headers.put(Headers.CONTENT_TYPE, answer.type());
        headers.put(Headers.CACHE_CONTROL, "no-store");
        headers.put(NOSNIFF, "nosniff");
        headers.put(
                Answer.CSP,
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
                        + " frame-ancestors 'none'");
        answer.fields().forEach(headers::put);
        if (status == 503) {
            headers.put(Headers.RETRY_AFTER, "1");
        }
        if (complete) {
            headers.put(Headers.CONTENT_LENGTH, chunk.size());
        }
        sink = ResponseStart.start(exchange);
        if (sink == null) {
            exchange.lifetime().clientClosed();
            return;
        }
        sink.getWriteSetter().set(channel -> {
            channel.suspendWrites();
            write();
        });
        // of an answer to HEAD nothing more is made
        complete |= exchange.method().equals("HEAD");
        waiting = chunk.content();
        write();
    }

    /** Sends what is there; when it is gone, has more made. */
    private void write() {
        try {
            if (waiting.hasRemaining()) {
                if (complete) {
                    sink.writeFinal(waiting);
                } else {
                    sink.write(waiting);
                }
            }
            if (ended) {
                return;
            }
            if (waiting.hasRemaining()) {
                await();
            } else if (!complete) {
                deadline.clear();
                more();
            } else {
                sink.shutdownWrites();
                if (sink.flush()) {
                    exchange.response().end();
                } else {
                    await();
                }
            }
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "send() failed (" + SystemErrors.text(e) + ")");
            exchange.lifetime().clientClosed();
        }
    }

    private void await() {
        deadline.restart();
        sink.resumeWrites();
    }

    private void more() {
        try {
            workers.execute(() -> {
                try {
                    fill();
                    onIoThread(() -> {
                        waiting = chunk.content();
                        write();
                    });
                } catch (Refusal e) {
                    onIoThread(() -> {
                        // the response has begun: its end is what is missing
                        exchange.log(ErrorLog.Level.ERROR, "the console cannot go on: " + e.getMessage());
                        exchange.lifetime().abort();
                    });
                }
            });
        } catch (RejectedExecutionException e) {
            exchange.ioThread().executeAfter(this::again, AGAIN, TimeUnit.MILLISECONDS);
        }
    }

    private void again() {
        if (!ended) {
            more();
        }
    }
}
