package hopyard.proxy.server;

import hopyard.http.server.http2.Http2Connection;
import hopyard.proxy.io.PushedBack;
import hopyard.proxy.tls.TlsConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * The choice between HTTP/1.1 and HTTP/2, which the client makes: with TLS by ALPN (RFC 9113 §3.2), without by what it
 * says first (§3.3).
 */
final class HttpChoice {

    private final StreamConnection connection;
    private final Consumer<ByteBuffer> onHttp2;
    private final Runnable onHttp1;
    private final ByteBuffer bytes = ByteBuffer.allocate(Http2Connection.PREFACE.length());

    private HttpChoice(StreamConnection connection, Consumer<ByteBuffer> onHttp2, Runnable onHttp1) {
        this.connection = connection;
        this.onHttp2 = onHttp2;
        this.onHttp1 = onHttp1;
    }

    /**
     * Makes the choice as soon as the client has said enough. The client's connection has a timeout for this.
     *
     * @param onHttp2 is given what has been read
     */
    static void make(StreamConnection connection, Consumer<ByteBuffer> onHttp2, Runnable onHttp1) {
        HttpChoice choice = new HttpChoice(connection, onHttp2, onHttp1);
        ConduitStreamSourceChannel source = connection.getSourceChannel();
        source.setReadListener(choice::readable);
        source.resumeReads();
    }

    private void readable(ConduitStreamSourceChannel source) {
        int n;
        try {
            n = source.read(bytes);
        } catch (IOException e) {
            // who listens to TLS has been told
            n = -1;
        }
        if (n < 0) {
            IoUtils.safeClose(connection);
            return;
        }
        if (n == 0) {
            return;
        }
        boolean isTls = connection instanceof TlsConnection;
        boolean isHttp2 = isTls ? "h2".equals(((TlsConnection) connection).applicationProtocol()) : isPreface();
        if (isHttp2 && !isTls && bytes.hasRemaining()) {
            return;
        }
        source.suspendReads();
        source.setReadListener(null);
        bytes.flip();
        if (isHttp2) {
            onHttp2.accept(bytes);
        } else {
            PushedBack.onto(connection, bytes);
            onHttp1.run();
            source.wakeupReads();
        }
    }

    private boolean isPreface() {
        for (int i = 0; i < bytes.position(); i++) {
            if (bytes.get(i) != Http2Connection.PREFACE.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
