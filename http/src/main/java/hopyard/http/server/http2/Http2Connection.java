package hopyard.http.server.http2;

import hopyard.http.Lingering;
import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.FrameWriter;
import hopyard.http.http2.HpackEncoder;
import hopyard.http.http2.Http2Exception;
import hopyard.http.http2.Setting;
import hopyard.http.server.Discard;
import io.undertow.connector.ByteBufferPool;
import io.undertow.util.ClosingChannelExceptionHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;

/** A client's connection that speaks HTTP/2, and its streams. Lives on its I/O thread. */
public final class Http2Connection {

    /** What a client says first (RFC 9113 §3.4). */
    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** How long the client has to hear that the connection ends, in ms, before streams that it begins are refused. */
    private static final long GOAWAY_MILLIS = 1000;
    /**
     * For how long a client may go on with a request that is answered, in ms. curl 7.88 loses a response if it is told
     * to stop (RFC 9113 §8.1) while it is about to send the rest.
     */
    private static final long STOP_MILLIS = 100;

    /** The content of the PING whose answer says that the client has heard it. */
    private static final long GOAWAY_PING = 0x676f_6177_6179_2121L;

    private enum State {
        OPEN,
        /** The client has been told that the connection ends, and its requests on the way are still taken. */
        ENDS_SOON,
        /** No new request is taken. */
        ENDS,
        /** Nothing is read any more, and what is to be sent is sent. */
        CLOSING,
        CLOSED
    }

    private final StreamConnection channel;
    private final ByteBufferPool buffers;
    private final Http2Owner owner;
    private final Http2Limits limits;
    private final Outgoing outgoing;
    private final ClientFrames frames;
    private final Incoming incoming;
    private final LateResets lateResets;
    private State state = State.OPEN;

    /**
     * @param buffers for what is read and written
     * @param owner answers the requests
     */
    public Http2Connection(StreamConnection channel, ByteBufferPool buffers, Http2Owner owner, Http2Limits limits) {
        this.channel = channel;
        this.buffers = buffers;
        this.owner = owner;
        this.limits = limits;
        outgoing = new Outgoing(this, channel, buffers);
        lateResets = new LateResets(channel.getIoThread(), outgoing.writer(), outgoing::flushSoon);
        frames = new ClientFrames(this);
        incoming = new Incoming(this, frames);
    }

    /**
     * Begins to speak.
     *
     * @param first what has been read already
     */
    public void begin(ByteBuffer first) {
        ChannelListener<? super StreamConnection> outer = channel.getCloseListener();
        channel.setCloseListener(closed -> {
            closed();
            if (outer != null) {
                outer.handleEvent(closed);
            }
        });
        writer().settings(
                        Setting.MAX_CONCURRENT_STREAMS,
                        limits.streams(),
                        Setting.INITIAL_WINDOW_SIZE,
                        limits.window(),
                        Setting.MAX_HEADER_LIST_SIZE,
                        (int) Math.min(limits.headSize(), Integer.MAX_VALUE),
                        Setting.ENABLE_CONNECT_PROTOCOL,
                        1);
        writer().windowUpdate(0, FrameType.MAX_WINDOW - FrameType.DEFAULT_WINDOW);
        outgoing.during(() -> incoming.begin(first));
    }

    // ---- its parts

    StreamConnection channel() {
        return channel;
    }

    ByteBufferPool buffers() {
        return buffers;
    }

    Http2Owner owner() {
        return owner;
    }

    Http2Limits limits() {
        return limits;
    }

    Outgoing outgoing() {
        return outgoing;
    }

    FrameWriter writer() {
        return outgoing.writer();
    }

    HpackEncoder encoder() {
        return outgoing.encoder();
    }

    boolean isTls() {
        return channel instanceof SslChannel;
    }

