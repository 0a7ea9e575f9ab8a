package hopyard.proxy.pcre;

/**
 * A compiled pattern.
 *
 * @param code the instructions: see {@link Op}
 * @param sets sets of bytes and the end of the subject: see {@link Ahead}
 * @param wide sets of code points
 * @param strings runs of characters
 * @param groups how many groups capture
 * @param registers how many registers it needs: two for each group and the whole, the running subroutine, and its own
 * @param isUtf whether the subject is UTF-8
 * @param word what {@code \b} takes for a character of a word
 * @param start where a match can begin
 * @param matchLimit how often it may go back
 */
record Program(
        int[] code,
        boolean[][] sets,
        CharSet[] wide,
        char[][] strings,
        int groups,
        int registers,
        boolean isUtf,
        CharSet word,
        Start start,
        int matchLimit) {

    /**
     * Where a match can begin, so that other places need not be tried.
     *
     * @param anchored at the start of the subject only
     * @param lines at the start of a line only
     * @param first what must stand there; {@code null} if nothing is known
     * @param single the byte that must; -1 if there is none
     * @param required a byte that must stand somewhere; -1 if there is none
     * @param requiredToo the same in the other case
     * @param minLength how many characters there must be
     */
    record Start(
            boolean anchored,
            boolean lines,
            boolean[] first,
            int single,
            int required,
            int requiredToo,
            int minLength) {}

    /** Returns the register that says which subroutine runs. */
    int frameRegister() {
        return 2 * (groups + 1);
    }
}
