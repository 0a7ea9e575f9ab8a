package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameHandler;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.HpackDecoder;
import hopyard.http.http2.Http2Exception;
import hopyard.http.http2.Setting;
import hopyard.http.server.RequestMistake;
import hopyard.memory.HeldMemory;
import io.undertow.server.HttpServerExchange;
import java.nio.ByteBuffer;

/** What the client's frames do: streams that begin and end, windows, settings (RFC 9113 §5 and §6). */
final class ClientFrames implements FrameHandler {

    private static final int TABLE = 4096;

    private final Http2Connection connection;
    private final HpackDecoder decoder = new HpackDecoder(TABLE);
    private final RequestFields fields;
    private final StreamTable streams = new StreamTable();
    private final EndedStreams ended = new EndedStreams();
    private final Floods floods;
    private final ContentFrames contents;
    private boolean awaitsSettings = true;
    /** Whether the client knows what it was told about windows. */
    private boolean isConfirmed;

    private int lastStream;
    /** The window that a new stream's response begins with, in bytes. */
    private int initialWindow = FrameType.DEFAULT_WINDOW;

    private long sendWindow = FrameType.DEFAULT_WINDOW;

    ClientFrames(Http2Connection connection) {
        this.connection = connection;
        fields = new RequestFields(connection.limits().headSize());
        floods = new Floods(connection.limits().streams());
        contents = new ContentFrames(connection, this, streams, ended, floods);
    }

    int lastStream() {
        return lastStream;
    }

    /** Returns how many streams are open. */
    int open() {
        return streams.size();
    }

    long sendWindow() {
        return sendWindow;
    }

    void sentData(int bytes) {
        sendWindow -= bytes;
        floods.useful(2);
    }

    /** Returns how much content has come, in bytes. */
    long contentReceived() {
        return contents.received();
    }

    @Override
    public boolean isPaused() {
        return connection.isEnding() || connection.outgoing().isOverfull();
    }

    // ---- any frame

    @Override
    public void frame(int type, int flags, int stream, int length) throws Http2Exception {
        if (awaitsSettings) {
            // a confirmation is one, too, and nginx's own tests begin with it
            if (type != FrameType.SETTINGS) {
                throw error(ErrorCode.PROTOCOL_ERROR, "no SETTINGS frame first");
            }
            awaitsSettings = false;
        }
        if (type == FrameType.DATA) {
            contents.begins(stream, length);
        } else if (type == FrameType.HEADERS) {
            checkNumber(stream);
        } else {
            floods.useless(1);
        }
    }

    private static Http2Exception error(ErrorCode code, String message) {
        return Http2Exception.ofConnection(code, message);
    }

    /** Whether a stream has not begun; none of the server's ever does. */
    boolean isIdle(int stream) {
        return stream > lastStream || (stream & 1) == 0;
    }

    // ---- content

    @Override
    public void data(int number, ByteBuffer content) {
        contents.data(content);
    }

    @Override
    public void dataEnded(int number, boolean isLast) throws Http2Exception {
        contents.ended(isLast);
    }

    // ---- heads

    private void checkNumber(int number) throws Http2Exception {
        if ((number & 1) == 0) {
            throw error(ErrorCode.PROTOCOL_ERROR, "HEADERS frame with incorrect identifier " + number);
        }
        if (number <= lastStream && streams.find(number) == null) {
            switch (ended.find(number)) {
                case COMPLETE, BY_CLIENT ->
                    throw error(ErrorCode.STREAM_CLOSED, "HEADERS frame for closed stream " + number);
                case UNKNOWN ->
                    throw error(
                            ErrorCode.PROTOCOL_ERROR,
                            "HEADERS frame with incorrect identifier " + number + ", the last was " + lastStream);
                default -> {
                    // it may have been sent before the client knew
                }
            }
        }
    }

