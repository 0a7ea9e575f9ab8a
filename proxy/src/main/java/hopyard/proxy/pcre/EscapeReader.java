package hopyard.proxy.pcre;

import java.util.function.IntPredicate;

/** The reading of what follows a backslash. */
class EscapeReader extends TextReader {

    /** An escape that stands for the character in {@link #value}. */
    static final char LITERAL = 0;

    /** An escape that refers back to the group in {@link #value}. */
    static final char BACK_REFERENCE = '1';

    private static final int MAX_PROPERTY = 49;

    /** The character or the number of the group of the last escape. */
    int value;

    /** Whether {@code \d \s \w} and POSIX classes go by Unicode's properties. */
    boolean ucp;

    EscapeReader(int[] text, boolean utf, int at) {
        super(text, utf, at);
    }

    /** Reads an escape. Returns {@link #LITERAL}, {@link #BACK_REFERENCE}, or its letter. */
    char escape(boolean inClass) throws PatternError {
        if (!more()) {
            throw error(Fault.BACKSLASH_AT_END);
        }
        int c = text[at++];
        value = c;
        switch (c) {
            case 'a' -> value = 7;
            case 'e' -> value = 27;
            case 'f' -> value = '\f';
            case 'n' -> value = '\n';
            case 'r' -> value = '\r';
            case 't' -> value = '\t';
            case 'A',
                    'B',
                    'C',
                    'D',
                    'E',
                    'G',
                    'H',
                    'K',
                    'P',
                    'Q',
                    'R',
                    'S',
                    'V',
                    'W',
                    'X',
                    'Z',
                    'b',
                    'd',
                    'h',
                    'k',
                    'p',
                    's',
                    'v',
                    'w',
                    'z' -> {
                return (char) c;
            }
            case 'N' -> {
                return newlineOrName();
            }
            case 'F', 'L', 'U', 'l', 'u' -> throw error(Fault.UNSUPPORTED_ESCAPE);
            case 'g' -> {
                return inClass ? LITERAL : groupReference();
            }
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                return digits(c, inClass);
            }
            case 'o' -> octal();
            case 'x' -> hexadecimal();
            case 'c' -> control();
            default -> {
                if (c < 0x80 && Character.isLetter(c)) {
                    throw error(Fault.UNKNOWN_ESCAPE, at - 1);
                }
            }
        }
        return LITERAL;
    }

    private char newlineOrName() throws PatternError {
        if (peek(0) != '{') {
            return 'N';
        }
        int begin = at;
        if (peek(1) == 'U' && peek(2) == '+') {
            if (!utf) {
                throw error(Fault.CODE_POINT_WITHOUT_UTF);
            }
            at += 2;
            braced(16, Fault.NOT_HEX);
            return LITERAL;
        }
        at++;
        if (counts() == null) {
            throw error(Fault.UNSUPPORTED_ESCAPE, begin);
        }
        at = begin;
        return 'N';
    }

    private char groupReference() throws PatternError {
        int c = peek(0);
        if (c == '<' || c == '\'') {
            return 'g';
        }
        if (c < 0) {
            throw error(Fault.BAD_G);
        }
        int begin = at;
        if (c == '{') {
            at++;
            int n;
            try {
                n = number(groups, MAX_COUNT, Fault.GROUP_NUMBER_TOO_BIG);
            } catch (PatternError e) {
                throw error(e.fault(), begin);
            }
            if (n == NONE) {
                at = begin;
                return 'k';
            }
            if (peek(0) != '}') {
                throw error(Fault.BAD_G, begin);
            }
            at++;
            value = n;
        } else {
            value = number(groups, MAX_COUNT, Fault.GROUP_NUMBER_TOO_BIG);
            if (value == NONE) {
                throw error(Fault.BAD_G);
            }
        }
        if (value <= 0) {
            throw error(Fault.NO_SUCH_GROUP);
        }
        return BACK_REFERENCE;
    }

    /** Reads {@code \12}: a group, if there are so many already or the number has one digit; otherwise octal. */
    private char digits(int first, boolean inClass) throws PatternError {
        if (!inClass && first != '0') {
            int p = at;
            long n = first - '0';
            while (p < text.length && isDigit(text[p]) && n < Integer.MAX_VALUE / 10 - 1) {
                n = n * 10 + text[p++] - '0';
            }
            boolean isGroup = n < Integer.MAX_VALUE / 10 && (n < 10 || first >= '8' || n <= groups);
            if (isGroup) {
                at = p;
                if (n > MAX_COUNT) {
                    throw error(Fault.GROUP_NUMBER_TOO_BIG);
                }
                value = (int) n;
                return BACK_REFERENCE;
            }
        }
        if (first < '8') {
            value = first - '0';
            for (int i = 0; i < 2 && peek(0) >= '0' && peek(0) <= '7'; i++) {
                value = value * 8 + text[at++] - '0';
            }
            if (!utf && value > 0xff) {
                throw error(Fault.OCTAL_TOO_LARGE);
            }
        }
        return LITERAL;
    }

    private void octal() throws PatternError {
        if (peek(0) != '{') {
            // at the end, PCRE2 goes back by one character
            throw error(Fault.NO_BRACE_AFTER_O, more() ? at : at - 1);
        }
        braced(8, Fault.NOT_OCTAL);
    }

    private void hexadecimal() throws PatternError {
        if (peek(0) == '{') {
            braced(16, Fault.NOT_HEX);
            return;
        }
        value = 0;
        for (int i = 0; i < 2 && digit(peek(0), 16) >= 0; i++) {
            value = value * 16 + digit(text[at++], 16);
        }
    }

    /** Reads digits up to a closing brace; {@code at} is at the opening one, or where it would be. */
    private void braced(int radix, Fault malformed) throws PatternError {
        at++;
        if (!more() || text[at] == '}') {
            throw error(Fault.DIGITS_MISSING);
        }
        int most = utf ? Character.MAX_CODE_POINT : 0xff;
        value = 0;
        while (digit(peek(0), radix) >= 0) {
            value = value * radix + digit(text[at++], radix);
            if (value > most) {
                while (digit(peek(0), radix) >= 0) {
                    at++;
                }
                throw error(Fault.CODE_TOO_LARGE);
            }
        }
        if (peek(0) != '}') {
            // behind the end, PCRE2 goes back by one character
            throw error(malformed, more() ? at : at - 1);
        }
        if (utf && value >= 0xd800 && value <= 0xdfff) {
            throw error(Fault.SURROGATE);
        }
        at++;
    }

    private static int digit(int c, int radix) {
        return c < 0 || c > 0x7f ? -1 : Character.digit(c, radix);
    }

    private void control() throws PatternError {
        if (!more()) {
            throw error(Fault.CONTROL_AT_END);
        }
        int c = text[at];
        if (c < 32 || c > 126) {
            throw error(Fault.BAD_CONTROL);
        }
        value = (c >= 'a' && c <= 'z' ? c - 32 : c) ^ 0x40;
        at++;
    }

    /** Returns the set that an escape such as {@code \d} or {@code \P} stands for; {@code null} if it is none. */
    CharSet set(char letter, boolean ignoresCase) throws PatternError {
        return switch (letter) {
            case 'd' -> ucp ? CharSet.of(Properties.of("nd")) : CharSet.DIGIT;
            case 'D' -> set('d', ignoresCase).negated();
            case 's' -> ucp ? CharSet.of(Properties::isSpace) : CharSet.SPACE;
            case 'S' -> set('s', ignoresCase).negated();
            case 'w' -> ucp ? CharSet.of(c -> Properties.isAlphanumeric(c) || c == '_') : CharSet.WORD;
            case 'W' -> set('w', ignoresCase).negated();
            case 'h' -> CharSet.HORIZONTAL;
            case 'H' -> CharSet.HORIZONTAL.negated();
            case 'v' -> CharSet.VERTICAL;
            case 'V' -> CharSet.VERTICAL.negated();
            case 'p' -> property(false);
            case 'P' -> property(true);
            default -> null;
        };
    }

    private CharSet property(boolean negated) throws PatternError {
        boolean isNegated = negated;
        StringBuilder name = new StringBuilder();
        if (!more()) {
            throw error(Fault.MALFORMED_PROPERTY);
        }
        int c = text[at++];
        if (c == '{') {
            if (peek(0) == '^') {
                isNegated = !isNegated;
                at++;
            }
            while (true) {
                if (!more()) {
                    throw error(Fault.MALFORMED_PROPERTY);
                }
                c = text[at++];
                if (c == '_' || c == '-' || CharSet.SPACE.contains(c)) {
                    continue;
                }
                if (c == 0 || c != '}' && name.length() == MAX_PROPERTY) {
                    throw error(Fault.MALFORMED_PROPERTY);
                }
                if (c == '}') {
                    break;
                }
                name.appendCodePoint(c < 0x80 ? Character.toLowerCase(c) : c);
            }
        } else if (c < 0x80 && Character.isLetter(c)) {
            name.appendCodePoint(Character.toLowerCase(c));
        } else {
            throw error(Fault.MALFORMED_PROPERTY);
        }
        IntPredicate its = Properties.of(name.toString());
        if (its == null) {
            throw error(Fault.UNKNOWN_PROPERTY);
        }
        CharSet set = CharSet.of(its);
        return isNegated ? set.negated() : set;
    }
}
