package hopyard.proxy.record;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Redacts an exchange's lines as they are written down. Most of them are the same as in the exchange before, and are not
 * looked at again: each kind of section is compared with the last one of its kind. Used by one thread.
 */
final class Redactor {

    /** The parts of an exchange, each compared with its like. */
    enum Part {
        TARGET,
        HOST,
        FROM_CLIENT,
        TO_UPSTREAM,
        FROM_UPSTREAM,
        TO_CLIENT
    }

    /** Larger parts are not remembered, so that what a thread holds is bounded. */
    private static final int MAX_REMEMBERED = 4096;

    private final QuickLook look = new QuickLook();
    /** The part before, zeros in the place of what had something to hide. */
    private final byte[][] before = new byte[Part.values().length][MAX_REMEMBERED];

    private final int[] lengthBefore = new int[before.length];
    private byte[] spare = new byte[MAX_REMEMBERED];

    /** Names of fields that hide nothing as such. */
    private final KnownBytes harmlessNames = new KnownBytes();

    /** Lines in which a closer look has found nothing. */
    private final KnownBytes harmlessLines = new KnownBytes();

    private byte[] out = new byte[1024];
    private int length;

    /** What has come out: {@link #length()} bytes, good until the next call. */
    byte[] bytes() {
        return out;
    }

    int length() {
        return length;
    }

    /** Redacts lines, each with its end. */
    void redact(Part part, byte[] bytes, int from, int to) {
        length = 0;
        byte[] old = before[part.ordinal()];
        int oldEnd = lengthBefore[part.ordinal()];
        int oldAt = 0;
        boolean remembers = to - from <= MAX_REMEMBERED;
        boolean changed = false;
        for (int at = from; at < to; ) {
            int same = Arrays.mismatch(bytes, at, to, old, oldAt, oldEnd);
            int line = same < 0 ? to : lineStart(bytes, at, at + same);
            append(bytes, at, line);
            if (line == to) {
                changed |= same >= 0;
                break;
            }
            if (!changed && remembers) {
                System.arraycopy(bytes, from, spare, 0, to - from);
            }
            changed = true;
            oldAt = lineEnd(old, oldAt + line - at, oldEnd);
            at = lineEnd(bytes, line, to);
            int value = part.compareTo(Part.HOST) <= 0 ? line : value(bytes, line, at);
            if (isHarmless(bytes, line, value, at)) {
                append(bytes, line, at);
            } else if (appendRedacted(bytes, line, value, at) && remembers) {
                Arrays.fill(spare, line - from, at - 1 - from, (byte) 0);
            }
        }
        if (changed && remembers) {
            before[part.ordinal()] = spare;
            lengthBefore[part.ordinal()] = to - from;
            spare = old;
        }
    }

    private static int lineStart(byte[] bytes, int from, int at) {
        int start = at;
        while (start > from && bytes[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    /** What follows the line's end. */
    private static int lineEnd(byte[] bytes, int from, int to) {
        int end = Math.min(from, to);
        while (end < to && bytes[end++] != '\n') {
            // not there yet
        }
        return end;
    }

    /** What follows the colon of a field line; {@code from} in any other line. */
    private static int value(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b == ':') {
                return i + 1;
            }
            if (b <= ' ' || b == '/' || b == '=') {
                return from;
            }
        }
        return from;
    }

    private boolean isHarmless(byte[] bytes, int from, int value, int to) {
        return (value == from || isHarmlessName(bytes, from, value - 1))
                && look.isHarmless(bytes, value, withoutEnd(bytes, from, to));
    }

    private static int withoutEnd(byte[] bytes, int from, int to) {
        int end = to;
        while (end > from && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r')) {
            end--;
        }
        return end;
    }

    private boolean isHarmlessName(byte[] bytes, int from, int to) {
        if (harmlessNames.contains(bytes, from, to)) {
            return true;
        }
        if (Redaction.isSpecial(string(bytes, from, to))) {
            return false;
        }
        harmlessNames.add(bytes, from, to);
        return true;
    }

    /** Whether something was hidden. */
    private boolean appendRedacted(byte[] bytes, int from, int value, int to) {
        if (harmlessLines.contains(bytes, from, to)) {
            append(bytes, from, to);
            return false;
        }
        int end = withoutEnd(bytes, from, to);
        String text = string(bytes, value, end);
        String redacted = value == from
                ? Redaction.text(text)
                : " " + Redaction.field(string(bytes, from, value - 1), text.strip());
        byte[] shown = redacted.getBytes(StandardCharsets.ISO_8859_1);
        append(bytes, from, value);
        append(shown, 0, shown.length);
        append(bytes, end, to);
        boolean hidden = !redacted.equals(text);
        if (!hidden) {
            harmlessLines.add(bytes, from, to);
        }
        return hidden;
    }

    private static String string(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private void append(byte[] bytes, int from, int to) {
        int n = to - from;
        if (length + n > out.length) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, length + n));
        }
        System.arraycopy(bytes, from, out, length, n);
        length += n;
    }

    /** Lets go of an array that is larger than most records need. */
    void shrink() {
        if (out.length > Slot.MOST_KEPT) {
            out = new byte[1024];
        }
    }
}