    @Override
    public void headers(int number, byte[] block, int length, boolean isLast) throws Http2Exception {
        Http2Stream open = streams.find(number);
        if (open != null) {
            trailers(open, block, length, isLast);
        } else if (number <= lastStream) {
            drop(block, length);
        } else {
            lastStream = number;
            begin(number, block, length, isLast);
        }
    }

    /** Gives up a request whose head has come in part; whether there is one. The rest of the head is still read. */
    boolean giveUp(int number) {
        if (number <= lastStream) {
            return false;
        }
        lastStream = number;
        connection.reset(number, ErrorCode.PROTOCOL_ERROR);
        return true;
    }

    /** Reads a block that nobody wants: later ones may refer to it (§4.3). */
    private void drop(byte[] block, int length) throws Http2Exception {
        decoder.decode(block, 0, length, new TrailerFields(0));
        floods.useless(1);
    }

    private void begin(int number, byte[] block, int length, boolean isLast) throws Http2Exception {
        if (!connection.takesRequests()) {
            drop(block, length);
            return;
        }
        boolean isFull = streams.size() >= connection.limits().streams();
        if (!isLast && !isConfirmed && connection.limits().window() < FrameType.DEFAULT_WINDOW) {
            // it may send more than it is allowed, because it does not know
            drop(block, length);
            connection.reset(number, ErrorCode.REFUSED_STREAM);
            return;
        }
        if (isFull || !HeldMemory.take(Http2Stream.HELD)) {
            drop(block, length);
            if (!isFull) {
                connection.owner().lacksMemory("a stream");
            }
            connection.reset(number, ErrorCode.REFUSED_STREAM);
            floods.refused();
            return;
        }
        fields.begin();
        Http2Stream stream = new Http2Stream(connection, number, length, initialWindow);
        HttpServerExchange exchange;
        try {
            decoder.decode(block, 0, length, fields);
            exchange = fields.exchange(stream, connection.isTls());
        } catch (Http2Exception | RuntimeException e) {
            HeldMemory.free(Http2Stream.HELD);
            throw e;
        }
        long announced = exchange.getRequestContentLength();
        if (isLast && announced > 0) {
            exchange.putAttachment(
                    RequestMistake.KEY,
                    new RequestMistake(
                            400,
                            "client prematurely closed stream: only 0 out of " + announced
                                    + " bytes of request body received",
                            null,
                            null));
        }
        boolean isMistaken = exchange.getAttachment(RequestMistake.KEY) != null;
        streams.add(stream);
        if (streams.size() == 1) {
            connection.owner().busy();
        }
        stream.begin(exchange, isLast, isMistaken);
    }

    private void trailers(Http2Stream stream, byte[] block, int length, boolean isLast) throws Http2Exception {
        TrailerFields trailers = new TrailerFields(connection.limits().headSize());
        decoder.decode(block, 0, length, trailers);
        int number = stream.stream();
        if (stream.hasEndedRequest()) {
            streamError(number, ErrorCode.STREAM_CLOSED, "HEADERS frame for half-closed stream " + number);
        } else if (stream.isForTunnel()) {
            streamError(number, ErrorCode.PROTOCOL_ERROR, "HEADERS frame within a tunnel");
        } else if (!isLast) {
            streamError(number, ErrorCode.PROTOCOL_ERROR, "HEADERS frame without END_STREAM behind content");
        } else if (trailers.mistake() != null) {
            streamError(number, ErrorCode.PROTOCOL_ERROR, trailers.mistake());
        } else {
            stream.endRequest();
            stream.source().complete(trailers.fields().size() == 0 ? null : trailers.fields());
        }
    }

    // ---- streams that end

    @Override
    public void streamError(int number, ErrorCode code, String message) throws Http2Exception {
        if (isIdle(number) && code != ErrorCode.FRAME_SIZE_ERROR) {
            throw error(ErrorCode.PROTOCOL_ERROR, message);
        }
        connection.owner().log("client sent " + message);
        floods.useless(10);
        connection.reset(number, code);
        Http2Stream stream = streams.find(number);
        if (stream != null) {
            stream.abort();
        }
    }

