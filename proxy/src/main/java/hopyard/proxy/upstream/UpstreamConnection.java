package hopyard.proxy.upstream;

import hopyard.http.http2.FrameWriter;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.tls.TlsConnection;
import hopyard.trace.Addresses;
import hopyard.trace.HopTrace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * A connection to a peer. Read interest stays registered for its whole life, so that neither taking it from the pool
 * nor putting it back costs a system call, and an idle connection that the peer closes is noticed at once.
 */
public final class UpstreamConnection implements UpstreamSink, IdleConnections.Kept {

    /** The user of the connection. It is called on the connection's I/O thread. */
    public interface User {
        /** There is something to read: bytes, the end, or an error. */
        void readable();

        /** Bytes that did not fit before may fit now. */
        void writable();

        /** The deadline has passed. */
        void timedOut();
    }

    /** What is spoken on a connection, where that has to be remembered from one request to the next. */
    public interface Protocol {
        /**
         * Reads what has come though there is no request; whether the connection can still carry one.
         *
         * @throws IOException if the connection is broken
         */
        boolean isGoodWhileIdle() throws IOException;

        /** The connection has ended: frees what it holds. */
        void closed();
    }

    private final Peers home;
    private final Peer peer;
    private final StreamConnection channel;
    private final ConduitStreamSourceChannel source;
    private final ConduitStreamSinkChannel sink;
    private final Object kind;
    private final Wire wire;
    private final Deadline deadline;
    private User user;
    private final long made = System.nanoTime();
    private int requests;
    /** {@code null} if there is nothing to remember. */
    private Protocol protocol;

    UpstreamConnection(Peers home, Peer peer, StreamConnection channel, Object kind, String near) {
        this.kind = kind;
        this.home = home;
        this.peer = peer;
        this.channel = channel;
        source = channel.getSourceChannel();
        sink = channel.getSinkChannel();
        TlsConnection tls = channel instanceof TlsConnection its ? its : null;
        String far = Addresses.text(peer.settings().address());
        wire = new Wire(near, far, HopTrace.upstream(near, far, tls == null ? null : tls.hop()), tls);
        deadline = new Deadline(channel.getIoThread(), this::timedOut);
        source.setReadListener(c -> readable());
        sink.setWriteListener(c -> writable());
        source.resumeReads();
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public Object kind() {
        return kind;
    }

    /** Returns its two ends, and TLS on it. */
    public Wire wire() {
        return wire;
    }

    /** How old it is, in ms. */
    long ageMillis(long now) {
        return (now - made) / 1_000_000;
    }

    /** How many requests it has carried. */
    public int requests() {
        return requests;
    }

    /** Returns what is spoken; {@code null} if nothing has to be remembered of it. */
    Protocol protocol() {
        return protocol;
    }

    /** Sets what is spoken. */
    void protocol(Protocol spoken) {
        protocol = spoken;
    }

    /** Runs something on the connection's thread, after what runs now. */
    void execute(Runnable task) {
        channel.getIoThread().execute(task);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Begins an exchange on this connection. */
    public void use(User newUser) {
        user = newUser;
        requests++;
        deadline.clear();
    }

    /** Hands the connection to another user within the same exchange. */
    public void handTo(User newUser) {
        user = newUser;
    }

    void idle(long timeoutMillis, long now) {
        user = null;
        deadline.set(timeoutMillis, now);
    }

    /** Sets the time within which the next event is expected, in ms. */
    public void expectWithin(long millis) {
        deadline.set(millis);
    }

    /**
     * Sets the time within which the next event is expected, in ms from {@code now} on the scale of {@link
     * System#nanoTime()}.
     */
    public void expectWithin(long millis, long now) {
        deadline.set(millis, now);
    }

    /** Ends waiting: no event is expected. */
    public void expectNothing() {
        deadline.clear();
    }

    /** Reads what is there: the number of bytes, 0 for none, -1 at the end. */
    public int read(ByteBuffer into) throws IOException {
        return source.read(into);
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        return count == 1 ? sink.write(buffers[0]) : sink.write(buffers, 0, count);
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        return sink.write(buffer);
    }

    @Override
    public long write(FileChannel file, long position, long count) throws IOException {
        return sink.transferFrom(file, position, count);
    }

    /**
     * Sends what frames have been written; whether all of it is sent.
     *
     * @throws IOException if the connection is broken
     */
    boolean send(FrameWriter frames) throws IOException {
        return frames.send(sink);
    }

    /** Calls {@link User#writable} once something fits again. */
    public void awaitWritable() {
        sink.resumeWrites();
    }

    /** Ends writing; the peer sees the end of the stream. */
    public void shutdownWrites() throws IOException {
        sink.shutdownWrites();
        sink.flush();
    }

    /** Stops reading while the client cannot take more. */
    public void suspendReads() {
        source.suspendReads();
    }

    public void resumeReads() {
        source.resumeReads();
    }

    /**
     * Gives the connection back after an exchange that left it clean, so that it may carry another one.
     *
     * @param now a reading of {@link System#nanoTime()}
     */
    public void release(long now) {
        user = null;
        if (!source.isReadResumed()) {
            source.resumeReads();
        }
        home.release(this, now);
    }

    @Override
    public void close() {
        user = null;
        deadline.close();
        IoUtils.safeClose(channel);
        if (protocol != null) {
            protocol.closed();
        }
    }

    private void readable() {
        if (user != null) {
            user.readable();
        } else if (!isStillGood()) {
            // the peer closed an idle connection, or sent what nobody asked for; in both cases the connection is
            // useless
            home.forget(this);
            close();
        }
    }

    private boolean isStillGood() {
        try {
            return protocol == null ? isTlsAlone() : protocol.isGoodWhileIdle();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether the bytes on an idle connection were for TLS alone, such as a ticket for another session (RFC 8446
     * §4.6.1).
     */
    private boolean isTlsAlone() throws IOException {
        return channel instanceof SslChannel && source.read(ByteBuffer.allocate(1)) == 0;
    }

    private void writable() {
        sink.suspendWrites();
        if (user != null) {
            user.writable();
        }
    }

    private void timedOut() {
        if (user != null) {
            user.timedOut();
        } else {
            home.forget(this);
            close();
        }
    }
}
