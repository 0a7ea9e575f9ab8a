package hopyard.proxy.tls;

import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLProtocolException;
import org.xnio.Buffers;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.ReadReadyHandler;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.conduits.WriteReadyHandler;
import org.xnio.nio.ReadyKeys;

/**
 * Reads and writes through Java's engine for TLS, record by record. Undertow's own does as much with any buffer that it is
 * given, and a record of full size never fits in one of 16 KiB: it waits for the rest for ever, or does not wait.
 *
 * <p>The handshake goes on whenever the socket is ready for it, whoever is waiting. What has been read and not been asked for is
 * announced again only to who took something at the last time.
 */
final class TlsConduit implements StreamSourceConduit, StreamSinkConduit {

    /**
     * For a record of the largest size with all that TLS puts around it, for which Java wants 16,709 bytes: 2<sup>14</sup> of content
     * (RFC 8446 §5.2) and the paddings of RFC 5246 §6.2.3.
     */
    private static final ByteBufferPool BUFFERS = new BufferPool(17 << 10);

    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    /** The end of the stream, as for any channel. */
    private static final int END = -1;

    /** There is no whole record yet. */
    private static final int NONE = -2;

    /** The content does not fit. */
    private static final int TOO_LARGE = -3;

    private final TlsConnection connection;
    private final StreamConnection plain;
    private final StreamSourceConduit source;
    private final StreamSinkConduit sink;
    private final SSLEngine engine;
    private ReadReadyHandler readHandler;
    private WriteReadyHandler writeHandler;

    /** What has been received and is no content yet. */
    private PooledByteBuffer received;
    /** Content that nobody has taken yet. */
    private PooledByteBuffer content;
    /** What is to be sent. */
    private PooledByteBuffer toSend;

    /** Whether what is received so far is not a whole record. */
    private boolean incomplete;

    private boolean begun;
    private boolean established;
    private boolean failed;
    private boolean closed;
    private boolean readEnded;
    private boolean writeEnded;
    private boolean endSent;
    private boolean readsWanted;
    private boolean writesWanted;
    private boolean scheduled;
    private boolean taken;

    TlsConduit(TlsConnection connection, StreamConnection plain, SSLEngine engine) {
        this.connection = connection;
        this.plain = plain;
        this.engine = engine;
        source = plain.getSourceChannel().getConduit();
        sink = plain.getSinkChannel().getConduit();
        source.setReadReadyHandler(new ReadReadyHandler() {
            @Override
            public void readReady() {
                readable();
            }

            @Override
            public void forceTermination() {
                IoUtils.safeClose(connection);
            }

            @Override
            public void terminated() {
                // the connection knows it already
            }
        });
        sink.setWriteReadyHandler(new WriteReadyHandler() {
            @Override
            public void writeReady() {
                writable();
            }

            @Override
            public void forceTermination() {
                IoUtils.safeClose(connection);
            }

            @Override
            public void terminated() {
                // the connection knows it already
            }
        });
    }

    boolean isEstablished() {
        return established;
    }

    void start() throws IOException {
        handshake();
    }

    // ---- the handshake

