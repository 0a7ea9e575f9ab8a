package hopyard.backend;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Checks whether text that comes in pieces is UTF-8. */
final class Utf8 {

    /** The longest character, in bytes. */
    private static final int MAX_CHARACTER = 4;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharBuffer nobody = CharBuffer.allocate(256);
    /** A character of which only a part has come. */
    private final ByteBuffer begun = ByteBuffer.allocate(MAX_CHARACTER);

    /**
     * Takes the next piece, all of it.
     *
     * @param ends whether it is the last one; another text may follow
     * @return false if this is not UTF-8, or cannot become it
     */
    boolean take(ByteBuffer piece, boolean ends) {
        while (begun.position() > 0 && piece.hasRemaining()) {
            begun.put(piece.get()).flip();
            if (!decode(begun, false)) {
                return false;
            }
            begun.compact();
        }
        if (!decode(piece, false)) {
            return false;
        }
        begun.put(piece);
        boolean isWhole = begun.position() == 0;
        if (ends) {
            begun.clear();
            decoder.reset();
        }
        return isWhole || !ends;
    }

    private boolean decode(ByteBuffer bytes, boolean ends) {
        while (true) {
            CoderResult result = decoder.decode(bytes, nobody.clear(), ends);
            if (!result.isOverflow()) {
                return !result.isError();
            }
        }
    }
}
