package hopyard.http;

import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;

/**
 * The framing between the data of a chunked message, in both directions: sizes, extensions, line ends and trailers. It
 * is read byte by byte, and exactly as the grammar says: a lenient reader may see the end of a message where the next
 * server does not.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-7.1">RFC 9112 §7.1</a>
 */
public final class ChunkFraming {

    private enum State {
        SIZE,
        NAME_START,
        NAME,
        AFTER_NAME,
        VALUE_START,
        VALUE,
        QUOTED,
        QUOTED_PAIR,
        AFTER_QUOTED,
        AFTER_VALUE,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_LF,
        DONE
    }

    /** The longest line with a size or a trailer, in bytes. */
    private static final int MAX_LINE = 4 << 10;

    /** The most bytes of extensions and trailers in a message. */
    private static final int MAX_EXTRAS = 64 << 10;

    /** The most trailers: Undertow's map can hold this many fields of one name. */
    private static final int MAX_TRAILERS = Byte.MAX_VALUE;

    private State state = State.SIZE;
    private long left;
    private boolean hasDigit;
    private int lineLength;
    private int extras;
    private final StringBuilder line = new StringBuilder(0);
    private HeaderMap trailers;
    private int trailerCount;

    /**
     * Returns how much of the current chunk's data is still to come, in bytes. It means nothing while framing is read.
     */
    public long left() {
        return left;
    }

    /** Whether data is next, rather than framing. */
    public boolean isInData() {
        return state == State.DATA;
    }

    /** Notes that {@code n} bytes of the current chunk's data have been read. */
    public void dataRead(long n) {
        left -= n;
        if (left == 0) {
            state = State.DATA_CR;
        }
    }

    public boolean isDone() {
        return state == State.DONE;
    }

    /** Trailer fields; {@code null} if there are none. */
    public HeaderMap trailers() {
        return trailers;
    }

    /**
     * Takes a byte of framing, not of data.
     *
     * @throws MalformedFraming if the grammar does not allow it there
     */
    public void take(byte b) throws MalformedFraming {
        if (++lineLength > MAX_LINE) {
            throw new MalformedFraming("line with a chunk's size, or trailer, too long");
        }
        switch (state) {
            case SIZE -> size(b);
            case SIZE_LF -> {
                expect(b, '\n');
                state = left == 0 ? State.TRAILER : State.DATA;
                lineLength = 0;
            }
            case DATA_CR -> {
                expect(b, '\r');
                state = State.DATA_LF;
            }
            case DATA_LF -> {
                expect(b, '\n');
                state = State.SIZE;
                hasDigit = false;
                lineLength = 0;
            }
            case TRAILER -> trailer(b);
            case TRAILER_LF -> {
                expect(b, '\n');
                trailerRead();
            }
            case DATA, DONE -> throw new IllegalStateException(state.toString());
            default -> {
                countExtra();
                state = extension(b);
            }
        }
    }

    private void size(byte b) throws MalformedFraming {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
            if (left >= 1L << 56) {
                throw new MalformedFraming("chunk too large");
            }
            left = left << 4 | digit;
            hasDigit = true;
        } else if (!hasDigit) {
            throw new MalformedFraming("chunk size is missing");
        } else {
            state = extension(b);
        }
    }

    /**
     * Takes a byte of {@code *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) CRLF}, from the current
     * state.
     */
    private State extension(byte b) throws MalformedFraming {
        boolean isToken = Tokens.isTokenChar(b);
        return switch (state) {
            case SIZE, AFTER_QUOTED -> end(b);
            case AFTER_VALUE -> blankOr(State.AFTER_VALUE, b, b == ';' ? State.NAME_START : null);
            case NAME_START -> blankOr(State.NAME_START, b, isToken ? State.NAME : null);
            case NAME ->
                isToken ? State.NAME : b == '=' ? State.VALUE_START : b == ' ' || b == '\t' ? State.AFTER_NAME : end(b);
            case AFTER_NAME ->
                blankOr(State.AFTER_NAME, b, b == '=' ? State.VALUE_START : b == ';' ? State.NAME_START : null);
            case VALUE_START -> blankOr(State.VALUE_START, b, isToken ? State.VALUE : b == '"' ? State.QUOTED : null);
            case VALUE -> isToken ? State.VALUE : end(b);
            case QUOTED -> b == '"' ? State.AFTER_QUOTED : b == '\\' ? State.QUOTED_PAIR : text(b);
            case QUOTED_PAIR -> text(b);
            default -> throw new IllegalStateException(state.toString());
        };
    }

    /** Takes what may follow a size or a value: the line's end, or another extension. */
    private static State end(byte b) throws MalformedFraming {
        return b == '\r' ? State.SIZE_LF : blankOr(State.AFTER_VALUE, b, b == ';' ? State.NAME_START : null);
    }

    private static State blankOr(State same, byte b, State next) throws MalformedFraming {
        if (next == null && b != ' ' && b != '\t') {
            throw new MalformedFraming("chunk size is not hexadecimal, or its extension is malformed");
        }
        return next == null ? same : next;
    }

    /** Takes a byte within a quoted string (RFC 9110 §5.6.4). */
    private static State text(byte b) throws MalformedFraming {
        if (!Tokens.isFieldText(b)) {
            throw new MalformedFraming("control character in a chunk extension");
        }
        return State.QUOTED;
    }

    private void countExtra() throws MalformedFraming {
        if (++extras > MAX_EXTRAS) {
            throw new MalformedFraming("too many chunk extensions or trailers");
        }
    }

    /** Takes a byte of a field line (RFC 9112 §7.1.2), or of the empty line at the end. */
    private void trailer(byte b) throws MalformedFraming {
        if (b == '\r') {
            state = State.TRAILER_LF;
        } else if (Tokens.isFieldText(b)) {
            countExtra();
            line.append((char) (b & 0xff));
        } else {
            throw new MalformedFraming("control character in a trailer");
        }
    }

    private void trailerRead() throws MalformedFraming {
        if (line.length() == 0) {
            state = State.DONE;
            return;
        }
        int colon = line.indexOf(":");
        if (colon <= 0 || !line.chars().limit(colon).allMatch(Tokens::isTokenChar)) {
            throw new MalformedFraming("invalid trailer");
        }
        if (trailers == null) {
            trailers = new HeaderMap();
        }
        if (++trailerCount > MAX_TRAILERS) {
            throw new MalformedFraming("too many trailers");
        }
        trailers.add(
                new HttpString(line.substring(0, colon)),
                line.substring(colon + 1).trim());
        line.setLength(0);
        lineLength = 0;
        state = State.TRAILER;
    }

    private static void expect(byte b, char expected) throws MalformedFraming {
        if (b != expected) {
            throw new MalformedFraming("a line or a chunk does not end where it should");
        }
    }
}
