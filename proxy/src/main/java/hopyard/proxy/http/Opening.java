package hopyard.proxy.http;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.upstream.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;

/** The first bytes of a connection: what comes ahead of HTTP, and whether the client speaks TLS. */
final class Opening {

    /** The type of record that a TLS handshake begins with (RFC 8446 §5.1). */
    private static final byte HANDSHAKE = 0x16;

    private final StreamConnection connection;
    private final ErrorLog log;
    private final boolean expectsProxyProtocol;
    private final BiConsumer<ProxyProtocol, Boolean> onRead;
    private final ByteBuffer bytes = ByteBuffer.allocate(ProxyProtocol.LONGEST);
    private final Deadline deadline;
    private ProxyProtocol header;

    private Opening(
            StreamConnection connection,
            ErrorLog log,
            boolean expectsProxyProtocol,
            long timeout,
            BiConsumer<ProxyProtocol, Boolean> onRead) {
        this.connection = connection;
        this.log = log;
        this.expectsProxyProtocol = expectsProxyProtocol;
        this.onRead = onRead;
        deadline = new Deadline(connection.getIoThread(), () -> IoUtils.safeClose(connection));
        deadline.set(timeout);
    }

    /**
     * Reads what is needed and puts the rest back.
     *
     * @param timeout in ms; the connection is closed after it
     * @param onRead gets the PROXY protocol's header, {@code null} where none is expected, and whether TLS follows
     */
    static void read(
            StreamConnection connection,
            ErrorLog log,
            boolean expectsProxyProtocol,
            long timeout,
            BiConsumer<ProxyProtocol, Boolean> onRead) {
        Opening opening = new Opening(connection, log, expectsProxyProtocol, timeout, onRead);
        connection.getSourceChannel().setReadListener(opening::readable);
        connection.getSourceChannel().resumeReads();
    }

    private void readable(ConduitStreamSourceChannel source) {
        try {
            int n = source.read(bytes);
            if (n < 0) {
                close();
                return;
            }
            bytes.flip();
            boolean done = look();
            if (done) {
                source.suspendReads();
                source.setReadListener(null);
                deadline.close();
                boolean isTls = bytes.get(bytes.position()) == HANDSHAKE;
                PushedBack.onto(connection, bytes);
                onRead.accept(header, isTls);
            } else {
                bytes.compact();
            }
        } catch (ProxyProtocol.BrokenException e) {
            log.write(ErrorLog.Level.ERROR, e.getMessage());
            close();
        } catch (IOException e) {
            log.write(ErrorLog.Level.INFO, "recv() failed (" + SystemErrors.text(e) + ")");
            close();
        }
    }

    /** Whether enough is there to go on. */
    private boolean look() throws ProxyProtocol.BrokenException {
        if (expectsProxyProtocol && header == null) {
            header = ProxyProtocol.parse(bytes);
            if (header == null) {
                return false;
            }
            bytes.position(bytes.position() + header.length());
        }
        return bytes.hasRemaining();
    }

    private void close() {
        deadline.close();
        IoUtils.safeClose(connection);
    }
}
