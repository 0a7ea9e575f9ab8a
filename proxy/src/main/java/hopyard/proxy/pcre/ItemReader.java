package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Point;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The reading of what is neither a group nor a quantifier: characters, classes, escapes, assertions, comments. */
class ItemReader extends ClassReader {

    static final int CASELESS = 1;
    static final int MULTILINE = 1 << 1;
    static final int DOTALL = 1 << 2;
    static final int EXTENDED = 1 << 3;
    static final int EXTENDED_MORE = 1 << 4;
    static final int NO_CAPTURE = 1 << 5;
    static final int UNGREEDY = 1 << 6;
    static final int DUPLICATE_NAMES = 1 << 7;

    /** The options that hold here, as {@code (?i)} and others have set them. */
    int options;

    /** Whether a quantifier may follow the last item. */
    boolean isRepeatable;

    /** What ends a line, and whether it takes both of CRLF. */
    CharSet newline = CharSet.NEWLINE;

    boolean newlineIsCrlf;

    /** What {@code \R} stands for, beside CRLF. */
    CharSet anyNewline = CharSet.VERTICAL;

    private final Map<Integer, Node> caseless = new HashMap<>();

    ItemReader(int[] text, boolean utf, int at, int options) {
        super(text, utf, at);
        this.options = options;
    }

    boolean is(int option) {
        return (options & option) != 0;
    }

    Node literal(int c) {
        isRepeatable = true;
        if (!is(CASELESS)) {
            return new Node.Char(c);
        }
        return caseless.computeIfAbsent(c, letter -> {
            CharSet both = CharSet.of(CharSet.inAnyCase(x -> x == letter, utf || ucp));
            return both.single() == letter && !utf ? new Node.Char(letter) : new Node.OneOf(both);
        });
    }

    /** Goes over a quoting that begins or ends, blanks and comments; returns whether there was one. */
    boolean skip() throws PatternError {
        int c = text[at];
        if (c == '\\' && (peek(1) == 'Q' || peek(1) == 'E')) {
            quotes = peek(1) == 'Q';
            at += 2;
            return true;
        }
        if (is(EXTENDED) && (CharSet.SPACE.contains(c) || c == 0x85 || (c | 1) == 0x200f || (c | 1) == 0x2029)) {
            at++;
            return true;
        }
        if (is(EXTENDED) && c == '#') {
            while (more() && !newline.contains(text[at])) {
                at++;
            }
            at = Math.min(at + 1, text.length);
            return true;
        }
        if (looksAt("(?#")) {
            at += 2;
            while (more() && text[at] != ')') {
                at++;
            }
            if (!more()) {
                throw error(Fault.COMMENT_NOT_CLOSED);
            }
            at++;
            return true;
        }
        return false;
    }

    /** Returns the item that begins with a character which was read. */
    Node item(int c) throws PatternError {
        switch (c) {
            case '^' -> {
                isRepeatable = false;
                return lineStart();
            }
            case '$' -> {
                isRepeatable = false;
                return is(MULTILINE) ? lineEnd() : lastLineEnd();
            }
            case '.' -> {
                isRepeatable = true;
                return is(DOTALL) ? new Node.OneOf(CharSet.ALL) : noNewline();
            }
            case '[' -> {
                isRepeatable = true;
                if (looksAt("[:<:]]") || looksAt("[:>:]]")) {
                    return wordEdge();
                }
                return characterClass(is(CASELESS), is(EXTENDED_MORE));
            }
            case '\\' -> {
                return escaped();
            }
            default -> {
                return literal(c);
            }
        }
    }

    private Node wordEdge() {
        boolean isEnd = text[at + 2] == '>';
        at += 6;
        return new Node.Sequence(
                List.of(Point.WORD_BOUNDARY, new Node.Look(isEnd, false, new Node.OneOf(CharSet.WORD), 0)));
    }

    private Node noNewline() {
        Node other = new Node.OneOf(newline.negated());
        return newlineIsCrlf
                ? new Node.Sequence(List.of(new Node.Look(false, true, crlf(), 0), new Node.OneOf(CharSet.ALL)))
                : other;
    }

