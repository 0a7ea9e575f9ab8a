package hopyard.proxy.pcre;

/** The instructions of groups that are repeated a number of times, and of groups whose captures are asked for. */
abstract class CountingInstructions extends RareInstructions {

    /** Whether what stands at a place is in a set; -1 is the set of everything. */
    static boolean mayBe(boolean[][] sets, int set, char[] s, int pos, int end) {
        return set < 0 || sets[set][pos < end ? s[pos] : Ahead.END];
    }

    /** Runs an instruction about counts, or the end of a group. Returns where to go on. */
    final int counted(int pc) {
        int[] code = program.code();
        int register = code[pc + 1];
        switch (code[pc]) {
            case Op.ZERO -> {
                set(register, 0);
                return pc + 2;
            }
            case Op.CLOSE -> {
                set(2 * register, registers[code[pc + 2]]);
                set(2 * register + 1, at);
                return pc + 3;
            }
            case Op.UNLESS_EMPTY_COUNTED -> {
                boolean isOut = at == registers[register] && registers[code[pc + 3]] >= code[pc + 4];
                return isOut ? code[pc + 2] : pc + 5;
            }
            default -> {
                return count(pc, register);
            }
        }
    }

    private int count(int pc, int register) {
        int[] code = program.code();
        int count = registers[register];
        int out = code[pc + 4];
        int body = pc + 7;
        if (count >= code[pc + 2]) {
            if (count >= code[pc + 3] || !mayBe(program.sets(), code[pc + 5], subject, at, end)) {
                return out;
            }
            if (code[pc + 6] == Op.LAZY) {
                // what comes back here has counted it
                set(register, count + 1);
                push(at, body);
                set(register, count);
                return out;
            }
            if (code[pc + 6] == Op.GREEDY) {
                push(at, out);
            }
        }
        set(register, count + 1);
        return body;
    }
}