    boolean isOpen() {
        return state != State.CLOSED && channel.isOpen();
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Whether nothing more is read. */
    boolean isEnding() {
        return state == State.CLOSING || state == State.CLOSED;
    }

    /** Whether a request of the client's is still taken. */
    boolean takesRequests() {
        return state == State.OPEN || state == State.ENDS_SOON;
    }

    /** Whether a part of a frame has come; other threads may see it a little late. */
    public boolean isReading() {
        return incoming.isIncomplete();
    }

    /** Whether a part of a request's head has come. */
    public boolean isReadingHead() {
        return incoming.headStream() > 0;
    }

    /** Gives up the request whose head has come in part; whether there is one. */
    public boolean giveUpHead() {
        return frames.giveUp(incoming.headStream());
    }

    /** Goes on reading where it had to stop. */
    void readOn() {
        incoming.readOn();
    }

    // ---- streams

    long sendWindow() {
        return frames.sendWindow();
    }

    /** Returns how much content may be sent now, in bytes. A frame is not cut because little room is left. */
    long allowed() {
        return outgoing.hasRoom() ? frames.sendWindow() : 0;
    }

    /** Notes that content is being sent. */
    void sentData(int bytes) {
        frames.sentData(bytes);
    }

    /** Lets the client send so much more; stream 0 is the connection. */
    void credit(int stream, int bytes) {
        writer().windowUpdate(stream, bytes);
        outgoing.flushSoon();
    }

    /** Ends a stream before its end. */
    void reset(int stream, ErrorCode code) {
        if (!isEnding()) {
            writer().reset(stream, code);
            frames.endedByServer(stream);
            outgoing.flushSoon();
        }
    }

    /** Ends a stream whose response has begun, and whose client is to have what was sent of it. */
    void cut(int stream, ErrorCode code) {
        if (!isEnding()) {
            frames.endedByServer(stream);
            lateResets.add(stream, code);
        }
    }

    /** Tells the client that the rest of an answered request is not wanted, unless it comes at once. */
    void stopLater(int stream) {
        channel.getIoThread()
                .executeAfter(
                        () -> {
                            if (!isEnding() && frames.stopped(stream)) {
                                writer().reset(stream, ErrorCode.NO_ERROR);
                                outgoing.flushSoon();
                            }
                        },
                        STOP_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** Ends a stream that breaks a rule, or that there is no memory for. */
    void refuse(Http2Stream stream, ErrorCode code) {
        reset(stream.stream(), code);
        stream.abort();
    }

    /** Notes that a stream's exchange is over. */
    void ended(Http2Stream stream) {
        if (!frames.ended(stream) || state == State.CLOSED) {
            return;
        }
        owner.idle();
        if (state == State.ENDS) {
            close(ErrorCode.NO_ERROR);
        }
    }

    // ---- the end

    /** Ends the connection once its requests are answered, and those that are on their way (RFC 9113 §6.8). */
    public void endGracefully() {
        if (state != State.OPEN) {
            return;
        }
        if (!incoming.hasBegun()) {
            close(ErrorCode.NO_ERROR);
            return;
        }
        state = State.ENDS_SOON;
        writer().goAway(FrameType.MAX_WINDOW, ErrorCode.NO_ERROR);
        writer().ping(GOAWAY_PING, false);
        channel.getIoThread().executeAfter(this::endNow, GOAWAY_MILLIS, TimeUnit.MILLISECONDS);
        outgoing.flushSoon();
    }

    /** The client has heard that the connection ends, if this is the answer to what it was asked then. */
    void pingConfirmed(long content) {
        if (content == GOAWAY_PING) {
            endNow();
        }
    }

    private void endNow() {
        if (state == State.ENDS_SOON) {
            state = State.ENDS;
            writer().goAway(frames.lastStream(), ErrorCode.NO_ERROR);
            outgoing.flushSoon();
            if (frames.open() == 0) {
                close(ErrorCode.NO_ERROR);
            }
        }
    }

    /** The client begins no stream any more. */
    void clientLeaves() {
        if (takesRequests()) {
            state = State.ENDS;
        }
        if (frames.open() == 0) {
            close(ErrorCode.NO_ERROR);
        }
    }

    /** Ends the connection, because the client has broken a rule. */
    void fail(Http2Exception error) {
        owner.log("client sent " + error.getMessage());
        close(error.code());
    }

    /** Ends the connection and its streams, and tells the client why. */
    public void close(ErrorCode code) {
        if (isEnding()) {
            return;
        }
        lateResets.sendAll();
        if (state != State.ENDS || code != ErrorCode.NO_ERROR) {
            writer().goAway(frames.lastStream(), code);
        }
        state = State.CLOSING;
        frames.abortAll();
        outgoing.flushSoon();
    }

    /** All that was to be sent is sent. */
    void allSent() {
        if (state == State.CLOSING) {
            linger();
        }
    }

    /** Ends the sending, and gives the client time to read what was sent. */
    private void linger() {
        state = State.CLOSED;
        free();
        Discard rest = new Discard(
                channel, channel.getSourceChannel().getConduit(), buffers, () -> IoUtils.safeClose(channel));
        try {
            ConduitStreamSinkChannel sink = channel.getSinkChannel();
            sink.shutdownWrites();
            if (!sink.flush()) {
                // TLS has to announce the end
                sink.setWriteListener(ChannelListeners.flushingChannelListener(
                        flushed -> {}, new ClosingChannelExceptionHandler<>(channel)));
                sink.resumeWrites();
            }
        } catch (IOException e) {
            IoUtils.safeClose(channel);
            return;
        }
        rest.limit(Lingering.DEFAULT);
        rest.start();
    }

    /** The client has gone. */
    void gone() {
        IoUtils.safeClose(channel);
    }

    private void closed() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            frames.abortAll();
            free();
        }
    }

    private void free() {
        lateResets.drop();
        writer().free();
        incoming.free();
    }
}
