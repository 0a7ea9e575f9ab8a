package hopyard.proxy.pcre;

import hopyard.proxy.pcre.Program.Start;

/** Finds the first match in a text. One for each thread, which is used again and again. */
final class Searcher extends Machine {

    /**
     * Whether there is a match somewhere in a text. If there is, {@link #registers} has where it and its groups begin
     * and end.
     *
     * @throws MatchError if it is given up
     */
    boolean find(Program which, String text) {
        begin(which, text);
        Start start = which.start();
        if (start.required() >= 0 && !hasRequired(start)) {
            return false;
        }
        for (int from = 0; from <= end - start.minLength(); ) {
            from = candidate(start, from);
            if (from < 0) {
                return false;
            }
            restart(from);
            int how = run(0, from);
            if (how == MATCH || how == ACCEPTED) {
                registers[1] = at;
                return true;
            }
            if (how == COMMIT || start.anchored()) {
                return false;
            }
            from = how == SKIP && skipTo > from ? skipTo : from + 1;
            if (which.isUtf()
                    && from < end
                    && from > 0
                    && Character.isSurrogatePair(subject[from - 1], subject[from])) {
                from++;
            }
        }
        return false;
    }

    private boolean hasRequired(Start start) {
        for (int i = end - 1; i >= 0; i--) {
            if (subject[i] == start.required() || subject[i] == start.requiredToo()) {
                return true;
            }
        }
        return false;
    }

    /** Returns the first place from here on where a match may begin; -1 if there is none. */
    private int candidate(Start start, int from) {
        if (start.anchored()) {
            return from > 0 ? -1 : start.first() == null || start.first()[end > 0 ? subject[0] : Ahead.END] ? 0 : -1;
        }
        char[] s = subject;
        int i = from;
        if (start.lines()) {
            while (i > 0 && i <= end && s[i - 1] != '\n') {
                i++;
            }
            return i <= end ? i : -1;
        }
        boolean[] first = start.first();
        if (first == null) {
            return from;
        }
        int single = start.single();
        if (single >= 0) {
            while (i < end && s[i] != single) {
                i++;
            }
        } else {
            while (i < end && !first[s[i]]) {
                i++;
            }
        }
        return i < end || first[Ahead.END] ? i : -1;
    }
}
