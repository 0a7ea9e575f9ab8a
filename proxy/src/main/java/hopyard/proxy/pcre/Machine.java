package hopyard.proxy.pcre;

/** Runs the instructions of a {@link Program}: those that most patterns have are here, the others above. */
class Machine extends CountingInstructions {

    // as fast as it is because all that is frequent is in one loop, on local variables
    @Override
    final int run(int from, int place) {
        final int[] code = program.code();
        final boolean[][] sets = program.sets();
        final char[] s = subject;
        final int end = this.end;
        final int[] r = registers;
        final int entry = r[program.frameRegister()];
        final int base = top;
        int[] st = stack;
        int top = base;
        int pc = from;
        int pos = place;
        while (true) {
            // a break of the switch goes back
            switch (code[pc]) {
                case Op.CHAR:
                    if (pos < end && s[pos] == code[pc + 1]) {
                        pos++;
                        pc += 2;
                        continue;
                    }
                    break;
                case Op.STRING:
                    char[] string = program.strings()[code[pc + 1]];
                    if (startsWith(s, pos, end, string)) {
                        pos += string.length;
                        pc += 2;
                        continue;
                    }
                    break;
                case Op.SET:
                    if (pos < end && sets[code[pc + 1]][s[pos]]) {
                        pos++;
                        pc += 2;
                        continue;
                    }
                    break;
                case Op.JUMP:
                    pc = code[pc + 1];
                    continue;
                case Op.CHOICE:
                case Op.MAYBE:
                    if (mayBe(sets, code[pc + 2], s, pos, end)) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = pos;
                        st[top++] = code[pc + 1];
                        pc += 3;
                    } else {
                        pc = code[pc + 1];
                    }
                    continue;
                case Op.ONLY_CHOICE:
                case Op.MAYBE_SURELY:
                    pc = mayBe(sets, code[pc + 2], s, pos, end) ? pc + 3 : code[pc + 1];
                    continue;
                case Op.MAYBE_NOT:
                    if (mayBe(sets, code[pc + 2], s, pos, end)) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = pos;
                        st[top++] = pc + 3;
                    }
                    pc = code[pc + 1];
                    continue;
                case Op.AGAIN:
                    if (mayBe(sets, code[pc + 2], s, pos, end)) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = pos;
                        st[top++] = pc + 3;
                        pc = code[pc + 1];
                    } else {
                        pc += 3;
                    }
                    continue;
                case Op.AGAIN_SURELY:
                    pc = mayBe(sets, code[pc + 2], s, pos, end) ? code[pc + 1] : pc + 3;
                    continue;
                case Op.AGAIN_NOT:
                    if (mayBe(sets, code[pc + 2], s, pos, end)) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = pos;
                        st[top++] = code[pc + 1];
                    }
                    pc += 3;
                    continue;
                case Op.GUARD:
                    if (mayBe(sets, code[pc + 1], s, pos, end)) {
                        pc += 2;
                        continue;
                    }
                    break;
                case Op.SAVE: {
                    int register = code[pc + 1];
                    // with nothing to go back to, nothing is given back
                    if (top > 0) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = r[register];
                        st[top++] = ~register;
                    }
                    r[register] = pos;
                    pc += 2;
                    continue;
                }
                case Op.ALL_OF:
                case Op.MANY_OF:
                case Op.FEW_OF: {
                    boolean[] set = sets[code[pc + 1]];
                    int min = code[pc + 2];
                    int most = code[pc + 3] < end - pos ? pos + code[pc + 3] : end;
                    if (code[pc] == Op.FEW_OF) {
                        int least = pos + min;
                        if (least > end) {
                            break;
                        }
                        while (pos < least && set[s[pos]]) {
                            pos++;
                        }
                        if (pos < least) {
                            break;
                        }
                        int begin = pos;
                        pos = past(sets, code[pc + 6], set, s, pos, most, end);
                        stepsLeft -= pos - begin >> 6;
                        if (!mayBe(sets, code[pc + 6], s, pos, end)) {
                            break;
                        }
                        if (pos < most) {
                            if (top + 4 > st.length) {
                                st = grown();
                            }
                            st[top++] = most;
                            st[top++] = pos;
                            st[top++] = pc + 4;
                        }
                        pc += 7;
                        continue;
                    }
                    int p = pos;
                    while (p < most && set[s[p]]) {
                        p++;
                    }
                    stepsLeft -= p - pos >> 6;
                    if (p - pos < min) {
                        break;
                    }
                    if (code[pc] == Op.ALL_OF) {
                        pos = p;
                        pc += 4;
                        continue;
                    }
                    if (p - pos > min) {
                        if (top + 4 > st.length) {
                            st = grown();
                        }
                        st[top++] = pos + min;
                        st[top++] = p;
                        st[top++] = pc + 4;
                    }
                    pos = p;
                    pc += 6;
                    continue;
                }
                case Op.FEWER: {
                    int least = st[--top];
                    int next = code[pc + 1];
                    pos--;
                    if (next >= 0) {
                        while (pos > least && s[pos] != next) {
                            pos--;
                        }
                    }
                    if (pos > least) {
                        st[top++] = least;
                        st[top++] = pos;
                        st[top++] = pc;
                    }
                    pc += 2;
                    continue;
                }
                case Op.MORE: {
                    int most = st[--top];
                    boolean[] set = sets[code[pc + 1]];
                    if (!set[s[pos]]) {
                        break;
                    }
                    int begin = pos;
                    pos = past(sets, code[pc + 2], set, s, pos + 1, most, end);
                    stepsLeft -= pos - begin >> 6;
                    if (!mayBe(sets, code[pc + 2], s, pos, end)) {
                        break;
                    }
                    if (pos < most) {
                        st[top++] = most;
                        st[top++] = pos;
                        st[top++] = pc;
                    }
                    pc += 3;
                    continue;
                }
                case Op.UNLESS_EMPTY:
                    pc = pos == r[code[pc + 1]] ? code[pc + 2] : pc + 3;
                    continue;
                case Op.ZERO:
                case Op.COUNT:
                case Op.UNLESS_EMPTY_COUNTED:
                case Op.CLOSE:
                    this.top = top;
                    at = pos;
                    pc = counted(pc);
                    st = stack;
                    top = this.top;
                    continue;
                case Op.SUBJECT_START:
                    if (pos == 0) {
                        pc++;
                        continue;
                    }
                    break;
                case Op.SUBJECT_END:
                    if (pos == end) {
                        pc++;
                        continue;
                    }
                    break;
                case Op.SUBJECT_END_OR_NEWLINE:
                    if (pos == end || pos == end - 1 && s[pos] == '\n') {
                        pc++;
                        continue;
                    }
                    break;
                case Op.LINE_START:
                    if (pos == 0 || s[pos - 1] == '\n' && pos < end) {
                        pc++;
                        continue;
                    }
                    break;
                case Op.LINE_END:
                    if (pos == end || s[pos] == '\n') {
                        pc++;
                        continue;
                    }
                    break;
                case Op.WORD_BOUNDARY:
                case Op.NO_WORD_BOUNDARY: {
                    CharSet word = program.word();
                    boolean isBoundary = (pos > 0 && word.contains(s[pos - 1])) != (pos < end && word.contains(s[pos]));
                    if (isBoundary == (code[pc] == Op.WORD_BOUNDARY)) {
                        pc++;
                        continue;
                    }
                    break;
                }
                default: {
                    this.top = top;
                    if (code[pc] == Op.END && r[program.frameRegister()] == entry) {
                        at = pos;
                        return MATCH;
                    }
                    int next = rare(pc, pos, entry, base);
                    st = stack;
                    top = this.top;
                    if (next >= 0) {
                        pos = at;
                        pc = next;
                        continue;
                    }
                    if (next < BACK) {
                        return how(next);
                    }
                    break;
                }
            }
            while (true) {
                if (top == base) {
                    this.top = top;
                    return NO;
                }
                int next = st[--top];
                int word = st[--top];
                if (next >= 0) {
                    pc = next;
                    pos = word;
                    break;
                }
                r[~next] = word;
            }
            if (--stepsLeft <= 0) {
                moreSteps();
            }
        }
    }

    /** Goes on to where what must come next may be, as far as there is nothing but what is in a set. */
    private static int past(boolean[][] sets, int next, boolean[] set, char[] s, int pos, int most, int end) {
        int p = pos;
        while (p < most && !mayBe(sets, next, s, p, end) && set[s[p]]) {
            p++;
        }
        return p;
    }

    private static boolean startsWith(char[] s, int pos, int end, char... string) {
        if (pos + string.length > end) {
            return false;
        }
        for (int i = 0; i < string.length; i++) {
            if (s[pos + i] != string[i]) {
                return false;
            }
        }
        return true;
    }
}
