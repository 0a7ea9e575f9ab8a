package hopyard.proxy.pcre;

import java.util.function.IntPredicate;

/** A set of characters: bytes, or code points where the pattern is UTF-8. */
final class CharSet {

    static final int BYTES = 256;

    static final CharSet DIGIT = of(c -> c >= '0' && c <= '9');
    static final CharSet SPACE = of(c -> c == ' ' || c >= '\t' && c <= '\r');
    static final CharSet WORD = of(CharSet::isWord);
    static final CharSet NEWLINE = of(c -> c == '\n');

    /** What {@code \h} stands for. */
    static final CharSet HORIZONTAL = of(c -> c == ' '
            || c == '\t'
            || c == 0xa0
            || c == 0x1680
            || c == 0x180e
            || c >= 0x2000 && c <= 0x200a
            || c == 0x202f
            || c == 0x205f
            || c == 0x3000);

    /** What {@code \v} stands for, and {@code \R} beside CRLF. */
    static final CharSet VERTICAL = of(c -> c >= '\n' && c <= '\r' || c == 0x85 || c == 0x2028 || c == 0x2029);

    static final CharSet ALL = of(c -> true);

    private final boolean[] low = new boolean[BYTES];
    /** Which code points above the bytes there are; asked in UTF mode only. */
    private IntPredicate high = c -> false;

    static CharSet of(IntPredicate all) {
        CharSet set = new CharSet();
        set.add(all);
        return set;
    }

    static boolean isWord(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
    }

    void add(IntPredicate more) {
        for (int c = 0; c < BYTES; c++) {
            low[c] |= more.test(c);
        }
        IntPredicate former = high;
        high = c -> former.test(c) || more.test(c);
    }

    void add(CharSet other) {
        add(other::contains);
    }

    CharSet negated() {
        return of(c -> !contains(c));
    }

    boolean contains(int c) {
        return c < BYTES ? low[c] : high.test(c);
    }

    /** Returns the only byte in it; -1 if there are others or none. */
    int single() {
        int found = -1;
        for (int c = 0; c < BYTES; c++) {
            if (low[c]) {
                if (found >= 0) {
                    return -1;
                }
                found = c;
            }
        }
        return found;
    }

    /** A range together with the other case of what is in it. */
    static IntPredicate inAnyCase(IntPredicate set, boolean unicode) {
        if (!unicode) {
            return c ->
                    set.test(c) || c >= 'a' && c <= 'z' && set.test(c - 32) || c >= 'A' && c <= 'Z' && set.test(c + 32);
        }
        return c -> {
            int upper = Character.toUpperCase(c);
            int lower = Character.toLowerCase(c);
            return set.test(c)
                    || set.test(upper)
                    || set.test(lower)
                    || set.test(Character.toLowerCase(upper))
                    || upper == 'K' && set.test(0x212a)
                    || upper == 0xc5 && set.test(0x212b)
                    || upper == 'S' && set.test(0x17f)
                    || (c == 0xdf || c == 0x1e9e) && (set.test(0xdf) || set.test(0x1e9e));
        };
    }
}