    @Override
    public void reset(int number, ErrorCode code) throws Http2Exception {
        if (isIdle(number)) {
            throw error(ErrorCode.PROTOCOL_ERROR, "RST_STREAM frame for idle stream " + number);
        }
        Http2Stream stream = streams.find(number);
        if (stream != null) {
            connection.owner().log("client terminated stream " + number + " with status " + code.code());
            ended.add(number, EndedStreams.How.BY_CLIENT);
            stream.endRequest();
            stream.abort();
            floods.reset();
        } else {
            ended.settle(number, EndedStreams.How.BY_CLIENT);
        }
    }

    /** Notes that the client is told to send no more of an answered request; whether it has not sent all by now. */
    boolean stopped(int number) {
        return ended.settle(number, EndedStreams.How.BY_SERVER);
    }

    void endedByServer(int number) {
        ended.add(number, EndedStreams.How.BY_SERVER);
    }

    /** Takes a stream out whose exchange is over; whether it was the last one. */
    boolean ended(Http2Stream stream) {
        if (!streams.remove(stream)) {
            return false;
        }
        HeldMemory.free(Http2Stream.HELD);
        if (!stream.isClosed()) {
            floods.answered();
            if (stream.hasEndedRequest()) {
                ended.add(stream.stream(), EndedStreams.How.COMPLETE);
            } else {
                ended.add(stream.stream(), EndedStreams.How.ANSWERED);
                connection.stopLater(stream.stream());
            }
        }
        return streams.size() == 0;
    }

    void abortAll() {
        streams.all().forEach(Http2Stream::abort);
    }

    // ---- settings and windows

    @Override
    public void setting(int setting, long value) throws Http2Exception {
        switch (setting) {
            case Setting.HEADER_TABLE_SIZE -> connection.encoder().allow(value);
            case Setting.MAX_FRAME_SIZE -> connection.writer().maxLength((int) Math.min(value, 1 << 16));
            case Setting.INITIAL_WINDOW_SIZE -> {
                long change = value - initialWindow;
                initialWindow = (int) value;
                for (Http2Stream stream : streams.all()) {
                    if (stream.sendWindow() + change > FrameType.MAX_WINDOW) {
                        throw error(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS frame that makes a window too large");
                    }
                    stream.addToSendWindow(change);
                }
            }
            default -> {
                // nothing is pushed, and no stream is begun from here
            }
        }
    }

    @Override
    public void settingsEnded() {
        connection.writer().confirmSettings();
        connection.outgoing().flushSoon();
    }

    @Override
    public void settingsConfirmed() {
        isConfirmed = true;
    }

    @Override
    public void windowUpdate(int number, int increment) throws Http2Exception {
        if (number == 0) {
            sendWindow += increment;
            if (sendWindow > FrameType.MAX_WINDOW) {
                throw error(ErrorCode.FLOW_CONTROL_ERROR, "WINDOW_UPDATE frame that makes the window too large");
            }
        } else if (isIdle(number)) {
            throw error(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE frame for idle stream " + number);
        } else {
            Http2Stream stream = streams.find(number);
            if (stream != null) {
                if (stream.sendWindow() + increment > FrameType.MAX_WINDOW) {
                    streamError(
                            number,
                            ErrorCode.FLOW_CONTROL_ERROR,
                            "WINDOW_UPDATE frame that makes the window of stream " + number + " too large");
                } else {
                    stream.addToSendWindow(increment);
                }
            }
        }
        connection.outgoing().flushSoon();
    }

    // ---- the connection

    @Override
    public void ping(long content) {
        connection.writer().ping(content, true);
        connection.outgoing().flushSoon();
    }

    @Override
    public void pingConfirmed(long content) {
        connection.pingConfirmed(content);
    }

    @Override
    public void goAway(int last, ErrorCode code) {
        connection.clientLeaves();
    }
}
