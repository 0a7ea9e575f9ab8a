package hopyard.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A {@code traceparent} header field (W3C Trace Context level 1, §3.2): which trace a request belongs to, and which hop
 * is its parent.
 *
 * @param traceId 32 lower-case hex digits, not all zero
 * @param parentId 16 lower-case hex digits, not all zero
 * @param flags two lower-case hex digits; {@code 01} is "sampled"
 */
public record TraceParent(String traceId, String parentId, String flags) {

    /** The field's name. */
    public static final String NAME = "traceparent";

    private static final int LENGTH = 55;

    /** Reads a field value; empty if it is invalid, which means: start a new trace (§4.2). */
    public static Optional<TraceParent> parse(String value) {
        if (value == null || value.length() < LENGTH) {
            return Optional.empty();
        }
        String version = value.substring(0, 2);
        boolean wellFormed = isHex(version)
                && !version.equals("ff")
                // version 00 has nothing after the flags; a later one may go on after a dash (§4.3)
                && (value.length() == LENGTH || !version.equals("00") && value.charAt(LENGTH) == '-')
                && value.charAt(2) == '-'
                && isId(value.substring(3, 35))
                && value.charAt(35) == '-'
                && isId(value.substring(36, 52))
                && value.charAt(52) == '-'
                && isHex(value.substring(53, 55));
        return wellFormed
                ? Optional.of(new TraceParent(value.substring(3, 35), value.substring(36, 52), value.substring(53, 55)))
                : Optional.empty();
    }

    /**
     * Reads the field of a message; empty if it is invalid, or not there, or there twice: of two, nobody could tell
     * which is right.
     *
     * @param values of all fields of this name; {@code null} for none
     */
    public static Optional<TraceParent> only(List<String> values) {
        return values == null || values.size() != 1 ? Optional.empty() : parse(values.get(0));
    }

    /** A new trace, not sampled by anybody yet. */
    public static TraceParent start() {
        return new TraceParent(Hex.random(32), Hex.random(16), "00");
    }

    /** Returns the same trace one hop further, with a new parent-id for this hop (§4.3). */
    public TraceParent next() {
        return new TraceParent(traceId, Hex.random(16), flags);
    }

    /** Whether the caller may have recorded its part of the trace: the flag "sampled" (§3.2.2.5.1). */
    public boolean isSampled() {
        return (Character.digit(flags.charAt(1), 16) & 1) == 1;
    }

    /** The field value. */
    @Override
    public String toString() {
        return "00-" + traceId + '-' + parentId + '-' + flags;
    }

    private static boolean isId(String text) {
        return isHex(text) && !text.chars().allMatch(c -> c == '0');
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    /** Random identifiers in lower-case hex. */
    public static final class Hex {
        private static final VarHandle LONG =
                MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

        private static final long ONES = 0x01010101_01010101L;

        private Hex() {}

        /** Returns {@code digits} random hex digits (a multiple of 16), never all zero. */
        public static String random(int digits) {
            byte[] out = new byte[digits];
            random(out, 0, digits);
            return new String(out, StandardCharsets.ISO_8859_1);
        }

        /**
         * Writes {@code digits} random hex digits (a multiple of 16), never all zero, into {@code out} from index
         * {@code at}.
         */
        public static void random(byte[] out, int at, int digits) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            for (int i = at; i < at + digits; i += 16) {
                long bits;
                do {
                    bits = random.nextLong();
                } while (bits == 0);
                LONG.set(out, i, eight((int) bits));
                LONG.set(out, i + 8, eight((int) (bits >>> 32)));
            }
        }

        /** Returns eight hex digits, one in each byte. Each operation works on all eight bytes at once. */
        private static long eight(int bits) {
            long x = bits & 0xffff_ffffL;
            x = (x | x << 16) & 0x0000ffff_0000ffffL;
            x = (x | x << 8) & 0x00ff00ff_00ff00ffL;
            x = (x | x << 4) & 0x0f0f0f0f_0f0f0f0fL;
            long isLetter = x + 6 * ONES >>> 4 & ONES;
            return x + '0' * ONES + isLetter * ('a' - '0' - 10);
        }
    }
}