    private static Node crlf() {
        return new Node.Sequence(List.of(new Node.Char('\r'), new Node.Char('\n')));
    }

    private boolean newlineIsLineFeed() {
        return newline == CharSet.NEWLINE && !newlineIsCrlf;
    }

    private Node newline() {
        if (newlineIsCrlf) {
            return crlf();
        }
        Node one = new Node.OneOf(newline);
        return newline.contains('\r') && newline.contains('\n')
                ? new Node.Atomic(new Node.Choice(List.of(crlf(), one)))
                : one;
    }

    private Node lineStart() {
        if (!is(MULTILINE)) {
            return Point.SUBJECT_START;
        }
        Node before = newlineIsCrlf ? crlf() : new Node.OneOf(newline);
        return newlineIsLineFeed()
                ? Point.LINE_START
                : new Node.Choice(List.of(
                        Point.SUBJECT_START,
                        new Node.Sequence(List.of(
                                new Node.Look(true, false, before, 0),
                                new Node.Look(false, true, Point.SUBJECT_END, 0)))));
    }

    private Node lineEnd() {
        return newlineIsLineFeed()
                ? Point.LINE_END
                : new Node.Look(false, false, new Node.Choice(List.of(newline(), Point.SUBJECT_END)), 0);
    }

    private Node lastLineEnd() {
        return newlineIsLineFeed()
                ? Point.SUBJECT_END_OR_NEWLINE
                : new Node.Look(
                        false,
                        false,
                        new Node.Sequence(
                                List.of(new Node.Repeat(newline(), 0, 1, Node.Greed.GREEDY), Point.SUBJECT_END)),
                        0);
    }

    private Node escaped() throws PatternError {
        char letter = escape(false);
        isRepeatable = true;
        switch (letter) {
            case LITERAL -> {
                return literal(value);
            }
            case BACK_REFERENCE -> {
                return new Node.Back(value, null, is(CASELESS), at - 1);
            }
            case 'C' -> {
                return new Node.OneOf(CharSet.ALL);
            }
            case 'N' -> {
                return noNewline();
            }
            case 'R' -> {
                return new Node.Atomic(new Node.Choice(List.of(crlf(), new Node.OneOf(anyNewline))));
            }
            case 'X' -> {
                return Node.Cluster.GRAPHEME;
            }
            case 'g', 'k' -> {
                return named(letter);
            }
            default -> {
                CharSet set = set(letter, is(CASELESS));
                if (set != null) {
                    return new Node.OneOf(set);
                }
            }
        }
        isRepeatable = false;
        return switch (letter) {
            case 'A' -> Point.SUBJECT_START;
            case 'B' -> Point.NO_WORD_BOUNDARY;
            case 'b' -> Point.WORD_BOUNDARY;
            case 'G' -> Point.MATCH_START;
            case 'K' -> Point.KEEP;
            case 'Z' -> lastLineEnd();
            default -> Point.SUBJECT_END;
        };
    }

    /** Reads the name, or number, of {@code \k<name>}, <code>\g{name}</code> or {@code \g<1>}. */
    private Node named(char letter) throws PatternError {
        int open = peek(0);
        if (open != '{' && open != '<' && open != '\'') {
            throw error(letter == 'g' ? Fault.BAD_G : Fault.BAD_K);
        }
        char terminator = open == '<' ? '>' : open == '\'' ? '\'' : '}';
        boolean isCall = letter == 'g' && open != '{';
        int begin = at;
        at++;
        if (isCall) {
            int number;
            try {
                number = number(groups, MAX_COUNT, Fault.GROUP_NUMBER_TOO_BIG);
            } catch (PatternError e) {
                throw error(e.fault(), begin);
            }
            if (number != NONE) {
                if (peek(0) != terminator) {
                    throw error(Fault.BAD_G, begin);
                }
                return new Node.Call(number, null, at++);
            }
        }
        String name = groupName(terminator);
        return isCall ? new Node.Call(NONE, name, begin + 1) : new Node.Back(NONE, name, is(CASELESS), begin + 1);
    }
}
