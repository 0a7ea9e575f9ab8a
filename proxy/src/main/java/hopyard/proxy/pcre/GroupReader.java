package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Command;
import java.util.Map;

/** The reading of what begins with a parenthesis: groups, lookarounds, options, calls, verbs. */
abstract class GroupReader extends ConditionReader {

    private static final int MAX_VERB_NAME = 255;

    private static final Map<String, String> ASSERTIONS = Map.ofEntries(
            Map.entry("pla", "="),
            Map.entry("positive_lookahead", "="),
            Map.entry("napla", "*"),
            Map.entry("non_atomic_positive_lookahead", "*"),
            Map.entry("nla", "!"),
            Map.entry("negative_lookahead", "!"),
            Map.entry("plb", "<="),
            Map.entry("positive_lookbehind", "<="),
            Map.entry("naplb", "<*"),
            Map.entry("non_atomic_positive_lookbehind", "<*"),
            Map.entry("nlb", "<!"),
            Map.entry("negative_lookbehind", "<!"),
            Map.entry("atomic", ">"),
            Map.entry("sr", ":"),
            Map.entry("script_run", ":"),
            Map.entry("asr", ">"),
            Map.entry("atomic_script_run", ">"));

    private static final Map<String, Command> VERBS = Map.of(
            "", Command.MARK,
            "MARK", Command.MARK,
            "ACCEPT", Command.ACCEPT,
            "F", Command.FAIL,
            "FAIL", Command.FAIL,
            "COMMIT", Command.COMMIT,
            "PRUNE", Command.PRUNE,
            "SKIP", Command.SKIP,
            "THEN", Command.THEN);

    GroupReader(int[] text, boolean utf, int at, int options) {
        super(text, utf, at, options);
    }

    private Node body() throws PatternError {
        depth++;
        return choice(branches(false, options));
    }

