package hopyard.proxy.record.redaction;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Finds whether one of some words of the letters a to z stands anywhere in a text, in one pass.
 *
 * @see <a href="https://doi.org/10.1145/360825.360855">Aho, Corasick: Efficient string matching</a>
 */
final class WordFinder {

    /** The state in which one of the words is complete. */
    static final int FOUND = -1;

    private static final int LETTERS = 26;

    /** The next state for each state and letter. */
    private final int[] next;

    WordFinder(List<String> words) {
        next = new int[LETTERS * (1 + words.stream().mapToInt(String::length).sum())];
        int states = 1;
        for (String letters : words) {
            int state = 0;
            for (int i = 0; i < letters.length() && state != FOUND; i++) {
                int at = state * LETTERS + letters.charAt(i) - 'a';
                if (i == letters.length() - 1) {
                    next[at] = FOUND;
                } else if (next[at] == 0) {
                    next[at] = states++;
                }
                state = next[at];
            }
        }
        fill(states);
    }

    /** Breadth first. A transition that a state lacks is that of its longest suffix that is a state. */
    private void fill(int states) {
        int[] shorter = new int[states];
        Deque<Integer> queue = new ArrayDeque<>(List.of(0));
        while (!queue.isEmpty()) {
            int state = queue.remove();
            for (int i = 0; i < LETTERS; i++) {
                int at = state * LETTERS + i;
                int other = state == 0 ? 0 : next[shorter[state] * LETTERS + i];
                if (next[at] == 0 || other == FOUND) {
                    next[at] = other;
                } else if (next[at] != FOUND) {
                    shorter[next[at]] = other;
                    queue.add(next[at]);
                }
            }
        }
    }

    /**
     * Returns the state after one more letter; the first state is 0.
     *
     * @param letter from a to z
     */
    int next(int state, char letter) {
        return next[state * LETTERS + letter - 'a'];
    }
}
