package hopyard.proxy.pcre;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a {@link Searcher} has in hand: subject, registers, the stack of what it may go back to, subroutines.
 *
 * <p>An entry of the stack is where to go on, on top of what the instruction there wants to know: for most of them, the
 * place in the subject. A negative one is the complement of a register, on top of the value to give back to it.
 */
class MachineState {

    /** A subroutine that runs or has run: what to restore, and where to go on. */
    record Frame(int group, int from, int returnTo, int height, int[] saved) {}

    /** How large a stack may become, in words; a frame of a subroutine counts as its registers. */
    private static final int MAX_STACK = 4 * 1024 * 1024;

    private static final int FIRST_STACK = 1024;

    /** How large an array is kept from one match to the next. */
    private static final int MAX_KEPT = 64 * 1024;

    /** After how many steps the time is looked at, if it is limited. */
    private static final int STEPS_BETWEEN = 256;

    Program program;
    char[] subject = new char[256];
    int end;
    int[] registers = new int[16];
    int[] stack = new int[FIRST_STACK];
    int top;

    /** Where the match has come to, as the last instruction has left it. */
    int at;

    /** Where (*SKIP) wants the next match to begin. */
    int skipTo;

    /** After how many more steps back something has to be looked at. */
    int stepsLeft;

    /** How many steps there are behind those. */
    private int stepsBehind;

    /** When matching must have ended, on the scale of {@link System#nanoTime()}; {@code null} for no limit. */
    private Long deadline;

    final List<Frame> frames = new ArrayList<>();

    /** Limits the time of the matches to come. */
    void until(Long time) {
        deadline = time;
    }

    void begin(Program next, String text) {
        program = next;
        end = text.length();
        if (end > subject.length) {
            subject = new char[Math.max(end, 2 * subject.length)];
        }
        text.getChars(0, end, subject, 0);
        if (next.registers() > registers.length) {
            registers = new int[Math.max(next.registers(), 2 * registers.length)];
        }
        stepsLeft = deadline == null ? next.matchLimit() : Math.min(next.matchLimit(), STEPS_BETWEEN);
        stepsBehind = next.matchLimit() - stepsLeft;
    }

    /** Forgets what is large. */
    void release() {
        if (subject.length > MAX_KEPT) {
            subject = new char[256];
        }
        if (stack.length > MAX_KEPT) {
            stack = new int[FIRST_STACK];
        }
        frames.clear();
    }

    void restart(int from) {
        Arrays.fill(registers, 0, program.registers(), -1);
        registers[0] = from;
        registers[program.frameRegister()] = 0;
        top = 0;
        frames.clear();
    }

    /** Goes on counting, or gives up. */
    final void moreSteps() {
        if (stepsLeft < 0) {
            // more at once than were left
            stepsBehind += stepsLeft;
        }
        if (stepsBehind <= 0 || deadline != null && System.nanoTime() - deadline > 0) {
            throw new MatchError(MatchError.MATCH_LIMIT);
        }
        stepsLeft = deadline == null ? stepsBehind : Math.min(stepsBehind, STEPS_BETWEEN);
        stepsBehind -= stepsLeft;
    }

    /** Makes room for an entry; returns the stack. */
    final int[] grown() {
        if (stack.length >= MAX_STACK) {
            throw new MatchError(MatchError.HEAP_LIMIT);
        }
        stack = Arrays.copyOf(stack, 2 * stack.length);
        return stack;
    }

    final void push(int word, int goOn) {
        if (top + 4 > stack.length) {
            grown();
        }
        stack[top++] = word;
        stack[top++] = goOn;
    }

    /** Sets a register, which gets its value back when the match goes back. */
    final void set(int register, int value) {
        push(registers[register], ~register);
        registers[register] = value;
    }

    /** Goes back to a height of the stack. */
    final void unwind(int height) {
        while (top > height) {
            int entry = stack[top - 1];
            if (entry < 0) {
                registers[~entry] = stack[top - 2];
            }
            top -= size(entry);
        }
    }

    /** Removes what could be gone back to above a height, but not what registers are to get back. */
    final void cut(int height) {
        int to = top;
        int from = top;
        while (from > height) {
            int entry = stack[from - 1];
            if (entry < 0) {
                stack[--to] = entry;
                stack[--to] = stack[from - 2];
            }
            from -= size(entry);
        }
        System.arraycopy(stack, to, stack, height, top - to);
        top = height + top - to;
    }

    /** Returns how many words an entry has. */
    final int size(int entry) {
        if (entry < 0) {
            return 2;
        }
        int op = program.code()[entry];
        return op == Op.FEWER || op == Op.MORE ? 3 : 2;
    }

    final void checkFrames() {
        if ((long) frames.size() * program.registers() > MAX_STACK) {
            throw new MatchError(MatchError.HEAP_LIMIT);
        }
    }
}
