package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.Http2Exception;
import java.nio.ByteBuffer;

/** What the client's DATA frames do: they go to their streams, as far as the windows allow (RFC 9113 §6.1 and §6.9). */
final class ContentFrames {

    private final Http2Connection connection;
    private final ClientFrames frames;
    private final StreamTable streams;
    private final EndedStreams ended;
    private final Floods floods;

    /** How much the client may send on all streams together, in bytes. */
    private long window = FrameType.MAX_WINDOW;

    private long received;

    // the frame that is coming
    /** The stream that takes it; {@code null} if nobody does. */
    private Http2Stream stream;

    private int number;
    private int length;
    private int content;

    ContentFrames(
            Http2Connection connection, ClientFrames frames, StreamTable streams, EndedStreams ended, Floods floods) {
        this.connection = connection;
        this.frames = frames;
        this.streams = streams;
        this.ended = ended;
        this.floods = floods;
    }

    /** Returns how much content has come, in bytes. */
    long received() {
        return received;
    }

    void begins(int number, int bytes) throws Http2Exception {
        this.number = number;
        length = bytes;
        content = 0;
        stream = null;
        if (frames.isIdle(number)) {
            throw Http2Exception.ofConnection(ErrorCode.PROTOCOL_ERROR, "DATA frame for idle stream " + number);
        }
        window -= bytes;
        if (window < 0) {
            throw Http2Exception.ofConnection(ErrorCode.FLOW_CONTROL_ERROR, "more than the connection's window allows");
        }
        if (window < FrameType.MAX_WINDOW / 4) {
            connection.credit(0, (int) (FrameType.MAX_WINDOW - window));
            window = FrameType.MAX_WINDOW;
        }
        Http2Stream its = streams.find(number);
        if (its == null) {
            EndedStreams.How how = ended.find(number);
            if (how != EndedStreams.How.BY_SERVER && how != EndedStreams.How.ANSWERED) {
                frames.streamError(number, ErrorCode.STREAM_CLOSED, "DATA frame for closed stream " + number);
            }
        } else if (its.hasEndedRequest()) {
            frames.streamError(number, ErrorCode.STREAM_CLOSED, "DATA frame for half-closed stream " + number);
        } else if (!its.source().takesFrame(bytes)) {
            frames.streamError(
                    number, ErrorCode.FLOW_CONTROL_ERROR, "more than the window of stream " + number + " allows");
        } else {
            stream = its;
        }
    }

    void data(ByteBuffer part) {
        int n = part.remaining();
        content += n;
        received += n;
        if (stream != null && !stream.isClosed()) {
            stream.source().data(part);
        } else {
            part.position(part.limit());
        }
    }

    void ended(boolean isLast) throws Http2Exception {
        if (isLast && stream == null) {
            ended.settle(number, EndedStreams.How.COMPLETE);
        }
        if (content == 0 && !isLast) {
            floods.useless(1);
        }
        Http2Stream its = stream;
        stream = null;
        if (its != null && !its.isClosed()) {
            if (content < length) {
                its.source().padded(length - content);
            }
            if (isLast) {
                its.endRequest();
                its.source().complete(null);
            }
        }
    }
}
