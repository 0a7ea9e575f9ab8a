package hopyard.proxy.console.config;

import hopyard.proxy.console.endpoint.Refusal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What differs between two texts, by line: the fewest lines to remove and to add, as long as they are not too many to
 * look for.
 *
 * @see <a href="https://doi.org/10.1007/BF01840446">Myers: An O(ND) difference algorithm and its variations</a>
 */
final class LineDiff {

    /** How many lines a text may have. */
    private static final int MAX_LINES = 20_000;

    /** Where there are more changes than this, all between the first and the last of them counts as changed. */
    private static final int MAX_CHANGES = 1000;

    /** How many unchanged lines are shown on either side of a change. */
    private static final int CONTEXT = 3;

    private static final String NO_NEWLINE = "\\ No newline at end of file";

    private final List<String> from;
    private final List<String> to;
    private final BitSet removed = new BitSet();
    private final BitSet added = new BitSet();

    /**
     * A piece of a unified diff.
     *
     * @param fromLine the number of its first line in the old text, from 1
     * @param lines each with its sign ahead: a space, {@code -} or {@code +}
     */
    record Hunk(int fromLine, int fromCount, int toLine, int toCount, List<String> lines) {

        String header() {
            return "@@ -" + range(fromLine, fromCount) + " +" + range(toLine, toCount) + " @@";
        }

        /** An empty range is named by the line before it. */
        private static String range(int line, int count) {
            return count == 1 ? "" + line : (count == 0 ? line - 1 : line) + "," + count;
        }
    }

    /**
     * @throws Refusal if a text has too many lines
     */
    LineDiff(String from, String to) throws Refusal {
        this.from = lines(from);
        this.to = lines(to);
        compare();
    }

    /** The lines, each with its line feed. */
    private static List<String> lines(String text) throws Refusal {
        List<String> lines = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int feed = text.indexOf('\n', start);
            int end = feed < 0 ? text.length() : feed + 1;
            lines.add(text.substring(start, end));
            if (lines.size() > MAX_LINES) {
                throw new Refusal(413, "texts of up to " + MAX_LINES + " lines are compared");
            }
            start = end;
        }
        return lines;
    }

    /** How many lines are removed. */
    int removed() {
        return removed.cardinality();
    }

    /** How many lines are added. */
    int added() {
        return added.cardinality();
    }

    private void compare() {
        Map<String, Integer> numbers = new HashMap<>();
        int[] a = numbered(from, numbers);
        int[] b = numbered(to, numbers);
        int start = 0;
        while (start < a.length && start < b.length && a[start] == b[start]) {
            start++;
        }
        int aEnd = a.length;
        int bEnd = b.length;
        while (aEnd > start && bEnd > start && a[aEnd - 1] == b[bEnd - 1]) {
            aEnd--;
            bEnd--;
        }
        List<int[]> reached = search(a, b, start, aEnd, bEnd);
        if (reached == null) {
            removed.set(start, aEnd);
            added.set(start, bEnd);
        } else {
            walkBack(reached, start, aEnd - start, bEnd - start);
        }
    }

    private static int[] numbered(List<String> lines, Map<String, Integer> numbers) {
        return lines.stream()
                .mapToInt(line -> numbers.computeIfAbsent(line, l -> numbers.size()))
                .toArray();
    }

    /**
     * Looks for the shortest way from corner to corner of the grid of both texts.
     *
     * @return for each number of changes, how far along the old text one comes with it, on each diagonal from that
     *     number below to that number above; {@code null} if there are too many changes
     */
    private static List<int[]> search(int[] a, int[] b, int start, int aEnd, int bEnd) {
        int n = aEnd - start;
        int m = bEnd - start;
        List<int[]> reached = new ArrayList<>();
        for (int d = 0; d <= Math.min(n + m, MAX_CHANGES); d++) {
            int[] now = new int[2 * d + 1];
            reached.add(now);
            for (int k = -d; k <= d; k += 2) {
                int x = d == 0 ? 0 : step(reached.get(d - 1), d, k);
                while (x < n && x - k < m && a[start + x] == b[start + x - k]) {
                    x++;
                }
                now[k + d] = x;
                if (x >= n && x - k >= m) {
                    return reached;
                }
            }
        }
        return null;
    }

    /** Where one comes to diagonal {@code k} with the {@code d}-th change, from what was reached with one less. */
    private static int step(int[] before, int d, int k) {
        return comesByAdding(before, d, k) ? before[k + 1 + d - 1] : before[k - 1 + d - 1] + 1;
    }

    private static boolean comesByAdding(int[] before, int d, int k) {
        return k == -d || k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1];
    }

    private void walkBack(List<int[]> reached, int start, int n, int m) {
        int x = n;
        int k = n - m;
        for (int d = reached.size() - 1; d > 0; d--) {
            int[] before = reached.get(d - 1);
            if (comesByAdding(before, d, k)) {
                k++;
                x = before[k + d - 1];
                added.set(start + x - k);
            } else {
                k--;
                x = before[k + d - 1];
                removed.set(start + x);
            }
        }
    }

    /** The changes with what is around them. */
    List<Hunk> hunks() {
        List<Hunk> hunks = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (true) {
            int same = same(i, j);
            if (i + same == from.size() && j + same == to.size()) {
                return hunks;
            }
            int before = Math.min(same, CONTEXT);
            i += same - before;
            j += same - before;
            Hunk hunk = hunk(i, j);
            hunks.add(hunk);
            i += hunk.fromCount;
            j += hunk.toCount;
        }
    }

    /** How many unchanged lines follow. */
    private int same(int i, int j) {
        int same = 0;
        while (i + same < from.size() && j + same < to.size() && !removed.get(i + same) && !added.get(j + same)) {
            same++;
        }
        return same;
    }

    /**
     * The hunk that begins at these lines: up to where more lines are unchanged than belong to it and to the next one.
     */
    private Hunk hunk(int fromStart, int toStart) {
        List<String> lines = new ArrayList<>();
        int i = fromStart;
        int j = toStart;
        while (true) {
            int same = same(i, j);
            boolean isEnd = i + same == from.size() && j + same == to.size();
            boolean isLast = same > 2 * CONTEXT || isEnd;
            int shown = isLast ? Math.min(same, CONTEXT) : same;
            for (int line = 0; line < shown; line++, i++, j++) {
                add(lines, ' ', from.get(i));
            }
            if (isLast) {
                return new Hunk(fromStart + 1, i - fromStart, toStart + 1, j - toStart, lines);
            }
            for (; removed.get(i); i++) {
                add(lines, '-', from.get(i));
            }
            for (; added.get(j); j++) {
                add(lines, '+', to.get(j));
            }
        }
    }

    private static void add(List<String> lines, char sign, String line) {
        boolean ends = line.endsWith("\n");
        lines.add(sign + (ends ? line.substring(0, line.length() - 1) : line));
        if (!ends) {
            lines.add(NO_NEWLINE);
        }
    }
}
