package hopyard.http.server;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.threads.LastResort;
import io.undertow.UndertowLogger;
import io.undertow.UndertowOptions;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.nio.ReadyKeys;

/** Reads the heads of requests from a connection; bytes that were kept come first. */
final class RequestReader {

    /** Is told of requests, and when there is more to {@link #read}. */
    interface Receiver extends ChannelListener<ConduitStreamSourceChannel> {

        /** The head of a request is complete. */
        void begin(HttpServerExchange exchange) throws Exception;
    }

    private final AbstractServerConnection connection;
    private final Receiver receiver;
    private final long maxContent;
    private final PartialHead head = new PartialHead();
    private HttpServerExchange reading;
    private boolean wasSentAhead;

    RequestReader(AbstractServerConnection connection, Receiver receiver) {
        this.connection = connection;
        this.receiver = receiver;
        maxContent = connection
                .getUndertowOptions()
                .get(UndertowOptions.MAX_ENTITY_SIZE, UndertowOptions.DEFAULT_MAX_ENTITY_SIZE);
    }

    /** Begins with another head. */
    void reset() {
        head.reset();
    }

    /** Frees the memory of a head that is not complete. */
    void free() {
        head.free();
    }

    /** Returns how many bytes the last head had. */
    int headLength() {
        return head.size();
    }

    /** Whether the last head began to come before the answer to the request ahead of it was sent. */
    boolean wasSentAhead() {
        return wasSentAhead;
    }

    /** Whether a part of a head has come. */
    boolean hasBegun() {
        return head.length() > 0;
    }

    /** Reads until a head is complete and hands it on, or until there is nothing more for now. */
    void read(ConduitStreamSourceChannel channel) {
        PooledByteBuffer kept = connection.getExtraBytes();
        if (kept == null && connection.getOriginalSourceConduit().isReadShutdown()
                || connection.getOriginalSinkConduit().isWriteShutdown()) {
            close(channel);
            return;
        }
        PooledByteBuffer pooled = kept == null ? BufferPool.tryTake(connection.getByteBufferPool()) : kept;
        if (pooled == null) {
            close(channel);
            return;
        }
        ByteBuffer buffer = pooled.getBuffer();
        boolean isFree = true;
        wasSentAhead = hasBegun() ? wasSentAhead : kept != null;
        try {
            if (kept != null) {
                connection.setExtraBytes(null);
            }
            if (kept == null && !fill(channel, buffer)) {
                return;
            }
            while (!parse(buffer)) {
                ReadyKeys.serveLast(connection.getChannel(), true);
                if (isAllOf(buffer)) {
                    awaitMore(channel);
                    return;
                }
                if (!fill(channel, buffer)) {
                    return;
                }
            }
            if (hasBegun()) {
                ReadyKeys.serveLast(connection.getChannel(), false);
            }
            HttpServerExchange exchange = reading;
            reading = null;
            exchange.setPersistent(RequestFraming.isPersistent(exchange));
            if (buffer.hasRemaining()) {
                isFree = pooled != kept && !RequestFraming.announcesContent(exchange);
                if (isFree && !HeldMemory.hasRoom(buffer.remaining())) {
                    // the client has to send again what it has sent ahead (RFC 9112 §9.3.2)
                    exchange.setPersistent(false);
                } else {
                    connection.setExtraBytes(isFree ? KeptBytes.copyOf(buffer) : pooled);
                }
            }
            receiver.begin(exchange);
        } catch (Throwable e) {
            // whatever the failure is: closing the connection frees what this request holds, and the thread goes on
            close(channel);
            LastResort.consider(e);
            UndertowLogger.REQUEST_LOGGER.undertowRequestFailed(e, reading);
        } finally {
            if (isFree) {
                pooled.close();
            }
        }
    }

    /** Takes what the buffer holds of a head; true if the head is complete. */
    private boolean parse(ByteBuffer buffer) {
        if (reading == null) {
            reading = new HttpServerExchange(connection, maxContent);
        }
        HeadCollector.take(buffer, head, reading);
        if (hasBegun() && !head.isComplete() && reading.getRequestStartTime() < 0) {
            // the rest of the head may take long to come
            Connectors.setRequestStartTime(reading);
        }
        return head.isComplete();
    }

    /** Reads into the buffer; false if there is nothing for now, or the connection has ended. */
    private boolean fill(ConduitStreamSourceChannel channel, ByteBuffer buffer) {
        buffer.clear();
        int n;
        try {
            n = channel.read(buffer);
        } catch (IOException e) {
            UndertowLogger.REQUEST_IO_LOGGER.debug("Error reading request", e);
            n = -1;
        }
        if (n < 0) {
            IoUtils.safeClose(connection);
        } else if (n == 0) {
            awaitMore(channel);
        }
        buffer.flip();
        return n > 0;
    }

    /** Has the receiver told when there is more. */
    void awaitMore(ConduitStreamSourceChannel channel) {
        channel.setReadListener(receiver);
        if (!channel.isReadResumed()) {
            channel.resumeReads();
        }
    }

    /**
     * Whether the buffer holds all that the socket had, so that another read would find nothing. Never true with TLS in
     * between.
     */
    private boolean isAllOf(ByteBuffer buffer) {
        return buffer.limit() < buffer.capacity() && !(connection.getChannel() instanceof SslChannel);
    }

    private void close(ConduitStreamSourceChannel channel) {
        IoUtils.safeClose(connection);
        channel.suspendReads();
    }
}
