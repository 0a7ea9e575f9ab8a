package hopyard.proxy.pcre;

import java.util.ArrayList;
import java.util.List;

/** The reading of conditional groups: {@code (?(1)yes|no)}. */
abstract class ConditionReader extends ItemReader {

    /**
     * A name in the pattern.
     *
     * @param group the number of the group that has it
     */
    record Name(String name, int group) {}

    /** How deep in groups this place is. */
    int depth;

    /** The named groups so far. */
    final List<Name> names = new ArrayList<>();

    ConditionReader(int[] text, boolean utf, int at, int options) {
        super(text, utf, at, options);
    }

    /**
     * Reads alternatives up to what ends them.
     *
     * @param resetsGroups whether each counts groups from the same number: {@code (?|}
     */
    abstract List<Node> alternatives(boolean resetsGroups) throws PatternError;

    static Node choice(List<Node> branches) {
        return branches.size() == 1 ? branches.get(0) : new Node.Choice(branches);
    }

    /** Reads the alternatives of a group and its closing parenthesis. */
    final List<Node> branches(boolean resetsGroups, int outerOptions) throws PatternError {
        List<Node> branches = alternatives(resetsGroups);
        if (!more()) {
            throw error(Fault.GROUP_NOT_CLOSED);
        }
        at++;
        depth--;
        options = outerOptions;
        isRepeatable = true;
        return branches;
    }

    /** Reads on behind an opening parenthesis. Returns {@code null} for what is no part of the pattern. */
    abstract Node open() throws PatternError;

    final void needMore() throws PatternError {
        if (!more()) {
            throw error(Fault.GROUP_NOT_CLOSED);
        }
    }

    final Node condition() throws PatternError {
        int outer = options;
        at++;
        needMore();
        depth++;
        if (text[at] == '?' || text[at] == '*') {
            at--;
            Node.Look look = expectedAssertion();
            return new Node.Condition(Node.Ask.LOOK, 0, null, look, branches(false, outer), 0);
        }
        Node.Condition asked = asked();
        if (peek(0) != ')') {
            throw error(Fault.CONDITION_NOT_CLOSED);
        }
        at++;
        return new Node.Condition(asked.ask(), asked.number(), asked.name(), null, branches(false, outer), asked.at());
    }

    private Node.Look expectedAssertion() throws PatternError {
        for (boolean first = true; more(); first = false) {
            while (more() && skip()) {
                // it is no assertion
            }
            if (!more()) {
                break;
            }
            boolean isOne = text[at] == '(' && text.length - at >= 4;
            if (isOne && peek(1) == '*') {
                isOne = peek(2) >= 'a' && peek(2) <= 'z';
            } else if (isOne) {
                isOne = peek(1) == '?'
                        && (peek(2) == '='
                                || peek(2) == '!'
                                || peek(2) == 'C' && first
                                || peek(2) == '<' && (peek(3) == '=' || peek(3) == '!'));
            }
            if (!isOne) {
                throw error(Fault.ASSERTION_EXPECTED);
            }
            at++;
            Node its = open();
            if (its instanceof Node.Look look) {
                return look;
            }
            if (its != null) {
                throw error(Fault.ASSERTION_EXPECTED);
            }
        }
        throw error(Fault.GROUP_NOT_CLOSED);
    }

    /** Reads what a condition asks, if that is no assertion. */
    private Node.Condition asked() throws PatternError {
        int number = number(groups, MAX_COUNT, Fault.GROUP_NUMBER_TOO_BIG);
        if (number != NONE) {
            if (number == 0) {
                throw error(Fault.NO_SUCH_GROUP);
            }
            return asks(Node.Ask.GROUP, number, null, at - 2);
        }
        if (looksAt("VERSION") && text.length - at >= 10 && peek(7) != ')') {
            at += 7;
            return asks(version() ? Node.Ask.YES : Node.Ask.NO, 0, null, 0);
        }
        if (looksAt("R&")) {
            at += 2;
            int begin = at;
            String name = groupName(')');
            at--;
            return asks(Node.Ask.RECURSION_NAME, 0, name, begin);
        }
        int open = text[at];
        boolean isQuoted = open == '<' || open == '\'';
        at += isQuoted ? 1 : 0;
        int begin = at;
        String name = groupName(open == '<' ? '>' : isQuoted ? '\'' : ')');
        at -= isQuoted ? 0 : 1;
        if (isQuoted) {
            return asks(Node.Ask.NAME, 0, name, begin);
        }
        if (name.equals("DEFINE")) {
            return asks(Node.Ask.DEFINE, 0, null, begin);
        }
        return asks(name.matches("R[0-9]*") ? Node.Ask.RECURSION : Node.Ask.NAME, 0, name, begin);
    }

    private static Node.Condition asks(Node.Ask ask, int number, String name, int at) {
        return new Node.Condition(ask, number, name, null, List.of(), at);
    }

    /** Reads what {@code VERSION} is compared with; returns whether PCRE2 10.42 is such a version. */
    private boolean version() throws PatternError {
        boolean isAtLeast = peek(0) == '>';
        at += isAtLeast ? 1 : 0;
        if (peek(0) != '=') {
            throw error(Fault.BAD_VERSION);
        }
        at++;
        if (!isDigit(peek(0))) {
            throw error(Fault.BAD_VERSION);
        }
        int major = number(NONE, 1000, Fault.BAD_VERSION);
        int minor = 0;
        if (peek(0) == '.') {
            at++;
            if (!isDigit(peek(0))) {
                throw error(Fault.BAD_VERSION);
            }
            minor = (text[at++] - '0') * 10;
            minor += isDigit(peek(0)) ? text[at++] - '0' : 0;
            if (peek(0) != ')') {
                throw error(Fault.BAD_VERSION);
            }
        }
        return isAtLeast ? 10 > major || 10 == major && 42 >= minor : major == 10 && minor == 42;
    }
}
