package hopyard.http.http2;

/**
 * How the log tells of a peer's mistakes, behind "client sent" or "upstream sent": nginx has words of its own for
 * either.
 */
public interface FrameWords {

    /** A frame has so many bytes, and may have no more than {@code most}. */
    String tooLong(int length, int most);

    /** A frame of a stream is on none, or one of the connection is on a stream. */
    String wrongStream(int type, int stream);

    /** A frame has too few or too many bytes for its type. */
    String wrongLength(int type, int flags, int length);

    /** A frame comes where it must not: within a field block, or a CONTINUATION without one, or a PUSH_PROMISE. */
    String unexpected(int type, int stream, boolean isInBlock);

    /** A frame has more padding than there is room for: so many bytes. */
    String tooMuchPadding(int type, int padding, int room);

    /** A WINDOW_UPDATE has the increment 0. */
    String noIncrement();

    /** A setting cannot have its value. */
    String setting(int setting, long value);

    /** A field block refers to a field that is in no table. */
    String tableIndex(int index);

    /** A field block gives its table a size that it cannot have. */
    String tableSize(int size);

    /** A field block ends in the middle of a field. */
    String truncatedBlock();

    /** A field block has a number that is too large. */
    String tooLargeNumber();

    /** A text is not encoded as it has to be. */
    String encoding();
}
