package hopyard.proxy.record;

import hopyard.proxy.record.redaction.KnownBytes;
import hopyard.proxy.record.redaction.QuickLook;
import hopyard.proxy.record.redaction.Redaction;
import hopyard.proxy.record.redaction.SecretMark;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Redacts the lines of an exchange. Most lines are the same as in the exchange before, and are not looked at again. A
 * part is compared with the last part of the same kind and of about the same length. Of a line that has changed, only
 * the end is looked at. Used by one thread.
 */
final class Redactor {

    /** The kinds of parts that an exchange has. */
    enum Part {
        TARGET,
        ERROR_LOG,
        HOST,
        FROM_CLIENT,
        TO_UPSTREAM,
        FROM_UPSTREAM,
        TO_CLIENT
    }

    /** The longest part that is remembered, in bytes; this bounds the memory of a thread. */
    private static final int MAX_REMEMBERED = 4096;

    /** A longer line that needs a closer look is hidden whole, since the look might take an I/O thread too long. */
    static final int MAX_VALUE = 4096;

    /** How many bytes of an exchange may be looked at closely. Further lines that need this are hidden whole. */
    static final int MAX_CLOSE_LOOK = 10 << 10;

    /** How many bytes a closer look at a line or a name counts for, besides its length. */
    private static final int COST_OF_LOOK = 32;

    /**
     * Ends a remembered line in place of its line feed, if the quick look did not suffice and the closer one found
     * nothing.
     */
    private static final byte LOOKED_AT_CLOSELY = 1;

    /** How many parts of each kind are remembered: the parts of different clients mostly have different lengths. */
    private static final int WAYS = 4;

    /** Lengths that differ only in so many low bits count as the same. */
    private static final int ALIKE_BITS = 6;

    private static final byte[] NOTHING = {};

    private final QuickLook look = new QuickLook();

    /** The remembered parts, with zeros in the place of lines that had something to hide. */
    private final byte[][] before = new byte[Part.values().length * WAYS][];

    private final int[] lengthBefore = new int[before.length];
    private byte[] spare = new byte[MAX_REMEMBERED];

    /** Names of fields that are not secret by their name. */
    private final KnownBytes harmlessNames = new KnownBytes();

    /** Lines in which a closer look has found nothing. */
    private final KnownBytes harmlessLines = new KnownBytes();

    private byte[] out = new byte[1024];
    private int length;
    private int left = MAX_CLOSE_LOOK;

    private byte[] result = NOTHING;
    private int start;

    /** Returns the array with the result: the array that was given, if nothing is hidden. Valid until the next call. */
    byte[] bytes() {
        return result;
    }

    /** Returns where the result begins in {@link #bytes()}. */
    int start() {
        return start;
    }

    /** Returns how long the result is, in bytes. */
    int length() {
        return length;
    }

    /** Begins an exchange, of which {@value #MAX_CLOSE_LOOK} bytes may be looked at closely. */
    void begin() {
        left = MAX_CLOSE_LOOK;
        look.begin();
        harmlessNames.begin();
        harmlessLines.begin();
    }

    /** Returns how many bytes of the exchange may still be looked at closely. */
    int left() {
        return left;
    }

    /** Redacts lines, each with its line end. The result is in {@link #bytes()}. */
    void redact(Part part, byte[] bytes, int from, int to) {
        length = 0;
        int copied = from;
        int its = part.ordinal() * WAYS + ((to - from >> ALIKE_BITS) & WAYS - 1);
        byte[] old = before[its] == null ? NOTHING : before[its];
        int oldEnd = lengthBefore[its];
        int oldAt = 0;
        boolean fields = part.compareTo(Part.HOST) > 0;
        boolean remembers = to - from <= MAX_REMEMBERED;
        boolean changed = false;
        for (int at = from; at < to; ) {
            int same = Arrays.mismatch(bytes, at, to, old, oldAt, oldEnd);
            if (same < 0) {
                break;
            }
            int differs = at + same;
            int oldDiffers = oldAt + same;
            boolean both = differs < to && oldDiffers < oldEnd;
            if (both && fields && bytes[differs] == '\n' && old[oldDiffers] == LOOKED_AT_CLOSELY) {
                if (changed && remembers) {
                    spare[differs - from] = LOOKED_AT_CLOSELY;
                }
                at = differs + 1;
                oldAt = oldDiffers + 1;
                continue;
            }
            if (!changed && remembers) {
                System.arraycopy(old, 0, spare, 0, oldDiffers);
                System.arraycopy(bytes, differs, spare, differs - from, to - differs);
            }
            changed = true;
            oldAt = rememberedEnd(old, oldDiffers, oldEnd);
            int again = both && fields && old[oldAt - 1] == '\n' ? wordOfValue(bytes, at, differs) : -1;
            int end = again < 0 ? -1 : look.endOfHarmless(bytes, again, to);
            if (end >= 0) {
                at = end;
                continue;
            }
            int line = lineStart(bytes, at, differs);
            at = lineEnd(bytes, line, to);
            int value = fields ? value(bytes, line, at) : line;
            if (!isHarmless(bytes, line, value, at)) {
                boolean hidden = hides(bytes, copied, line, value, at);
                if (hidden) {
                    copied = at;
                }
                if (remembers) {
                    rememberClosely(line - from, at - from, hidden);
                }
            }
        }
        if (changed && remembers) {
            before[its] = spare;
            lengthBefore[its] = to - from;
            spare = old == NOTHING ? new byte[MAX_REMEMBERED] : old;
        }
        if (copied > from) {
            append(bytes, copied, to);
        }
        result = copied > from ? out : bytes;
        start = copied > from ? 0 : from;
        length = copied > from ? length : to - from;
    }

