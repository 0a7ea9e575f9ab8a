package hopyard.proxy.pcre;

import java.util.function.IntPredicate;

/** The reading of character classes: {@code [a-z[:digit:]]}. */
class ClassReader extends EscapeReader {

    private enum Range {
        NO,
        POSSIBLE,
        STARTED
    }

    /** Whether characters are being quoted, by {@code \Q}. */
    boolean quotes;

    private CharSet set;
    private boolean ignoresCase;
    private Range range;
    /** The last character, with which a range may begin. */
    private int from;

    ClassReader(int[] text, boolean utf, int at) {
        super(text, utf, at);
    }

    /**
     * Reads a class, behind its opening bracket.
     *
     * @param skipsBlanks whether blanks in it do not count: {@code (?xx)}
     */
    Node characterClass(boolean isCaseless, boolean skipsBlanks) throws PatternError {
        if (isPosix(at)) {
            throw error(text[at] == ':' ? Fault.POSIX_OUTSIDE_CLASS : Fault.POSIX_COLLATING, at - 1);
        }
        set = new CharSet();
        ignoresCase = isCaseless;
        range = Range.NO;
        boolean isNegated = false;
        int c = -1;
        while (more()) {
            c = text[at++];
            if (c == '\\' && peek(0) == 'E') {
                at++;
            } else if (c == '\\' && looksAt("Q\\E")) {
                at += 3;
            } else if (c == '^' && !isNegated) {
                isNegated = true;
            } else if (!skipsBlanks || c != ' ' && c != '\t') {
                break;
            }
        }
        do {
            if (quotes && c == '\\' && peek(0) == 'E') {
                quotes = false;
                at++;
            } else if (quotes) {
                character(c);
            } else if (!skipsBlanks || c != ' ' && c != '\t') {
                item(c);
            }
            if (!more()) {
                throw error(Fault.CLASS_NOT_CLOSED);
            }
            c = text[at++];
        } while (c != ']' || quotes);
        if (range == Range.STARTED) {
            add(x -> x == '-');
        }
        return new Node.OneOf(isNegated ? set.negated() : set);
    }

    private void add(IntPredicate more) {
        set.add(ignoresCase ? CharSet.inAnyCase(more, utf || ucp) : more);
    }

    private void item(int c) throws PatternError {
        if (c == '[' && text.length - at >= 3 && isPosix(at)) {
            posix();
        } else if (c == '-' && range == Range.POSSIBLE) {
            range = Range.STARTED;
        } else if (c == '\\') {
            escaped();
        } else {
            character(c);
        }
    }

    private void character(int c) throws PatternError {
        if (range == Range.STARTED) {
            if (from > c) {
                throw error(Fault.RANGE_OUT_OF_ORDER, at - 1);
            }
            int first = from;
            add(x -> x >= first && x <= c);
            range = Range.NO;
        } else {
            add(x -> x == c);
            from = c;
            range = Range.POSSIBLE;
        }
    }

    private void escaped() throws PatternError {
        char letter = escape(true);
        switch (letter) {
            case LITERAL -> character(value);
            case 'b' -> character('\b');
            case 'Q' -> quotes = true;
            case 'E' -> {
                // ends nothing
            }
            case 'B', 'R', 'X' -> throw error(Fault.ESCAPE_IN_CLASS, at - 1);
            default -> {
                if (range == Range.STARTED) {
                    throw error(Fault.INVALID_RANGE);
                }
                range = Range.NO;
                if (letter == 'N') {
                    throw error(Fault.N_IN_CLASS);
                }
                CharSet its = set(letter, ignoresCase);
                if (its == null) {
                    throw error(Fault.ESCAPE_IN_CLASS, at - 1);
                }
                set.add(its);
                noRangeFollows();
            }
        }
    }

    private void noRangeFollows() throws PatternError {
        if (peek(0) == '-' && peek(1) >= 0 && peek(1) != ']') {
            throw error(Fault.INVALID_RANGE);
        }
    }

    /** Whether {@code [:name:]} begins in front of this place, or one of its relatives. */
    private boolean isPosix(int index) {
        return posixEnd(index) >= 0;
    }

    private int posixEnd(int index) {
        if (index >= text.length || text[index] != ':' && text[index] != '.' && text[index] != '=') {
            return -1;
        }
        int terminator = text[index];
        for (int p = index + 1; p + 1 < text.length; p++) {
            if (text[p] == '\\' && (text[p + 1] == ']' || text[p + 1] == '\\')) {
                p++;
            } else if (text[p] == '[' && text[p + 1] == terminator || text[p] == ']') {
                return -1;
            } else if (text[p] == terminator && text[p + 1] == ']') {
                return p;
            }
        }
        return -1;
    }

    private void posix() throws PatternError {
        int end = posixEnd(at);
        if (range == Range.STARTED) {
            throw error(Fault.INVALID_RANGE);
        }
        if (text[at] != ':') {
            throw error(Fault.POSIX_COLLATING, at - 1);
        }
        at++;
        boolean isNegated = text[at] == '^';
        at += isNegated ? 1 : 0;
        IntPredicate its = posixClass(new String(text, at, Math.max(0, end - at)));
        if (its == null) {
            throw error(Fault.UNKNOWN_POSIX_CLASS);
        }
        at = end + 2;
        noRangeFollows();
        range = Range.NO;
        set.add(isNegated ? its.negate() : its);
    }

    private IntPredicate posixClass(String name) {
        boolean unicode = ucp;
        return switch (name) {
            case "alpha" -> unicode ? Properties.of("l") : c -> c < 0x80 && Character.isLetter(c);
            case "lower", "upper" -> {
                IntPredicate its = unicode
                        ? Properties.of(name.equals("lower") ? "ll" : "lu")
                        : name.equals("lower") ? c -> c >= 'a' && c <= 'z' : c -> c >= 'A' && c <= 'Z';
                yield ignoresCase ? posixClass("alpha") : its;
            }
            case "alnum" -> unicode ? Properties.of("xan") : c -> CharSet.isWord(c) && c != '_';
            case "ascii" -> c -> c < 0x80;
            case "blank" -> unicode ? CharSet.HORIZONTAL::contains : c -> c == ' ' || c == '\t';
            case "cntrl" -> unicode ? Properties.of("cc") : c -> c < 32 || c == 127;
            case "digit" -> unicode ? Properties.of("nd") : CharSet.DIGIT::contains;
            case "graph" -> c -> c > 32 && c < 127;
            case "print" -> c -> c >= 32 && c < 127;
            case "punct" -> c -> c > 32 && c < 127 && (!CharSet.isWord(c) || c == '_');
            case "space" -> unicode ? Properties::isSpace : CharSet.SPACE::contains;
            case "word" -> unicode ? c -> Properties.isAlphanumeric(c) || c == '_' : CharSet::isWord;
            case "xdigit" -> c -> c < 0x80 && Character.digit(c, 16) >= 0;
            default -> null;
        };
    }
}
