package hopyard.proxy.upstream;

import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;

/** The chunked transfer coding (RFC 9112 §7.1), decoded in place. */
public final class ChunkedDecoder extends BodyDecoder {

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        DONE
    }

    /** Longest chunk extension or trailer line, and the most of them together. */
    private static final int LONGEST_LINE = 8 << 10;

    private State state = State.SIZE;
    private long left;
    private int digits;
    private int skipped;
    private boolean excess;
    private final StringBuilder line = new StringBuilder();
    private HeaderMap trailers;

    @Override
    public void decode(ByteBuffer buffer) throws Malformed {
        int start = buffer.position();
        int limit = buffer.limit();
        int to = start;
        int at = start;
        while (at < limit && state != State.DONE) {
            if (state == State.DATA) {
                int n = (int) Math.min(left, limit - at);
                if (to != at) {
                    buffer.put(to, buffer.duplicate(), at, n);
                }
                to += n;
                at += n;
                left -= n;
                if (left == 0) {
                    state = State.DATA_CR;
                }
            } else {
                framing(buffer.get(at++));
            }
        }
        excess |= at < limit;
        buffer.limit(to);
    }

    private void framing(byte b) throws Malformed {
        switch (state) {
            case SIZE -> size(b);
            case EXTENSION -> {
                if (b == '\n') {
                    sizeRead();
                } else if (++skipped > LONGEST_LINE) {
                    throw new Malformed("chunk extension too long");
                }
            }
            case SIZE_LF -> {
                expect(b, '\n');
                sizeRead();
            }
            case DATA_CR -> {
                expect(b, '\r');
                state = State.DATA_LF;
            }
            case DATA_LF -> {
                expect(b, '\n');
                state = State.SIZE;
                digits = 0;
            }
            case TRAILER -> trailer(b);
            default -> throw new IllegalStateException(state.toString());
        }
    }

    private void size(byte b) throws Malformed {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
            if (++digits > 15) {
                throw new Malformed("chunk too large");
            }
            left = left << 4 | digit;
        } else if (digits == 0) {
            throw new Malformed("chunk size is missing");
        } else if (b == '\r') {
            state = State.SIZE_LF;
        } else if (b == ';' || b == ' ' || b == '\t') {
            state = State.EXTENSION;
        } else {
            throw new Malformed("chunk size is not hexadecimal");
        }
    }

    private void sizeRead() {
        state = left == 0 ? State.TRAILER : State.DATA;
    }

    private void trailer(byte b) throws Malformed {
        if (b != '\n') {
            line.append((char) (b & 0xff));
            skipped++;
            if (skipped > LONGEST_LINE) {
                throw new Malformed("trailers too long");
            }
            return;
        }
        if (line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        if (line.length() == 0) {
            state = State.DONE;
            return;
        }
        int colon = line.indexOf(":");
        if (colon <= 0 || !line.chars().limit(colon).allMatch(Tokens::isTokenChar)) {
            throw new Malformed("invalid trailer");
        }
        if (trailers == null) {
            trailers = new HeaderMap();
        }
        trailers.add(
                new HttpString(line.substring(0, colon)),
                line.substring(colon + 1).trim());
        line.setLength(0);
    }

    private static void expect(byte b, char expected) throws Malformed {
        if (b != expected) {
            throw new Malformed("chunk does not end where it should");
        }
    }

    @Override
    public boolean isDone() {
        return state == State.DONE;
    }

    @Override
    public boolean hasExcess() {
        return excess;
    }

    @Override
    public HeaderMap trailers() {
        return trailers;
    }
}