    private void rememberClosely(int from, int to, boolean hidden) {
        boolean ends = spare[to - 1] == '\n';
        if (hidden || !ends || rememberedEnd(spare, from, to) < to) {
            Arrays.fill(spare, from, ends ? to - 1 : to, (byte) 0);
        } else {
            spare[to - 1] = LOOKED_AT_CLOSELY;
        }
    }

    private static int rememberedEnd(byte[] bytes, int from, int to) {
        int end = from;
        while (end < to) {
            byte b = bytes[end++];
            if (b == '\n' || b == LOOKED_AT_CLOSELY) {
                break;
            }
        }
        return end;
    }

    /**
     * Returns where the quick look may begin in a line that was harmless and has changed: at the word that has changed,
     * or one before it. Returns -1 if the change may be in the field's name.
     *
     * @param at where the line differs from the remembered one
     */
    private static int wordOfValue(byte[] bytes, int from, int at) {
        for (int i = at; i > from && bytes[i - 1] != '\n'; i--) {
            byte b = bytes[i - 1];
            if (b == ' ' || b == '=' || b == '/') {
                return i;
            }
        }
        return -1;
    }

    private static int lineStart(byte[] bytes, int from, int at) {
        int start = at;
        while (start > from && bytes[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    /** Returns the index behind the line's end. */
    private static int lineEnd(byte[] bytes, int from, int to) {
        int end = from;
        while (end < to && bytes[end++] != '\n') {
            // not there yet
        }
        return end;
    }

    /** Returns the index behind the colon of a field line; {@code from} for any other line. */
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
        if (!spend(to - from) || Redaction.isSpecial(string(bytes, from, to))) {
            return false;
        }
        harmlessNames.add(bytes, from, to);
        return true;
    }

    /**
     * Looks at a line closely. If there is something to hide, appends what comes before the line, and the redacted
     * line.
     *
     * @param copied up to where the bytes have been appended already
     */
    private boolean hides(byte[] bytes, int copied, int from, int value, int to) {
        if (harmlessLines.contains(bytes, from, to)) {
            return false;
        }
        int end = withoutEnd(bytes, from, to);
        String text = string(bytes, value, end);
        String redacted;
        if (!spend(end - from)) {
            redacted = value == from ? SecretMark.of(text) : " " + SecretMark.of(text.strip());
        } else if (value == from) {
            redacted = Redaction.text(text);
        } else {
            redacted = " " + Redaction.field(string(bytes, from, value - 1), text.strip());
        }
        if (redacted.equals(text)) {
            harmlessLines.add(bytes, from, to);
            return false;
        }
        byte[] shown = redacted.getBytes(StandardCharsets.ISO_8859_1);
        append(bytes, copied, value);
        append(shown, 0, shown.length);
        append(bytes, end, to);
        return true;
    }

    /** Counts bytes that are to be looked at closely; false if they may not be. */
    private boolean spend(int bytes) {
        if (bytes > MAX_VALUE || bytes + COST_OF_LOOK > left) {
            return false;
        }
        left -= bytes + COST_OF_LOOK;
        return true;
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

    /** Replaces an array that is larger than most records need. */
    void shrink() {
        if (out.length > RecordWriter.MAX_KEPT) {
            out = new byte[1024];
        }
        result = NOTHING;
    }
}
