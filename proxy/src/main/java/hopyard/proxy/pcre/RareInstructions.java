package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Node.Command;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The instructions that few patterns have. */
abstract class RareInstructions extends MachineState {

    /** How {@link #run} ends. */
    static final int NO = 0;

    static final int MATCH = 1;
    static final int ACCEPTED = 2;
    static final int COMMIT = 3;
    static final int PRUNE = 4;
    static final int SKIP = 5;
    static final int THEN = 6;

    /** What {@link #rare} returns for going back. From here downwards, the run ends. */
    static final int BACK = -1;

    /** How deep parts that are matched by themselves may be in each other, by way of subroutines. */
    private static final int MAX_DEPTH = 500;

    private static final Command[] COMMANDS = Command.values();

    private static final Pattern GRAPHEME = Pattern.compile("\\X");

    private int depth;

    /**
     * Runs instructions until a part has matched, or cannot. {@link #at} is then where it ended.
     *
     * @return how it ended
     */
    abstract int run(int from, int place);

    static int ended(int how) {
        return -2 - how;
    }

    static int how(int ended) {
        return -2 - ended;
    }

    private int nested(int from, int place) {
        if (++depth > MAX_DEPTH) {
            depth = 0;
            throw new MatchError(MatchError.DEPTH_LIMIT);
        }
        int how = run(from, place);
        depth--;
        return how;
    }

    @Override
    void restart(int from) {
        super.restart(from);
        depth = 0;
    }

    /**
     * Runs one instruction. {@link #at} is then where the match has come to.
     *
     * @param entry the subroutine in which the run began
     * @param base the height of the stack at which it began
     * @return where to go on; {@link #BACK}; {@link #ended}
     */
    final int rare(int pc, int place, int entry, int base) {
        int[] code = program.code();
        at = place;
        int frame = program.frameRegister();
        switch (code[pc]) {
            case Op.END -> {
                return leave(registers[frame]);
            }
            case Op.RETURN -> {
                int running = registers[frame];
                boolean isCalled = running != entry && frames.get(running - 1).group() == code[pc + 1];
                return isCalled ? back(running) : pc + 2;
            }
            case Op.ACCEPT -> {
                return registers[frame] == entry ? ended(ACCEPTED) : leave(registers[frame]);
            }
            case Op.CALL -> {
                return call(pc, place);
            }
            case Op.UNDO_CALL -> {
                frames.subList(place, frames.size()).clear();
                return BACK;
            }
            case Op.WIDE_SET -> {
                if (place == end) {
                    return BACK;
                }
                int c = Character.codePointAt(subject, place, end);
                at = place + Character.charCount(c);
                return program.wide()[code[pc + 1]].contains(c) ? pc + 2 : BACK;
            }
            case Op.GRAPHEME -> {
                return grapheme(pc);
            }
            case Op.STEP_BACK -> {
                return stepBack(code[pc + 1]) ? pc + 2 : BACK;
            }
            case Op.BACK -> {
                return reference(pc) ? pc + 3 + code[pc + 2] : BACK;
            }
            case Op.ATOMIC -> {
                return atomic(pc, entry);
            }
            case Op.LOOK -> {
                return look(pc);
            }
            case Op.FAIL -> {
                return BACK;
            }
            case Op.IF_SET, Op.IF_CALLED -> {
                return isSo(pc) ? pc + 3 + code[pc + 2] : code[pc + 1];
            }
            case Op.HEIGHT -> {
                int height = top;
                set(code[pc + 1], height);
                return pc + 2;
            }
            case Op.VERB -> {
                push(place, pc + 1);
                return pc + 4;
            }
            case Op.UNDO_VERB -> {
                return verb(pc, entry, base);
            }
            default -> throw new IllegalStateException("instruction " + code[pc]);
        }
    }

    private int call(int pc, int place) {
        int frame = program.frameRegister();
        int group = program.code()[pc + 2];
        for (int i = registers[frame]; i > 0; i = frames.get(i - 1).saved()[frame]) {
            if (frames.get(i - 1).group() == group) {
                if (frames.get(i - 1).from() == place) {
                    throw new MatchError(MatchError.RECURSE_LOOP);
                }
                break;
            }
        }
        int[] saved = java.util.Arrays.copyOf(registers, program.registers());
        Frame its = new Frame(group, place, pc + 4, top, saved);
        int size = frames.size();
        set(frame, size + 1);
        push(size, pc + 3);
        frames.add(its);
        checkFrames();
        return program.code()[pc + 1];
    }

    /** Returns from a subroutine: registers are again what they were. */
    private int back(int running) {
        Frame its = frames.get(running - 1);
        for (int i = 1; i < its.saved().length; i++) {
            if (registers[i] != its.saved()[i]) {
                set(i, its.saved()[i]);
            }
        }
        return its.returnTo();
    }

    /**
     * Returns from a subroutine by the end of the pattern, or by (*ACCEPT). As in PCRE2, what else it could have
     * matched is forgotten then.
     */
    private int leave(int running) {
        int height = frames.get(running - 1).height();
        int next = back(running);
        cut(height);
        frames.subList(running - 1, frames.size()).clear();
        return next;
    }

