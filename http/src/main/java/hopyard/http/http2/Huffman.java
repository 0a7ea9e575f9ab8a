package hopyard.http.http2;

import java.util.Arrays;

/**
 * The Huffman code of HPACK (RFC 7541 §5.2 and appendix B). It is canonical: codes of one length are consecutive
 * numbers in the order of their symbols, and longer codes follow shorter ones. So the lengths say everything.
 */
final class Huffman {

    private static final int EOS = 256;

    private static final int MAX_LENGTH = 30;

    /** The lengths of the codes of all bytes, in bits. */
    private static final byte[] LENGTHS = {
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, // 0x00
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, // 0x10
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, // 0x20
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, // 0x30
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, // 0x40
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, // 0x50
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, // 0x60
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, // 0x70
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, // 0x80
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, // 0x90
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, // 0xa0
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, // 0xb0
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, // 0xc0
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, // 0xd0
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, // 0xe0
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, // 0xf0
    };

    private static final int[] CODES = new int[256];

    /** All symbols in the order of their codes. */
    private static final short[] SYMBOLS = new short[257];

    /** By length: the number that follows the last code of that length, aligned to {@value #MAX_LENGTH} bits. */
    private static final int[] LIMITS = new int[MAX_LENGTH + 1];

    /** By length: what has to be added to a code for the index of its symbol. */
    private static final int[] OFFSETS = new int[MAX_LENGTH + 1];

    private static final int FAST_BITS = 9;

    /** By the next bits: the symbol and, above it, the length of its code; 0 if the code is longer. */
    private static final short[] FAST = new short[1 << FAST_BITS];

    static {
        int code = 0;
        int index = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            code <<= 1;
            OFFSETS[length] = index - code;
            for (int symbol = 0; symbol <= EOS; symbol++) {
                if ((symbol == EOS ? MAX_LENGTH : LENGTHS[symbol]) == length) {
                    SYMBOLS[index++] = (short) symbol;
                    if (symbol < EOS) {
                        CODES[symbol] = code;
                    }
                    if (length <= FAST_BITS) {
                        int first = code << FAST_BITS - length;
                        Arrays.fill(
                                FAST, first, first + (1 << FAST_BITS - length), (short) (length << 8 | symbol & 0xff));
                    }
                    code++;
                }
            }
            LIMITS[length] = code << MAX_LENGTH - length;
        }
    }

    private Huffman() {}

    /** Returns how many bytes the code of a text takes. */
    static int length(byte[] text, int from, int to) {
        int bits = 0;
        for (int i = from; i < to; i++) {
            bits += LENGTHS[text[i] & 0xff];
        }
        return bits + 7 >> 3;
    }

    /** Writes the code of a text; returns where it ends. */
    static int encode(byte[] text, int from, int to, byte[] out, int at) {
        long bits = 0;
        int count = 0;
        int end = at;
        for (int i = from; i < to; i++) {
            int symbol = text[i] & 0xff;
            bits = bits << LENGTHS[symbol] | CODES[symbol];
            count += LENGTHS[symbol];
            while (count >= 8) {
                count -= 8;
                out[end++] = (byte) (bits >>> count);
            }
        }
        if (count > 0) {
            // the rest of the byte are the first bits of EOS, which are ones
            out[end++] = (byte) (bits << 8 - count | 0xff >>> count);
        }
        return end;
    }

    /** Returns how long a text may be whose code has so many bytes. */
    static int maxDecoded(int length) {
        return length * 8 / 5 + 1;
    }

    /**
     * Reads the code of a text.
     *
     * @param out takes it; see {@link #maxDecoded}
     * @return how long the text is; -1 if it is no code of a text
     */
    static int decode(byte[] code, int from, int to, byte[] out) {
        long bits = 0;
        int count = 0;
        int next = from;
        int length = 0;
        while (true) {
            while (count <= 56 && next < to) {
                bits = bits << 8 | code[next++] & 0xff;
                count += 8;
            }
            if (count < 8 && isPadding(bits, count)) {
                return length;
            }
            int ahead = count >= FAST_BITS
                    ? (int) (bits >>> count - FAST_BITS) & FAST.length - 1
                    : (int) (bits << FAST_BITS - count) & FAST.length - 1;
            int fast = FAST[ahead];
            int used = fast >> 8;
            if (fast == 0) {
                used = lengthOfNext(bits, count);
                int symbol =
                        used > count ? EOS : SYMBOLS[((int) (bits >>> count - used) & (1 << used) - 1) + OFFSETS[used]];
                if (symbol == EOS) {
                    return -1;
                }
                out[length++] = (byte) symbol;
            } else {
                if (used > count) {
                    return -1;
                }
                out[length++] = (byte) fast;
            }
            count -= used;
        }
    }

    /** Returns the length of the next code, which may be longer than what there is. */
    private static int lengthOfNext(long bits, int count) {
        int aligned = (count >= MAX_LENGTH ? (int) (bits >>> count - MAX_LENGTH) : (int) (bits << MAX_LENGTH - count))
                & (1 << MAX_LENGTH) - 1;
        int length = FAST_BITS + 1;
        while (length < MAX_LENGTH && aligned >= LIMITS[length]) {
            length++;
        }
        return length;
    }

    /** Whether what is left are fewer than eight bits, and all ones (RFC 7541 §5.2). */
    private static boolean isPadding(long bits, int count) {
        long ones = (1L << count) - 1;
        return (bits & ones) == ones;
    }
}
