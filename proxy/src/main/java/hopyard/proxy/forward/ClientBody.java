package hopyard.proxy.forward;

import hopyard.http.server.RequestMistake;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Capture;
import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.channels.StreamSourceChannel;

/** Reads the request body from the client: counted, limited and timed. */
public final class ClientBody {

    private final Exchange exchange;
    private final ClientContent content;
    private final StreamSourceChannel channel;
    private final Deadline deadline;
    /** Keeps the beginning of the content; {@code null} if nobody wants it. */
    private final Capture capture;

    private long received;
    private boolean timedOut;

    /**
     * @param onReadable called when there may be more after a {@link #read} that gave nothing
     */
    public ClientBody(Exchange exchange, Runnable onReadable) {
        this.exchange = exchange;
        capture = Capture.of(exchange);
        content = exchange.content();
        channel = content.open(exchange.core().clientMaxBodySize());
        channel.getReadSetter().set(c -> {
            c.suspendReads();
            exchange.clock().enter(Stage.OWN);
            onReadable.run();
        });
        deadline = new Deadline(exchange.ioThread(), () -> {
            timedOut = true;
            exchange.clock().enter(Stage.OWN);
            channel.suspendReads();
            onReadable.run();
        });
    }

    /**
     * Reads what is there. After it has returned 0, it waits for more and then calls back.
     *
     * @return the number of bytes; -1 at the end
     * @throws ClientBodyException if the body is malformed, too large or late, or the client has gone
     */
    public int read(ByteBuffer into) throws ClientBodyException {
        if (timedOut) {
            exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
            throw new ClientBodyException(408, "client timed out", null);
        }
        int n;
        content.reads(true);
        try {
            n = channel.read(into);
        } catch (IOException e) {
            String error = SystemErrors.text(e);
            boolean isReset = error.startsWith("104");
            exchange.log(
                    ErrorLog.Level.INFO,
                    isReset ? "recv() failed (" + error + ")" : "client prematurely closed connection");
            throw new ClientBodyException(ErrorPages.CLIENT_CLOSED_REQUEST, e.getMessage(), e);
        } finally {
            content.reads(false);
        }
        if (n < 0) {
            RequestMistake mistake = content.end();
            if (mistake != null) {
                exchange.log(ErrorLog.Level.ERROR, mistake.message());
                throw new ClientBodyException(mistake.status(), mistake.message(), null);
            }
        }
        if (n > 0) {
            received += n;
            content.received(n);
            if (capture != null) {
                capture.request().add(into, into.position() - n, n);
            }
        } else if (n == 0) {
            deadline.set(exchange.core().clientBodyTimeout());
            channel.resumeReads();
            exchange.clock().enter(Stage.RECEIVE);
            return 0;
        }
        deadline.clear();
        return n;
    }

    /** Sets whether the client's connection is served after the others. */
    void serveLast(boolean isLast) {
        content.serveLast(isLast);
    }

    /** Returns how many bytes have come. */
    long received() {
        return received;
    }

    /** Returns the trailer fields that followed the body; {@code null} if there were none. */
    HeaderMap trailers() {
        return content.trailers();
    }

    public void close() {
        deadline.close();
    }
}
