package hopyard.proxy.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.nio.ReadyKeys;

/**
 * The content that comes in. What has been read and not been asked for is announced again only to who took something at
 * the last time.
 */
final class TlsSource implements StreamSourceConduit {

    /** The end of the stream, as for any channel. */
    private static final int END = TlsRecordReader.END;

    private final TlsLayer tls;
    private final StreamSourceConduit plain;
    private final Runnable onEnd;
    private ReadReadyHandler handler;
    private boolean ended;
    private boolean wanted;
    private boolean scheduled;
    private boolean taken;

    /** @param onEnd is told that nothing more will be read */
    TlsSource(TlsLayer tls, StreamSourceConduit plain, Runnable onEnd) {
        this.tls = tls;
        this.plain = plain;
        this.onEnd = onEnd;
    }

    /** The socket is ready, and content may pass. */
    void ready() {
        if (wanted) {
            announce();
        } else {
            plain.suspendReads();
        }
    }

    /** Has who waits see at the next call what has become of the connection. */
    void announceEnd() {
        if (wanted) {
            handler.readReady();
        }
    }

    /** Goes on for who waits, now that content may pass. */
    void established() {
        if (wanted) {
            resumeReads();
        }
    }

    /** Goes on for who waits, now that the engine can say what it has to. */
    void sent() {
        if (tls.holdsReads()) {
            tls.holdReads(false);
            if (wanted) {
                resumeReads();
                schedule();
            }
        }
    }

    private void announce() {
        taken = false;
        handler.readReady();
        if (taken && (tls.hasMore() || ended)) {
            schedule();
        }
    }

    private void schedule() {
        if (!scheduled && wanted) {
            scheduled = true;
            ReadyKeys.executeInTurn(plain.getReadThread(), () -> {
                scheduled = false;
                if (wanted) {
                    announce();
                }
            });
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        int total = 0;
        while (true) {
            total += tls.take(dst);
            if (!dst.hasRemaining() && (total > 0 || tls.isEstablished()) || total > 0 && !tls.hasMore()) {
                break;
            }
            if (isReadShutdown()) {
                if (tls.isClosed() && total == 0) {
                    throw new ClosedChannelException();
                }
                return total > 0 ? total : END;
            }
            if (!tls.handshake()) {
                if (tls.isEstablished() && tls.isSending()) {
                    // the engine has to answer first (KeyUpdate, RFC 8446 §4.6.3), and cannot for now
                    tls.holdReads(true);
                    plain.suspendReads();
                }
                break;
            }
            if (!dst.hasRemaining()) {
                break;
            }
            int n = tls.read(dst);
            if (n == TlsRecordReader.NONE) {
                break;
            }
            if (n == END) {
                // whoever sees the end may close the connection
                tls.sendTickets();
                terminateReads();
            } else {
                total += n;
            }
        }
        taken |= total > 0;
        return total;
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int n = read(dsts[i]);
            if (n < 0) {
                return total > 0 ? total : END;
            }
            total += n;
            if (dsts[i].hasRemaining()) {
                break;
            }
        }
        return total;
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return target.transferFrom(new ConduitReadableByteChannel(this), position, count);
    }

    @Override
    public long transferTo(long count, ByteBuffer throughBuffer, StreamSinkChannel target) throws IOException {
        return IoUtils.transfer(new ConduitReadableByteChannel(this), count, throughBuffer, target);
    }

    @Override
    public void terminateReads() {
        ended = true;
        plain.suspendReads();
        onEnd.run();
    }

    @Override
    public boolean isReadShutdown() {
        return ended || tls.isClosed();
    }

    @Override
    public void resumeReads() {
        wanted = true;
        if (!isReadShutdown() && !tls.holdsReads()) {
            plain.resumeReads();
        }
        if (tls.hasMore() || isReadShutdown()) {
            schedule();
        }
    }

    @Override
    public void suspendReads() {
        wanted = false;
        if (tls.isEstablished()) {
            plain.suspendReads();
        }
    }

    @Override
    public void wakeupReads() {
        resumeReads();
        schedule();
    }

    @Override
    public boolean isReadResumed() {
        return wanted;
    }

    @Override
    public void awaitReadable() throws IOException {
        plain.awaitReadable();
    }

    @Override
    public void awaitReadable(long time, TimeUnit unit) throws IOException {
        plain.awaitReadable(time, unit);
    }

    @Override
    public XnioIoThread getReadThread() {
        return plain.getReadThread();
    }

    @Override
    public void setReadReadyHandler(ReadReadyHandler newHandler) {
        handler = newHandler;
    }

    @Override
    public XnioWorker getWorker() {
        return plain.getWorker();
    }
}
