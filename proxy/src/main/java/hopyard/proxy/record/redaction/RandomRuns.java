package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.Set;

/**
 * Finds runs of characters that look random: too many of their pairs of neighbouring characters are unusual in words.
 * The usual pairs were counted in English, in fifteen other languages and in names of packages and classes. Hexadecimal
 * numbers are taken for ids and digests (a UUID, a trace id, a hash), unless they are longer than a UUID.
 */
final class RandomRuns {

    /** A run is hidden only if it is longer. A shorter one cannot be told from an abbreviation or a product's name. */
    static final int MIN_LENGTH = 16;

    /** The longest hexadecimal number that is an id: the digits of a UUID. */
    static final int MAX_HEX = 32;

    /** The percentage of unusual pairs from which a run is random. Words have about six. */
    private static final int MAX_ODD = 30;

    /** The highest percentage of unusual pairs in a word. */
    private static final int MAX_ODD_IN_WORD = 15;

    /** With fewer pairs, nothing is known of a run; with fewer than the next, nothing of a part. */
    private static final int MIN_PAIRS = 6;

    private static final int MIN_PAIRS_OF_PART = 3;

    /** The longest decimal number that counts as a word, in digits. */
    private static final int MAX_DIGITS = 5;

    /** A word below this length needs no check of its pairs: the longest word of {@link QuickLook}. */
    private static final int MAX_SHORT = 8;

    private static final int LETTERS = 26;

    /** For each letter, itself and then the letters that usually follow it in words. */
    private static final String USUAL =
            "aabcdfgiklmnprstuvyz baeilorsu cacehiklorstu dadeilorsu eabcdefgijklmnoprstuvwxyz"
                    + " faefilortu gaeghilnorsu haeiortu iabcdefgklmnoprstvxz jaes kaeilostu ladeilostuy mabeilmopsu"
                    + " nacdefgiklnostuvy oabcdfgiklmnoprstuvwz paehiloprstu qu rabcdegiklmnoprstuvy sacehiklmopstuyz"
                    + " tacehilorstuy uabcdegilmnprst vaeio waehio xpt yacemnpst zaeio";

    private static final BitSet USUAL_PAIRS = new BitSet(LETTERS * LETTERS);

    static {
        for (String letters : USUAL.split(" ")) {
            letters.substring(1).chars().forEach(next -> USUAL_PAIRS.set(pair(letters.charAt(0), next)));
        }
    }

    /** The extensions of files whose names may hold a digest of their content. */
    private static final Set<String> STATIC = Set.of(
            "js", "mjs", "css", "map", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "woff", "woff2",
            "ttf", "wasm");

    private final char[] text;
    private final int length;
    private final BitSet hidden;

    /** Where a chain of segments that look random begins. Each may be too short by itself: Base64 may hold slashes. */
    private int chainStart = -1;

    private int chainEnd;
    private int chainParts;
    private int chainLength;
    private boolean chainIsLong;

    private RandomRuns(char[] text, int length, BitSet hidden) {
        this.text = text;
        this.length = length;
        this.hidden = hidden;
    }

    static void hide(char[] text, int length, BitSet hidden) {
        new RandomRuns(text, length, hidden).hide();
    }

    private void hide() {
        for (int i = 0; i < length; ) {
            if (!isAlphanumeric(text[i])) {
                i++;
                continue;
            }
            int digest = endOfDigest(i);
            if (digest > i) {
                i = digest;
                continue;
            }
            int end = endOfRun(text, length, i);
            if (chainStart >= 0 && !(text[i - 1] == '/' && i - 1 == chainEnd)) {
                endChain();
            }
            look(i, end);
            i = end;
        }
        endChain();
    }

    /** Returns where a run of letters, digits and the characters that join them ends. */
    static int endOfRun(char[] text, int length, int from) {
        int end = from;
        while (end < length && (isAlphanumeric(text[end]) || isJoint(text[end]))) {
            end++;
        }
        return end;
    }

    static boolean isJoint(char c) {
        return c == '-' || c == '_' || c == '+' || c == '~';
    }

    static boolean isAlphanumeric(char c) {
        return isDigit(c) || isLetter(c);
    }

