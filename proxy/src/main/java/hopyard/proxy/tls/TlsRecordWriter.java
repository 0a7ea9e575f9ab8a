package hopyard.proxy.tls;

import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.xnio.conduits.StreamSinkConduit;

/** The record that is to be sent, one at a time. */
final class TlsRecordWriter {

    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    private final StreamSinkConduit sink;
    private final TlsEnd failure;
    private SSLEngine engine;

    /** What is to be sent; {@code null} for nothing. */
    private PooledByteBuffer toSend;

    TlsRecordWriter(StreamSinkConduit sink, TlsEnd failure) {
        this.sink = sink;
        this.failure = failure;
    }

    void use(SSLEngine its) {
        engine = its;
    }

    /** Whether something is left to be sent. */
    boolean isPending() {
        return toSend != null;
    }

    /**
     * Makes a record of content, when nothing {@link #isPending}; returns how much of it, -1 if no more may be said.
     *
     * @throws SSLException if the engine cannot
     * @throws IOException if there is no memory for it
     */
    int wrap(ByteBuffer[] srcs, int offset, int length) throws IOException {
        toSend = TlsBuffers.take();
        SSLEngineResult result;
        try {
            result = engine.wrap(srcs, offset, length, toSend.getBuffer());
        } catch (SSLException e) {
            free();
            throw failure.violated(e);
        }
        toSend.getBuffer().flip();
        if (!toSend.getBuffer().hasRemaining()) {
            free();
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw failure.violated(new SSLException("a record does not fit"));
        }
        return result.getStatus() == Status.CLOSED && result.bytesProduced() == 0 ? -1 : result.bytesConsumed();
    }

    /**
     * The same of what the engine itself has to say; whether it may say it.
     *
     * @param group looks at it
     * @throws IOException see {@link #wrap}
     */
    boolean wrapOwn(NegotiatedGroup group) throws IOException {
        boolean may = wrap(NOTHING, 0, 1) >= 0;
        if (toSend != null) {
            group.look(toSend.getBuffer());
        }
        return may;
    }

    /**
     * Makes the record of an alert that is sent without an engine.
     *
     * @throws IOException if there is no memory for it
     */
    boolean alert(SSLException reason) throws IOException {
        int description = reason instanceof TlsRejected rejected ? rejected.alert() : TlsRejected.INTERNAL_ERROR;
        toSend = TlsBuffers.take();
        // type, version 3.3, length; fatal (RFC 8446 §5.1, §6)
        toSend.getBuffer()
                .put(new byte[] {21, 3, 3, 0, 2, 2, (byte) description})
                .flip();
        return true;
    }

    /**
     * Sends what is to be sent, or has the socket tell when it takes more; whether it is all gone.
     *
     * @throws IOException if the connection is broken
     */
    boolean send() throws IOException {
        while (toSend != null) {
            int n;
            try {
                n = sink.write(toSend.getBuffer());
            } catch (IOException e) {
                throw failure.broken(e);
            }
            if (!toSend.getBuffer().hasRemaining()) {
                free();
            } else if (n == 0) {
                sink.resumeWrites();
                return false;
            }
        }
        return true;
    }

    /** Gives the buffer back. */
    void free() {
        if (toSend != null) {
            toSend.close();
            toSend = null;
        }
    }
}
