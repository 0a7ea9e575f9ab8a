package hopyard.http.http2;

import java.nio.ByteBuffer;

/**
 * Is given the frames that come on a connection, one after the other, by a {@link FrameReader}. Whatever it throws ends
 * the connection; a stream it ends itself.
 */
public interface FrameHandler {

    /** The header of any frame has come; the reader has checked it. What is in the frame follows. */
    void frame(int type, int flags, int stream, int length) throws Http2Exception;

    /** A part of the content of a DATA frame, without padding. The handler takes all of it. */
    void data(int stream, ByteBuffer content) throws Http2Exception;

    /** A DATA frame has come to its end. */
    void dataEnded(int stream, boolean isLast) throws Http2Exception;

    /** A field block has come, perhaps in several frames; it is valid during the call. */
    void headers(int stream, byte[] block, int length, boolean isLast) throws Http2Exception;

    /** The peer has ended a stream. */
    void reset(int stream, ErrorCode code) throws Http2Exception;

    /** A setting, which the reader has checked. {@link #settingsEnded} follows the last one. */
    void setting(int setting, long value) throws Http2Exception;

    /** All settings of a frame have been given. */
    void settingsEnded() throws Http2Exception;

    /** The peer has confirmed the settings. */
    void settingsConfirmed() throws Http2Exception;

    /** The peer asks for an answer. */
    void ping(long content) throws Http2Exception;

    /** The peer answers. */
    void pingConfirmed(long content) throws Http2Exception;

    /** The peer begins no stream any more, and has seen those up to {@code lastStream}. */
    void goAway(int lastStream, ErrorCode code) throws Http2Exception;

    /** The peer takes so many bytes more; stream 0 is the connection. */
    void windowUpdate(int stream, int increment) throws Http2Exception;

    /** A frame breaks a rule for which only its stream ends. */
    void streamError(int stream, ErrorCode code, String message) throws Http2Exception;

    /** Returns the words for what is wrong with a frame. */
    default FrameWords words() {
        return ClientWords.ONLY;
    }

    /** Whether the reader is to stop before the next frame. */
    boolean isPaused();
}
