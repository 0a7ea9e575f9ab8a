package hopyard.proxy.tls;

import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.xnio.conduits.StreamSinkConduit;

/** The record that is to be sent, one at a time. */
final class TlsRecordWriter {

    private final StreamSinkConduit sink;
    private final TlsEnd failure;
    private TlsEngine engine;

    /** What is to be sent; {@code null} for nothing. */
    private PooledByteBuffer toSend;

    TlsRecordWriter(StreamSinkConduit sink, TlsEnd failure) {
        this.sink = sink;
        this.failure = failure;
    }

    void use(TlsEngine its) {
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
        int taken;
        try {
            taken = engine.wrap(srcs, offset, length, toSend.getBuffer());
        } catch (IOException e) {
            free();
            throw e instanceof SSLException violation ? failure.violated(violation) : e;
        }
        seal();
        return taken;
    }

    /**
     * The same of what the engine itself has to say; whether it may say it.
     *
     * @throws IOException see {@link #wrap}
     */
    boolean wrapOwn() throws IOException {
        toSend = TlsBuffers.take();
        boolean may;
        try {
            may = engine.wrapOwn(toSend.getBuffer());
        } catch (SSLException e) {
            free();
            throw failure.violated(e);
        }
        seal();
        return may;
    }

    /** Has the record sent that has been made, if there is one. */
    private void seal() {
        if (!toSend.getBuffer().flip().hasRemaining()) {
            free();
        }
    }

    /**
     * Makes the record of an alert that is sent without an engine.
     *
     * @throws IOException if there is no memory for it
     */
    boolean alert(SSLException reason) throws IOException {
        int description = reason instanceof TlsRejected rejected
                ? rejected.alert()
                : reason instanceof RecordOverflow ? RecordOverflow.ALERT : TlsRejected.INTERNAL_ERROR;
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
        try {
            return write();
        } catch (IOException e) {
            throw failure.broken(e);
        }
    }

    /** Sends what the peer can do without, if it can be sent: whoever reads or writes next sees what is wrong. */
    void offer() {
        try {
            write();
        } catch (IOException e) {
            free();
        }
    }

    private boolean write() throws IOException {
        while (toSend != null) {
            int n = sink.write(toSend.getBuffer());
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
