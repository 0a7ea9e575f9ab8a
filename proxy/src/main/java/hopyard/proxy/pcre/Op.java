package hopyard.proxy.pcre;

/** The instructions of a {@link Program}. Behind each stand its operands, in this order. */
final class Op {

    /** The end of the pattern, or of a part that is matched by itself. */
    static final int END = 0;
    /** A character. */
    static final int CHAR = 1;
    /** Several: the index of the string. */
    static final int STRING = 2;
    /** One of a set: the index of the set. */
    static final int SET = 3;
    /** Goes on elsewhere: where. */
    static final int JUMP = 4;
    /** An alternative: where the next one is, what must stand here for this one. */
    static final int CHOICE = 5;
    /** The same, where no other alternative can match if this one may. */
    static final int ONLY_CHOICE = 6;
    /** What must stand here: the index of the set. */
    static final int GUARD = 7;
    /** Notes the place in a register. */
    static final int SAVE = 8;
    /** As many as possible: set, minimum, maximum; never fewer. */
    static final int ALL_OF = 9;
    /** The same, and then fewer; {@link #FEWER} follows. */
    static final int MANY_OF = 10;
    /** One less: the character that must come next, or -1. */
    static final int FEWER = 11;
    /** As few as possible: set, minimum, maximum; {@link #MORE} follows. */
    static final int FEW_OF = 12;
    /** One more: the set, what must stand behind it. */
    static final int MORE = 13;
    /** A part that may be left out: where it ends, what must stand here for it. */
    static final int MAYBE = 14;
    /** The same, where nothing behind it can match if it may. */
    static final int MAYBE_SURELY = 15;
    /** The same, if it is rather left out. */
    static final int MAYBE_NOT = 16;
    /** The end of a part that may come again: where it begins, what must stand here for it. */
    static final int AGAIN = 17;

    static final int AGAIN_SURELY = 18;
    static final int AGAIN_NOT = 19;
    /** Where no character was taken since a register was saved: the register, where to go on. */
    static final int UNLESS_EMPTY = 20;
    /** Sets a register to zero. */
    static final int ZERO = 21;
    /**
     * Counts a part: register, minimum, maximum, where it ends, what must stand here for it, {@link #GREEDY} and so on.
     */
    static final int COUNT = 22;
    /** Like {@link #UNLESS_EMPTY}, once enough has been counted: register, where to go on, counter, minimum. */
    static final int UNLESS_EMPTY_COUNTED = 23;
    /** The end of a group that captures: its number, the register with its start. */
    static final int CLOSE = 24;

    static final int SUBJECT_START = 25;
    static final int SUBJECT_END = 26;
    static final int SUBJECT_END_OR_NEWLINE = 27;
    static final int LINE_START = 28;
    static final int LINE_END = 29;
    static final int WORD_BOUNDARY = 30;
    static final int NO_WORD_BOUNDARY = 31;

    /** From here on, instructions that are rare. One of a set of code points: the index of the set. */
    static final int WIDE_SET = 32;

    static final int GRAPHEME = 33;
    /** Back by so many characters. */
    static final int STEP_BACK = 34;
    /** What a group has captured: whether case does not matter, how many groups, the groups. */
    static final int BACK = 35;
    /** A part that is matched by itself: where to go on. */
    static final int ATOMIC = 36;
    /** A lookaround: whether it is negative, where to go on, and where if not (-1 to go back). */
    static final int LOOK = 37;
    /** A subroutine: where it begins, the group; {@link #UNDO_CALL} follows. */
    static final int CALL = 38;

    static final int UNDO_CALL = 47;
    /** The end of a group that may have been called: its number. */
    static final int RETURN = 39;
    /** Goes elsewhere if none of the groups is set: where, how many, the groups. */
    static final int IF_SET = 40;
    /** Goes elsewhere if no subroutine runs, or none of the groups': where, how many, the groups. */
    static final int IF_CALLED = 41;

    static final int FAIL = 42;
    static final int ACCEPT = 43;
    /** Notes how high the stack is, for (*THEN): the register. */
    static final int HEIGHT = 44;
    /** A verb that acts when it is gone back over; {@link #UNDO_VERB} follows: nothing. */
    static final int VERB = 45;
    /** What the verb then does: its command, the register with the height or the index of the name, or -1. */
    static final int UNDO_VERB = 46;

    /** The operand of {@link #COUNT} that says which way is tried first. */
    static final int GREEDY = 0;

    static final int LAZY = 1;
    static final int SURELY = 2;

    private Op() {}
}