    private static boolean isLetter(char c) {
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Returns where a digest such as {@code sha256-…} or {@code sha512:…} ends; {@code from} if there is none. */
    private int endOfDigest(int from) {
        if (from + 4 >= length || text[from] != 's' || text[from + 1] != 'h' || text[from + 2] != 'a') {
            return from;
        }
        int end = from + 3;
        while (end < length && isDigit(text[end])) {
            end++;
        }
        if (end == from + 3 || end == length || "-:=".indexOf(text[end]) < 0) {
            return from;
        }
        do {
            end++;
        } while (end < length && (isAlphanumeric(text[end]) || "+/_-".indexOf(text[end]) >= 0));
        return end;
    }

    private void look(int from, int to) {
        int total = 0;
        int pairs = 0;
        int odd = 0;
        boolean isLong = false;
        for (int start = from; start < to; ) {
            int end = start;
            while (end < to && isAlphanumeric(text[end])) {
                end++;
            }
            int size = end - start;
            if (isHex(start, end)) {
                if (size > MAX_HEX) {
                    hidden.set(start, end);
                }
            } else {
                int its = odd(text, start, end);
                if (size >= MIN_LENGTH && its * 100 >= MAX_ODD * (size - 1)) {
                    hidden.set(start, end);
                }
                isLong |= size > MAX_SHORT;
                total += size + 1;
                pairs += size - 1;
                odd += its;
            }
            start = end + 1;
        }
        boolean random = odd * 100 >= MAX_ODD * pairs;
        if (random && pairs >= MIN_PAIRS && total > MIN_LENGTH && !isStaticFile(text, length, to)) {
            hidden.set(from, to);
        }
        if (pairs < MIN_PAIRS_OF_PART) {
            // too few pairs to tell: a chain goes on over this segment
            chainEnd = chainStart >= 0 ? to : chainEnd;
        } else if (random) {
            chainStart = chainStart < 0 ? from : chainStart;
            chainEnd = to;
            chainParts++;
            chainLength += total;
            chainIsLong |= isLong;
        } else {
            endChain();
        }
    }

    private void endChain() {
        if (chainParts > 1 && chainLength > MIN_LENGTH && chainIsLong) {
            hidden.set(chainStart, chainEnd);
        }
        chainStart = -1;
        chainParts = 0;
        chainLength = 0;
        chainIsLong = false;
    }

    private boolean isHex(int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isDigit(text[i]) && (text[i] | 0x20) > 'f') {
                return false;
            }
        }
        return true;
    }

    /** Returns how many pairs are unusual. The pair at a capital inside a word, as in camelCase, is usual. */
    private static int odd(char[] text, int from, int to) {
        int odd = 0;
        for (int i = from + 1; i < to; i++) {
            char before = text[i - 1];
            char c = text[i];
            if (isDigit(before) || isDigit(c)) {
                odd += isDigit(before) && isDigit(c) ? 0 : 1;
            } else if (isLower(before) && !isLower(c)) {
                boolean hump = i + 1 < to && isLower(text[i + 1]) && (i - 2 < from || isLower(text[i - 2]));
                odd += hump ? 0 : 1;
            } else if (!USUAL_PAIRS.get(pair(before, c))) {
                odd++;
            }
        }
        return odd;
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static int pair(int one, int next) {
        return ((one | 0x20) - 'a') * LETTERS + (next | 0x20) - 'a';
    }

    /**
     * Whether letters and digits look like a word or a short number.
     *
     * @param capitals whether a word is expected in capitals
     */
    static boolean isWord(char[] text, int from, int to, boolean capitals) {
        int digits = 0;
        boolean right = true;
        for (int i = from; i < to; i++) {
            digits += isDigit(text[i]) ? 1 : 0;
            right &= isLower(text[i]) != capitals || i == from;
        }
        if (digits > 0) {
            return digits == to - from && digits <= MAX_DIGITS;
        }
        return right && (to - from < MAX_SHORT || odd(text, from, to) * 100 <= MAX_ODD_IN_WORD * (to - from - 1));
    }

    /** Whether the text that goes on there ends the name of a static file, as {@code .min.js} does. */
    static boolean isStaticFile(char[] text, int length, int from) {
        int dot = -1;
        int end = from;
        while (end < length && (isAlphanumeric(text[end]) || text[end] == '.')) {
            dot = text[end] == '.' ? end : dot;
            end++;
        }
        return dot >= 0 && STATIC.contains(new String(text, dot + 1, end - dot - 1));
    }
}
