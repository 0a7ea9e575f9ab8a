package hopyard.proxy.tls;

import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.Buffers;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/** The content that goes out. */
final class TlsSink implements StreamSinkConduit {

    private final TlsLayer tls;
    private final StreamSinkConduit plain;
    private final Runnable onEnd;
    private WriteReadyHandler handler;
    private boolean ended;
    private boolean endSent;
    private boolean wanted;

    /** @param onEnd is told that nothing more will be written */
    TlsSink(TlsLayer tls, StreamSinkConduit plain, Runnable onEnd) {
        this.tls = tls;
        this.plain = plain;
        this.onEnd = onEnd;
    }

    /** The socket is ready, and content may pass. */
    void ready() {
        if (wanted) {
            handler.writeReady();
        } else if (!tls.isSending()) {
            plain.suspendWrites();
        }
    }

    /** The socket is ready, and there is nothing to do now. */
    void notReady() {
        if (!tls.isSending()) {
            plain.suspendWrites();
        }
    }

    /** Has who waits see at the next call what has become of the connection. */
    void announceEnd() {
        if (wanted) {
            handler.writeReady();
        }
    }

    /** Goes on for who waits, now that content may pass. */
    void established() {
        if (wanted && !tls.isClosed()) {
            plain.resumeWrites();
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return (int) write(new ByteBuffer[] {src}, 0, 1);
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        if (ended || tls.isClosed()) {
            throw new ClosedChannelException();
        }
        long total = 0;
        while (tls.send() && tls.handshake() && tls.send() && Buffers.hasRemaining(srcs, offset, length)) {
            int n = tls.wrap(srcs, offset, length);
            if (n < 0) {
                throw new ClosedChannelException();
            }
            total += n;
        }
        return total;
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        return Conduits.writeFinalBasic(this, src);
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, srcs, offset, length);
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        long total = 0;
        try (PooledByteBuffer pooled = TlsBuffers.take()) {
            ByteBuffer buffer = pooled.getBuffer();
            while (total < count) {
                buffer.clear().limit((int) Math.min(16 << 10, count - total));
                int n = src.read(buffer, position + total);
                buffer.flip();
                total += n <= 0 ? 0 : write(buffer);
                if (n <= 0 || buffer.hasRemaining()) {
                    break;
                }
            }
        }
        return total;
    }

    @Override
    public long transferFrom(StreamSourceChannel from, long count, ByteBuffer throughBuffer) throws IOException {
        return IoUtils.transfer(from, count, throughBuffer, new ConduitWritableByteChannel(this));
    }

    @Override
    public boolean flush() throws IOException {
        if (tls.isClosed()) {
            return true;
        }
        if (!tls.send()) {
            return false;
        }
        if (ended && !endSent) {
            endSent = true;
            tls.wrapEnd();
            if (!tls.send()) {
                return false;
            }
        }
        if (ended && !plain.isWriteShutdown()) {
            plain.terminateWrites();
            onEnd.run();
        }
        return tls.isClosed() || plain.flush();
    }

    @Override
    public void terminateWrites() {
        ended = true;
    }

    @Override
    public void truncateWrites() throws IOException {
        ended = true;
        endSent = true;
        onEnd.run();
        plain.truncateWrites();
    }

    @Override
    public boolean isWriteShutdown() {
        return ended;
    }

    @Override
    public void resumeWrites() {
        wanted = true;
        if (tls.isEstablished() || tls.isSending()) {
            plain.resumeWrites();
        }
    }

    @Override
    public void suspendWrites() {
        wanted = false;
        if (!tls.isSending() && !tls.holdsReads()) {
            plain.suspendWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        wanted = true;
        plain.wakeupWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return wanted;
    }

    @Override
    public void awaitWritable() throws IOException {
        plain.awaitWritable();
    }

    @Override
    public void awaitWritable(long time, TimeUnit unit) throws IOException {
        plain.awaitWritable(time, unit);
    }

    @Override
    public XnioIoThread getWriteThread() {
        return plain.getWriteThread();
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler newHandler) {
        handler = newHandler;
    }

    @Override
    public XnioWorker getWorker() {
        return plain.getWorker();
    }
}