    @Override
    Node open() throws PatternError {
        int begin = at - 1;
        isRepeatable = false;
        needMore();
        if (text[at] == '*') {
            return peek(1) >= 'a' && peek(1) <= 'z' ? assertion(begin) : verb();
        }
        if (text[at] != '?') {
            return is(NO_CAPTURE) ? body() : capture();
        }
        at++;
        needMore();
        switch (text[at]) {
            case 'P' -> {
                return python();
            }
            case 'R' -> {
                at++;
                if (peek(0) != ')') {
                    throw error(Fault.BAD_RECURSION);
                }
                isRepeatable = true;
                return new Node.Call(0, null, at++);
            }
            case '+' -> {
                if (!isDigit(peek(1))) {
                    throw error(Fault.DIGIT_EXPECTED);
                }
                return callByNumber();
            }
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                return callByNumber();
            }
            case '&' -> {
                return callByName();
            }
            case 'C' -> {
                callout();
                return null;
            }
            case '(' -> {
                return condition();
            }
            case '\'' -> {
                return namedCapture('\'');
            }
            case '<' -> {
                return peek(1) == '=' || peek(1) == '!' || peek(1) == '*'
                        ? look("<" + (char) peek(1), begin)
                        : namedCapture('>');
            }
            case '>', '=', '!', '*' -> {
                return look(Character.toString(text[at]), begin);
            }
            default -> {
                return text[at] == '-' && isDigit(peek(1)) ? callByNumber() : options();
            }
        }
    }

    private Node capture() throws PatternError {
        if (groups >= MAX_COUNT) {
            throw error(Fault.TOO_MANY_GROUPS);
        }
        int number = ++groups;
        return new Node.Group(number, body());
    }

    private Node namedCapture(char terminator) throws PatternError {
        at++;
        String name = groupName(terminator);
        int number = groups + 1;
        boolean isKnown = false;
        for (Name each : names) {
            if (each.name().equals(name)) {
                isKnown |= each.group() == number;
                if (each.group() != number && !is(DUPLICATE_NAMES)) {
                    throw error(Fault.DUPLICATE_NAME);
                }
            } else if (each.group() == number) {
                throw error(Fault.DIFFERENT_NAMES);
            }
        }
        if (!isKnown) {
            names.add(new Name(name, number));
        }
        return capture();
    }

    private Node look(String kind, int begin) throws PatternError {
        at += kind.length();
        Node body = body();
        if (kind.equals(">")) {
            return new Node.Atomic(body);
        }
        return kind.equals(":") ? body : new Node.Look(kind.startsWith("<"), kind.endsWith("!"), body, begin);
    }

    /** Reads an assertion with a name, such as {@code (*pla:}. */
    private Node assertion(int begin) throws PatternError {
        at++;
        String kind = ASSERTIONS.get(word());
        if (peek(0) != ':' || kind == null) {
            throw error(Fault.UNKNOWN_ASSERTION);
        }
        at -= kind.length() - 1;
        return look(kind, begin);
    }

    private Node verb() throws PatternError {
        if (peek(1) < 0 || peek(1) == ')') {
            // the asterisk is a quantifier of nothing
            return null;
        }
        at++;
        Command command = VERBS.get(word());
        if (command == null || peek(0) != ':' && peek(0) != ')') {
            throw error(Fault.UNKNOWN_VERB);
        }
        String name = null;
        if (peek(0) == ':' && peek(1) == ')') {
            at++;
        }
        if (command == Command.MARK && peek(0) != ':') {
            throw error(Fault.MARK_WITHOUT_NAME);
        }
        if (text[at++] == ':') {
            int begin = at;
            while (more() && text[at] != ')') {
                at++;
            }
            if (!more()) {
                throw error(Fault.UNKNOWN_VERB);
            }
            if (at - begin > MAX_VERB_NAME) {
                throw error(Fault.VERB_NAME_TOO_LONG);
            }
            name = new String(text, begin, at - begin);
            at++;
        }
        isRepeatable = command == Command.ACCEPT;
        return new Node.Verb(command, name);
    }

    private Node options() throws PatternError {
        int before = options;
        if (text[at] == '|') {
            at++;
            depth++;
            return choice(branches(true, before));
        }
        int set = 0;
        int unset = 0;
        boolean isUnsetting = false;
        boolean mayUnset = true;
        if (text[at] == '^') {
            options &= ~(CASELESS | MULTILINE | NO_CAPTURE | DOTALL | EXTENDED | EXTENDED_MORE);
            mayUnset = false;
            at++;
        }
        for (; more() && text[at] != ')' && text[at] != ':'; at++) {
            int option = "imsx nUJ".indexOf(text[at]);
            if (text[at] == '-') {
                if (!mayUnset) {
                    throw error(Fault.BAD_HYPHEN);
                }
                isUnsetting = true;
                mayUnset = false;
                continue;
            }
            if (option < 0 || text[at] == ' ') {
                throw error(Fault.UNKNOWN_OPTION);
            }
            int bit = 1 << option;
            if (bit == EXTENDED && peek(1) == 'x') {
                bit |= EXTENDED_MORE;
                at++;
            }
            set |= isUnsetting ? 0 : bit;
            unset |= isUnsetting ? bit : 0;
        }
        if ((set & (EXTENDED | EXTENDED_MORE)) == EXTENDED || (unset & EXTENDED) != 0) {
            unset |= EXTENDED_MORE;
        }
        options = (options | set) & ~unset;
        needMore();
        if (text[at++] == ')') {
            return null;
        }
        depth++;
        return choice(branches(false, before));
    }

    private Node python() throws PatternError {
        at++;
        needMore();
        switch (text[at]) {
            case '<' -> {
                return namedCapture('>');
            }
            case '>' -> {
                return callByName();
            }
            case '=' -> {
                int begin = ++at;
                String name = groupName(')');
                isRepeatable = true;
                return new Node.Back(NONE, name, is(CASELESS), begin);
            }
            default -> throw error(Fault.UNKNOWN_AFTER_P);
        }
    }

    private Node callByNumber() throws PatternError {
        int number = number(isDigit(text[at]) ? NONE : groups, MAX_COUNT, Fault.GROUP_NUMBER_TOO_BIG);
        if (peek(0) != ')') {
            throw error(Fault.GROUP_NOT_CLOSED);
        }
        isRepeatable = true;
        return new Node.Call(number, null, at++);
    }

    private Node callByName() throws PatternError {
        int begin = ++at;
        String name = groupName(')');
        isRepeatable = true;
        return new Node.Call(NONE, name, begin);
    }

    /** Goes over a callout, which does nothing where no function waits for it, as in nginx. */
    private void callout() throws PatternError {
        at++;
        needMore();
        if (text[at] != ')' && !isDigit(text[at])) {
            int begin = at;
            int which = "`'\"^%#${".indexOf(text[at]);
            if (which < 0) {
                throw error(Fault.CALLOUT_DELIMITER);
            }
            char end = "`'\"^%#$}".charAt(which);
            at++;
            while (peek(0) != end || peek(1) == end) {
                if (!more()) {
                    throw error(Fault.CALLOUT_STRING_NOT_ENDED, begin);
                }
                at += peek(0) == end ? 2 : 1;
            }
            at++;
        } else {
            for (int n = 0; isDigit(peek(0)); ) {
                n = n * 10 + text[at++] - '0';
                if (n > 255) {
                    throw error(Fault.CALLOUT_TOO_BIG);
                }
            }
        }
        if (peek(0) != ')') {
            throw error(Fault.CALLOUT_NOT_CLOSED);
        }
        at++;
    }
}
