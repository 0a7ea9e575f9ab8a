package hopyard.proxy.console.endpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.function.Supplier;

/** What an answer says, made piece by piece as its reader takes it, so that a long one is never there as a whole. */
public interface AnswerContent {

    /**
     * Makes the next piece.
     *
     * @param out where it goes; the same each time
     * @return false if nothing follows
     */
    boolean next(OutputStream out) throws IOException;

    /** Text that is made in one piece. */
    static AnswerContent text(Supplier<String> text) {
        return out -> {
            out.write(text.get().getBytes(StandardCharsets.UTF_8));
            return false;
        };
    }

    /** Text of several pieces, such as lines. */
    static AnswerContent texts(Iterator<String> pieces) {
        return out -> {
            if (pieces.hasNext()) {
                out.write(pieces.next().getBytes(StandardCharsets.UTF_8));
            }
            return pieces.hasNext();
        };
    }
}
