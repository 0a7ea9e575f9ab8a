package hopyard.proxy.pcre;

/** A pattern that is read from left to right: its characters, numbers, counts and names. */
class TextReader {

    static final int NONE = -1;

    /** How often a quantifier may say at most, and how many groups there may be. */
    static final int MAX_COUNT = 65_535;

    private static final int MAX_NAME = 32;

    /** The pattern: bytes, or code points where it is UTF-8. */
    final int[] text;

    /** Whether the pattern and what it is matched against are UTF-8. */
    final boolean utf;

    /** How many capturing groups have begun. */
    int groups;

    int at;

    TextReader(int[] text, boolean utf, int at) {
        this.text = text;
        this.utf = utf;
        this.at = at;
    }

    boolean more() {
        return at < text.length;
    }

    /** Returns the character so far ahead; -1 behind the end. */
    int peek(int ahead) {
        return at + ahead < text.length ? text[at + ahead] : -1;
    }

    boolean looksAt(String what) {
        for (int i = 0; i < what.length(); i++) {
            if (peek(i) != what.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    PatternError error(Fault fault) {
        return error(fault, at);
    }

    PatternError error(Fault fault, int index) {
        return new PatternError(fault, offset(index));
    }

    /** Returns the index of a byte for that of a character. */
    private int offset(int index) {
        int bytes = 0;
        for (int i = 0; i < index && i < text.length; i++) {
            int c = text[i];
            bytes += !utf || c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        }
        return bytes;
    }

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /**
     * Reads a number.
     *
     * @param relativeTo what a sign counts from; negative if there may be no sign
     * @return {@link #NONE} if there is no number
     */
    int number(int relativeTo, int max, Fault tooBig) throws PatternError {
        int p = at;
        int sign = relativeTo < 0 || p == text.length ? 0 : text[p] == '+' ? 1 : text[p] == '-' ? -1 : 0;
        p += sign == 0 ? 0 : 1;
        int most = sign > 0 ? max - relativeTo : max;
        if (p >= text.length || !isDigit(text[p])) {
            return NONE;
        }
        int n = 0;
        while (p < text.length && isDigit(text[p])) {
            n = n * 10 + text[p++] - '0';
            if (n > most) {
                throw error(tooBig, p);
            }
        }
        if (sign != 0 && n == 0) {
            throw error(Fault.RELATIVE_ZERO, p);
        }
        if (sign < 0 && n > relativeTo) {
            throw error(Fault.NO_SUCH_GROUP, p);
        }
        at = p;
        return sign == 0 ? n : sign > 0 ? n + relativeTo : relativeTo + 1 - n;
    }

    /**
     * Reads the counts of a quantifier, behind its opening brace.
     *
     * @return the two counts; {@code null}, with nothing read, if it is no quantifier
     */
    int[] counts() throws PatternError {
        boolean comma = false;
        int p = at;
        for (; ; p++) {
            if (p >= text.length || text[p] == ',' && comma || !isDigit(text[p]) && text[p] != ',' && text[p] != '}') {
                return null;
            }
            if (text[p] == '}') {
                break;
            }
            comma |= text[p] == ',';
        }
        int min = number(NONE, MAX_COUNT, Fault.COUNT_TOO_BIG);
        if (min == NONE) {
            return null;
        }
        int max = min;
        if (text[at] == ',') {
            at++;
            max = Integer.MAX_VALUE;
            if (text[at] != '}') {
                max = number(NONE, MAX_COUNT, Fault.COUNT_TOO_BIG);
                if (max < min) {
                    throw error(Fault.COUNTS_OUT_OF_ORDER);
                }
            }
        }
        at++;
        return new int[] {min, max};
    }

    /** Reads the name of a group and what ends it. */
    String groupName(char terminator) throws PatternError {
        if (!more()) {
            throw error(Fault.NAME_EXPECTED);
        }
        if (utf ? Character.getType(text[at]) == Character.DECIMAL_DIGIT_NUMBER : isDigit(text[at])) {
            throw error(Fault.NAME_BEGINS_WITH_DIGIT);
        }
        String name = word();
        if (name.length() > MAX_NAME) {
            throw error(Fault.NAME_TOO_LONG);
        }
        if (name.isEmpty()) {
            throw error(Fault.NAME_EXPECTED);
        }
        if (!more() || text[at] != terminator) {
            throw error(Fault.NAME_SYNTAX);
        }
        at++;
        return name;
    }

    /** Reads letters, digits and underscores, as many as there are. */
    String word() {
        StringBuilder out = new StringBuilder();
        while (more()
                && (CharSet.isWord(text[at])
                        || utf
                                && (Character.isLetter(text[at])
                                        || Character.getType(text[at]) == Character.DECIMAL_DIGIT_NUMBER))) {
            out.appendCodePoint(text[at++]);
        }
        return out.toString();
    }
}