    private int atomic(int pc, int entry) {
        // so that there is something on the stack, and registers are noted
        push(registers[0], ~0);
        int base = top;
        int how = nested(pc + 2, at);
        switch (how) {
            case MATCH -> {
                cut(base);
                return program.code()[pc + 1];
            }
            case NO -> {
                return BACK;
            }
            case ACCEPTED -> {
                int running = registers[program.frameRegister()];
                return running == entry ? ended(ACCEPTED) : leave(running);
            }
            default -> {
                return ended(how);
            }
        }
    }

    private int look(int pc) {
        int[] code = program.code();
        int place = at;
        push(registers[0], ~0);
        int base = top;
        int how = nested(pc + 4, place);
        at = place;
        boolean isFound = how == MATCH || how == ACCEPTED;
        boolean isNegative = code[pc + 1] == 1;
        if (isFound && !isNegative) {
            cut(base);
            return code[pc + 2];
        }
        if (!isNegative && how != NO && how != THEN) {
            return ended(how);
        }
        unwind(base);
        return !isFound && isNegative ? code[pc + 2] : code[pc + 3];
    }

    private boolean isSo(int pc) {
        int[] code = program.code();
        int running = registers[program.frameRegister()];
        boolean isCalled = code[pc] == Op.IF_CALLED;
        if (isCalled && code[pc + 2] == 0) {
            return running > 0;
        }
        for (int i = 0; i < code[pc + 2]; i++) {
            int group = code[pc + 3 + i];
            if (isCalled ? running > 0 && frames.get(running - 1).group() == group : registers[2 * group + 1] >= 0) {
                return true;
            }
        }
        return false;
    }

    private boolean reference(int pc) {
        int[] code = program.code();
        int group = -1;
        for (int i = 0; i < code[pc + 2] && group < 0; i++) {
            group = registers[2 * code[pc + 3 + i] + 1] >= 0 ? code[pc + 3 + i] : -1;
        }
        if (group < 0) {
            return false;
        }
        int from = registers[2 * group];
        int length = registers[2 * group + 1] - from;
        if (at + length > end) {
            return false;
        }
        stepsLeft -= length >> 6;
        for (int i = 0; i < length; i++) {
            char one = subject[from + i];
            char other = subject[at + i];
            if (one != other && (code[pc + 1] == 0 || !isSameLetter(one, other))) {
                return false;
            }
        }
        at += length;
        return true;
    }

    private boolean isSameLetter(char one, char other) {
        if (!program.isUtf() && (one > 0x7f || other > 0x7f)) {
            return false;
        }
        return Character.toLowerCase(one) == Character.toLowerCase(other)
                || Character.toUpperCase(one) == Character.toUpperCase(other);
    }

    private boolean stepBack(int characters) {
        if (!program.isUtf()) {
            at -= characters;
            return at >= 0;
        }
        for (int i = 0; i < characters; i++) {
            if (at == 0) {
                return false;
            }
            at -= at > 1 && Character.isSurrogatePair(subject[at - 2], subject[at - 1]) ? 2 : 1;
        }
        return true;
    }

    private int grapheme(int pc) {
        if (at == end) {
            return BACK;
        }
        if (program.isUtf()) {
            Matcher next = GRAPHEME.matcher(java.nio.CharBuffer.wrap(subject, at, end - at));
            at += next.lookingAt() ? next.end() : 1;
        } else {
            at += subject[at] == '\r' && at + 1 < end && subject[at + 1] == '\n' ? 2 : 1;
        }
        return pc + 1;
    }

    private int verb(int pc, int entry, int base) {
        int[] code = program.code();
        Command command = COMMANDS[code[pc + 1]];
        int operand = code[pc + 2];
        if (command == Command.MARK) {
            return BACK;
        }
        int running = registers[program.frameRegister()];
        if (command == Command.THEN && operand >= 0 && registers[operand] >= base) {
            unwind(registers[operand]);
            return BACK;
        }
        if (running != entry) {
            // it is as if the subroutine had not matched
            unwind(frames.get(running - 1).height());
            return BACK;
        }
        skipTo = at;
        if (command == Command.SKIP && operand >= 0) {
            skipTo = marked(operand);
            if (skipTo < 0) {
                return BACK;
            }
        }
        return ended(
                switch (command) {
                    case COMMIT -> COMMIT;
                    case PRUNE -> PRUNE;
                    case SKIP -> SKIP;
                    default -> THEN;
                });
    }

    /** Returns where the match went past a mark; -1 if it did not. */
    private int marked(int name) {
        int[] code = program.code();
        for (int i = top; i > 0; i -= size(stack[i - 1])) {
            int entry = stack[i - 1];
            if (entry >= 0
                    && code[entry] == Op.UNDO_VERB
                    && code[entry + 1] == Command.MARK.ordinal()
                    && code[entry + 2] == name) {
                return stack[i - 2];
            }
        }
        return -1;
    }
}
