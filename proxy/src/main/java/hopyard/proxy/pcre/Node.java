package hopyard.proxy.pcre;

import java.util.List;

/** A part of a pattern. Options such as {@code (?i)} have been worked into it. */
sealed interface Node {

    /** A character that stands for itself. */
    record Char(int c) implements Node {}

    /** One character out of a set. */
    record OneOf(CharSet set) implements Node {}

    /** Parts one after the other. */
    record Sequence(List<Node> parts) implements Node {}

    /** Parts of which the first that leads to a match is taken. */
    record Choice(List<Node> branches) implements Node {}

    /** A group that captures. */
    record Group(int number, Node body) implements Node {}

    /** A group that gives nothing back. */
    record Atomic(Node body) implements Node {}

    /**
     * A lookaround.
     *
     * @param at where it begins in the pattern
     */
    record Look(boolean behind, boolean negative, Node body, int at) implements Node {}

    /** A step back by so many characters, at the start of each alternative of a lookbehind. */
    record StepBack(int characters) implements Node {}

    /** How a quantifier goes about it. */
    enum Greed {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    /** A part with a quantifier; {@link Integer#MAX_VALUE} is no maximum. */
    record Repeat(Node body, int min, int max, Greed greed) implements Node {}

    /**
     * What a group has captured, once more.
     *
     * @param name the group's name; {@code null} where it has a number
     * @param at where to report that there is no such group
     */
    record Back(int number, String name, boolean ignoresCase, int at) implements Node {}

    /** A group called as a subroutine; number 0 is the whole pattern. */
    record Call(int number, String name, int at) implements Node {}

    /** What a condition asks. */
    enum Ask {
        GROUP,
        NAME,
        RECURSION,
        RECURSION_NAME,
        DEFINE,
        YES,
        NO,
        LOOK
    }

    /**
     * A conditional group.
     *
     * @param look the assertion, where it asks for one
     * @param branches one or two
     */
    record Condition(Ask ask, int number, String name, Look look, List<Node> branches, int at) implements Node {}

    /** What takes no character, and needs no more than its kind to be said. */
    enum Point implements Node {
        SUBJECT_START,
        SUBJECT_END,
        SUBJECT_END_OR_NEWLINE,
        LINE_START,
        LINE_END,
        MATCH_START,
        WORD_BOUNDARY,
        NO_WORD_BOUNDARY,
        KEEP
    }

    /** A sequence that Unicode counts as one character: {@code \X}. */
    enum Cluster implements Node {
        GRAPHEME
    }

    /** The kinds of {@link Verb}. */
    enum Command {
        MARK,
        ACCEPT,
        FAIL,
        COMMIT,
        PRUNE,
        SKIP,
        THEN
    }

    /** A backtracking verb, such as {@code (*SKIP)}; the name may be {@code null}. */
    record Verb(Command command, String name) implements Node {}
}
