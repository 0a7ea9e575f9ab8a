package hopyard.proxy.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.StreamConnection;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/** Bytes that were read from a connection too early. The next reader of the connection gets them first. */
public final class PushedBack extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private final ConduitStreamSourceChannel channel;
    private ByteBuffer bytes;

    private PushedBack(ConduitStreamSourceChannel channel, ByteBuffer bytes) {
        super(channel.getConduit());
        this.channel = channel;
        this.bytes = bytes;
    }

    /** Puts bytes back. The caller has to wake the reader. */
    public static void onto(StreamConnection connection, ByteBuffer bytes) {
        if (bytes.hasRemaining()) {
            ConduitStreamSourceChannel source = connection.getSourceChannel();
            source.setConduit(new PushedBack(source, bytes));
        }
    }

    private int take(ByteBuffer dst) {
        int n = Math.min(dst.remaining(), bytes.remaining());
        dst.put(dst.position(), bytes, bytes.position(), n).position(dst.position() + n);
        bytes.position(bytes.position() + n);
        if (!bytes.hasRemaining()) {
            // the connection may last long: let go of the buffer
            bytes = NONE;
        }
        return n;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return bytes.hasRemaining() ? take(dst) : next.read(dst);
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        if (!bytes.hasRemaining()) {
            return next.read(dsts, offset, length);
        }
        long n = 0;
        for (int i = offset; i < offset + length; i++) {
            n += take(dsts[i]);
        }
        return n;
    }

    @Override
    public void resumeReads() {
        if (bytes.hasRemaining()) {
            // the system announces no event for bytes that have been read
            next.wakeupReads();
        } else {
            next.resumeReads();
        }
    }

    @Override
    public String toString() {
        return channel + " with " + bytes.remaining() + " bytes pushed back";
    }
}