    /** Goes on with the handshake as far as it can for now; whether content may pass. */
    private boolean handshake() throws IOException {
        if (!begun) {
            begun = true;
            engine.beginHandshake();
        }
        while (true) {
            if (closed) {
                throw new ClosedChannelException();
            }
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> {
                    if (!send() || wrap(NOTHING, 0, 1) < 0 || !send()) {
                        return false;
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!send()) {
                        return false;
                    }
                    int n = unwrapOwn();
                    if (n == NONE) {
                        source.resumeReads();
                        return false;
                    }
                    if (n == END) {
                        gone(null);
                        return false;
                    }
                }
                default -> {
                    if (!established) {
                        established = true;
                        connection.established();
                    }
                    return true;
                }
            }
        }
    }

    /** The peer has gone before the two came to terms. */
    private void gone(IOException reason) throws IOException {
        if (!established && !failed) {
            failed = true;
            connection.failed(true, reason);
        }
        IoUtils.safeClose(connection);
        throw reason == null ? new ClosedChannelException() : reason;
    }

    /** Tells the peer and the listener what is wrong, and closes. */
    private SSLException fail(SSLException reason) {
        if (!failed) {
            failed = true;
            connection.failed(!established, reason);
            try {
                // the alert (RFC 8446 §6.2); if it cannot be sent at once, it is not
                if (send() && wrap(NOTHING, 0, 1) >= 0) {
                    send();
                }
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
            IoUtils.safeClose(connection);
        }
        return reason;
    }

    // ---- records

    /** Makes a record of content, or of what the engine itself has to say; returns how much of it, -1 if no more may be said. */
    private int wrap(ByteBuffer[] srcs, int offset, int length) throws IOException {
        toSend = BufferPool.take(BUFFERS);
        SSLEngineResult result;
        try {
            result = engine.wrap(srcs, offset, length, toSend.getBuffer());
        } catch (SSLException e) {
            freeToSend();
            throw fail(e);
        }
        toSend.getBuffer().flip();
        if (!toSend.getBuffer().hasRemaining()) {
            freeToSend();
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw fail(new SSLException("a record does not fit"));
        }
        return result.getStatus() == Status.CLOSED && result.bytesProduced() == 0 ? END : result.bytesConsumed();
    }

    /** Sends what is to be sent; whether it is all gone. */
    private boolean send() throws IOException {
        while (toSend != null) {
            int n;
            try {
                n = sink.write(toSend.getBuffer());
            } catch (IOException e) {
                gone(e);
                throw e;
            }
            if (!toSend.getBuffer().hasRemaining()) {
                freeToSend();
            } else if (n == 0) {
                sink.resumeWrites();
                return false;
            }
        }
        return true;
    }

    private void freeToSend() {
        if (toSend != null) {
            toSend.close();
            toSend = null;
        }
    }

    /** Reads a record; returns how much content was in it, which may be none. */
    private int unwrap(ByteBuffer dst) throws IOException {
        while (true) {
            if (received != null && !incomplete) {
                SSLEngineResult result;
                try {
                    result = engine.unwrap(received.getBuffer(), dst);
                } catch (SSLException e) {
                    throw fail(e);
                }
                freeReceivedIfEmpty();
                switch (result.getStatus()) {
                    case OK -> {
                        return result.bytesProduced();
                    }
                    case CLOSED -> {
                        return END;
                    }
                    case BUFFER_OVERFLOW -> {
                        return TOO_LARGE;
                    }
                    default -> incomplete = true;
                }
            }
            int n = receive();
            if (n <= 0) {
                return n == 0 ? NONE : END;
            }
        }
    }

    private int receive() throws IOException {
        if (received == null) {
            received = BufferPool.take(BUFFERS);
            received.getBuffer().limit(0);
        }
        ByteBuffer buffer = received.getBuffer().compact();
        if (!buffer.hasRemaining()) {
            buffer.flip();
            throw fail(new SSLProtocolException("record is larger than TLS allows"));
        }
        int n;
        try {
            n = source.read(buffer);
        } catch (IOException e) {
            buffer.flip();
            gone(e);
            throw e;
        }
        buffer.flip();
        incomplete &= n <= 0;
        freeReceivedIfEmpty();
        return n;
    }

    private void freeReceivedIfEmpty() {
        if (received != null && !received.getBuffer().hasRemaining()) {
            received.close();
            received = null;
            incomplete = false;
        }
    }

    /** Reads a record whose content nobody has room for. */
    private int unwrapOwn() throws IOException {
        if (content != null) {
            // a handshake within a connection: what came before it is taken first
            return NONE;
        }
        content = BufferPool.take(BUFFERS);
        int n = NONE;
        try {
            n = unwrap(content.getBuffer());
            if (n == TOO_LARGE) {
                throw fail(new SSLProtocolException("record is larger than TLS allows"));
            }
        } finally {
            // closed in between, there is none any more
            if (content != null) {
                content.getBuffer().flip();
                freeContentIfEmpty();
            }
        }
        return n;
    }

    private void freeContentIfEmpty() {
        if (content != null && !content.getBuffer().hasRemaining()) {
            content.close();
            content = null;
        }
    }

    void closed() {
        closed = true;
        readEnded = true;
        freeToSend();
        if (received != null) {
            received.close();
            received = null;
        }
        if (content != null) {
            content.close();
            content = null;
        }
    }

    // ---- what the socket has for us

    private void readable() {
        boolean wasEstablished = established;
        if (!wasEstablished) {
            try {
                handshake();
            } catch (IOException e) {
                // whoever waits sees it at the next call
                announceEnd();
                return;
            }
            if (!established) {
                return;
            }
        }
        if (readsWanted) {
            announce();
        } else {
            source.suspendReads();
        }
        if (!wasEstablished && writesWanted && !closed) {
            sink.resumeWrites();
        }
    }

    private void writable() {
        boolean wasEstablished = established;
        try {
            if (!send() || !wasEstablished && !handshake()) {
                if (toSend == null) {
                    sink.suspendWrites();
                }
                return;
            }
        } catch (IOException e) {
            announceEnd();
            return;
        }
        if (writesWanted) {
            writeHandler.writeReady();
        } else {
            sink.suspendWrites();
        }
        if (!wasEstablished && readsWanted) {
            resumeReads();
        }
    }

    private void announceEnd() {
        if (readsWanted) {
            readHandler.readReady();
        }
        if (writesWanted) {
            writeHandler.writeReady();
        }
    }

    private void announce() {
        taken = false;
        readHandler.readReady();
        if (taken && hasMore()) {
            schedule();
        }
    }

    /** Whether there may be something to read of which the socket knows nothing. */
    private boolean hasMore() {
        return content != null || received != null && !incomplete;
    }

    private void schedule() {
        if (!scheduled && readsWanted) {
            scheduled = true;
            ReadyKeys.executeInTurn(plain.getIoThread(), () -> {
                scheduled = false;
                if (readsWanted) {
                    announce();
                }
            });
        }
    }

    // ---- reading

    @Override
    public int read(ByteBuffer dst) throws IOException {
        int total = 0;
        while (true) {
            if (content != null) {
                total += Buffers.copy(dst, content.getBuffer());
                freeContentIfEmpty();
            }
            if (!dst.hasRemaining() && (total > 0 || established) || total > 0 && !hasMore()) {
                break;
            }
            if (readEnded) {
                if (closed && total == 0) {
                    throw new ClosedChannelException();
                }
                return total > 0 ? total : END;
            }
            if (!handshake()) {
                break;
            }
            if (!dst.hasRemaining()) {
                break;
            }
            int n = unwrap(dst);
            if (n == TOO_LARGE) {
                n = unwrapOwn();
                n = n > 0 ? 0 : n;
            }
            if (n == NONE) {
                break;
            }
            if (n == END) {
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
        readEnded = true;
        source.suspendReads();
        connection.endOfReads();
    }

    @Override
    public boolean isReadShutdown() {
        return readEnded;
    }

    @Override
    public void resumeReads() {
        readsWanted = true;
        if (!readEnded) {
            source.resumeReads();
        }
        if (hasMore() || readEnded) {
            schedule();
        }
    }

    @Override
    public void suspendReads() {
        readsWanted = false;
        if (established) {
            source.suspendReads();
        }
    }

    @Override
    public void wakeupReads() {
        resumeReads();
        schedule();
    }

    @Override
    public boolean isReadResumed() {
        return readsWanted;
    }

    @Override
    public void awaitReadable() throws IOException {
        source.awaitReadable();
    }

    @Override
    public void awaitReadable(long time, TimeUnit unit) throws IOException {
        source.awaitReadable(time, unit);
    }

    @Override
    public XnioIoThread getReadThread() {
        return plain.getIoThread();
    }

    @Override
    public void setReadReadyHandler(ReadReadyHandler handler) {
        readHandler = handler;
    }

    // ---- writing

    @Override
    public int write(ByteBuffer src) throws IOException {
        return (int) write(new ByteBuffer[] {src}, 0, 1);
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        if (writeEnded || closed) {
            throw new ClosedChannelException();
        }
        long total = 0;
        while (send() && handshake() && Buffers.hasRemaining(srcs, offset, length)) {
            int n = wrap(srcs, offset, length);
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
        try (PooledByteBuffer pooled = BufferPool.take(BUFFERS)) {
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
        if (closed) {
            return true;
        }
        if (!send()) {
            return false;
        }
        if (writeEnded && !endSent) {
            endSent = true;
            engine.closeOutbound();
            wrap(NOTHING, 0, 1);
            if (!send()) {
                return false;
            }
        }
        if (writeEnded && !sink.isWriteShutdown()) {
            sink.terminateWrites();
            connection.endOfWrites();
        }
        return closed || sink.flush();
    }

    @Override
    public void terminateWrites() {
        writeEnded = true;
    }

    @Override
    public void truncateWrites() throws IOException {
        writeEnded = true;
        endSent = true;
        connection.endOfWrites();
        sink.truncateWrites();
    }

    @Override
    public boolean isWriteShutdown() {
        return writeEnded;
    }

    @Override
    public void resumeWrites() {
        writesWanted = true;
        if (established || toSend != null) {
            sink.resumeWrites();
        }
    }

    @Override
    public void suspendWrites() {
        writesWanted = false;
        if (toSend == null) {
            sink.suspendWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        writesWanted = true;
        sink.wakeupWrites();
    }

    @Override
    public boolean isWriteResumed() {
        return writesWanted;
    }

    @Override
    public void awaitWritable() throws IOException {
        sink.awaitWritable();
    }

    @Override
    public void awaitWritable(long time, TimeUnit unit) throws IOException {
        sink.awaitWritable(time, unit);
    }

    @Override
    public XnioIoThread getWriteThread() {
        return plain.getIoThread();
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler handler) {
        writeHandler = handler;
    }

    @Override
    public XnioWorker getWorker() {
        return plain.getWorker();
    }
}
