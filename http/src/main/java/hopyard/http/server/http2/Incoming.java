package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameReader;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.Http2Exception;
import hopyard.memory.BufferPool;
import hopyard.memory.StreamBuffers;
import hopyard.threads.LastResort;
import io.undertow.UndertowLogger;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/** What comes in on a connection: the preface, and then frames. */
final class Incoming {

    /** A limit, so that one fast client does not keep the I/O thread from the others. */
    private static final int MAX_READS = 8;

    private final Http2Connection connection;
    private final StreamConnection channel;
    private final ByteBufferPool buffers;
    private final ClientFrames frames;
    private final FrameReader reader;
    private int prefaceLength;
    /** What has come in part: the stream of a head, or less than 0 for a frame, each another; 0 for nothing. */
    private long part;

    /** What has been read and not taken, because too much waits to be sent; {@code null} for nothing. */
    private PooledByteBuffer unread;

    Incoming(Http2Connection connection, ClientFrames frames) {
        this.connection = connection;
        this.frames = frames;
        channel = connection.channel();
        buffers = connection.buffers();
        reader = new FrameReader(
                frames, FrameType.DEFAULT_MAX_LENGTH, connection.limits().block());
    }

    /** Whether the client has said that it speaks HTTP/2. */
    boolean hasBegun() {
        return prefaceLength == Http2Connection.PREFACE.length();
    }

    /** Returns the stream whose head has come in part; 0 for none. */
    int headStream() {
        return reader.blockStream();
    }

    boolean isIncomplete() {
        return reader.isIncomplete() || !hasBegun();
    }

    /** Takes what has been read already. */
    void begin(ByteBuffer first) {
        channel.getSourceChannel()
                .setReadListener(source -> connection.outgoing().during(() -> read(source)));
        if (take(first)) {
            read(channel.getSourceChannel());
        }
        if (!connection.isEnding() && unread == null) {
            channel.getSourceChannel().resumeReads();
        }
    }

    private void read(ConduitStreamSourceChannel source) {
        if (unread != null || connection.isEnding()) {
            source.suspendReads();
            return;
        }
        PooledByteBuffer large = StreamBuffers.take(frames.contentReceived());
        try (PooledByteBuffer pooled = large == null ? BufferPool.tryTake(buffers) : large) {
            if (pooled == null) {
                connection.owner().lacksMemory("frames");
                IoUtils.safeClose(channel);
                return;
            }
            ByteBuffer buffer = pooled.getBuffer();
            boolean isMore = true;
            for (int i = 0; isMore && i < MAX_READS; i++) {
                int n = source.read(buffer.clear());
                if (n < 0) {
                    connection.gone();
                    return;
                }
                // without TLS, a buffer that is not full holds all that there was
                isMore = n > 0 && (!buffer.hasRemaining() || channel instanceof SslChannel);
                isMore &= n == 0 || take(buffer.flip());
            }
        } catch (IOException e) {
            connection.gone();
        }
    }

    /** Takes what has been read; returns false if nothing more should be read now. */
    private boolean take(ByteBuffer buffer) {
        try {
            takePreface(buffer);
            reader.read(buffer);
            while (buffer.hasRemaining() && !connection.isEnding()) {
                if (!connection.outgoing().send()) {
                    if (!connection.isEnding()) {
                        keep(buffer);
                    }
                    return false;
                }
                reader.read(buffer);
            }
        } catch (Http2Exception e) {
            connection.fail(e);
            return false;
        } catch (RuntimeException | Error e) {
            // whatever the failure is: the end of the connection frees what it holds, and the thread goes on
            connection.gone();
            LastResort.consider(e);
            UndertowLogger.REQUEST_IO_LOGGER.handleUnexpectedFailure(e);
            return false;
        }
        // more of the same is no reason to wait for longer
        long now = !isIncomplete() ? 0 : headStream() > 0 ? headStream() : -1 - reader.frames();
        if (now != part && !connection.isEnding()) {
            part = now;
            connection.owner().isIncomplete(now != 0);
        }
        return !connection.isEnding();
    }

    private void keep(ByteBuffer buffer) {
        unread = BufferPool.held(
                ByteBuffer.allocate(buffer.remaining()).put(buffer).flip());
        channel.getSourceChannel().suspendReads();
    }

    private void takePreface(ByteBuffer buffer) throws Http2Exception {
        while (buffer.hasRemaining() && prefaceLength < Http2Connection.PREFACE.length()) {
            if (buffer.get() != Http2Connection.PREFACE.charAt(prefaceLength++)) {
                prefaceLength = 0;
                throw Http2Exception.ofConnection(ErrorCode.PROTOCOL_ERROR, "invalid connection preface");
            }
        }
    }

    /** Goes on with what was read and not taken, now that there is room for the answers. */
    void readOn() {
        if (unread != null && !connection.isEnding()) {
            connection.outgoing().during(() -> {
                PooledByteBuffer rest = unread;
                unread = null;
                try (rest) {
                    if (take(rest.getBuffer())) {
                        channel.getSourceChannel().wakeupReads();
                    }
                }
            });
        }
    }

    /** Frees what it holds: nothing more is read. */
    void free() {
        reader.free();
        if (unread != null) {
            unread.close();
            unread = null;
        }
    }
}
