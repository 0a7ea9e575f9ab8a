package hopyard.proxy.forward;

import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.Deadline;
import io.undertow.server.ServerConnection;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.channels.StreamSourceChannel;

/** Reads the request body from the client: counted, limited and timed. */
final class ClientBody {

    private final Exchange exchange;
    private final StreamSourceChannel channel;
    private final Deadline deadline;
    private long received;
    private boolean timedOut;

    /**
     * @param onReadable called when there may be more after a {@link #read} that gave nothing
     */
    ClientBody(Exchange exchange, Runnable onReadable) {
        this.exchange = exchange;
        channel = exchange.http().getRequestChannel();
        channel.getReadSetter().set(c -> {
            c.suspendReads();
            onReadable.run();
        });
        deadline = new Deadline(exchange.http().getIoThread(), () -> {
            timedOut = true;
            channel.suspendReads();
            onReadable.run();
        });
    }

    /**
     * Reads what is there: the number of bytes, -1 at the end. After 0 it waits for more and then calls back.
     *
     * @throws ClientBodyException if the body is malformed, too large or late, or the client has gone
     */
    int read(ByteBuffer into) throws ClientBodyException {
        if (timedOut) {
            exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
            throw new ClientBodyException(408, "client timed out", null);
        }
        int n;
        try {
            n = channel.read(into);
        } catch (IOException e) {
            boolean gone = hasGone(e);
            exchange.log(
                    ErrorLog.Level.INFO,
                    gone ? "client prematurely closed connection" : "client sent invalid chunked body");
            throw new ClientBodyException(gone ? Exchange.CLIENT_CLOSED_REQUEST : 400, e.getMessage(), e);
        }
        if (n > 0) {
            received += n;
            long limit = exchange.location().core().clientMaxBodySize;
            if (limit > 0 && received > limit) {
                exchange.log(
                        ErrorLog.Level.ERROR, "client intended to send too large chunked body: " + received + " bytes");
                throw new ClientBodyException(413, "too large", null);
            }
        } else if (n == 0) {
            deadline.set(exchange.location().core().clientBodyTimeout);
            channel.resumeReads();
            return 0;
        }
        deadline.clear();
        return n;
    }

    /** Whether the connection, rather than the syntax of the body, is what failed: it was closed or reset. */
    private boolean hasGone(IOException e) {
        ServerConnection connection = exchange.http().getConnection();
        return !connection.isOpen()
                || connection instanceof HttpServerConnection http1
                        && http1.getOriginalSourceConduit().isReadShutdown()
                || String.valueOf(e.getMessage()).contains("reset");
    }

    /** How many bytes have come. */
    long received() {
        return received;
    }

    /** The trailer fields that followed the body; {@code null} if none did. */
    HeaderMap trailers() {
        return exchange.http().getAttachment(HttpAttachments.REQUEST_TRAILERS);
    }

    void close() {
        deadline.close();
    }
}
