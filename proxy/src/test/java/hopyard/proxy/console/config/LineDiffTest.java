package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.console.endpoint.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Differences by line. */
class LineDiffTest {

    private static final String NO_NEWLINE = "\\ No newline at end of file";

    @Test
    void equalTextsHaveNoHunks() throws Refusal {
        assertEquals(List.of(), new LineDiff("a\nb\n", "a\nb\n").hunks());
        assertEquals(List.of(), new LineDiff("", "").hunks());
    }

    @Test
    void aChangeIsShownWithThreeLinesOnEitherSide() throws Refusal {
        List<LineDiff.Hunk> hunks = new LineDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n").hunks();
        assertEquals(1, hunks.size());
        assertEquals("@@ -2,7 +2,7 @@", hunks.get(0).header());
        assertEquals(
                List.of(" 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"),
                hunks.get(0).lines());
    }

    @Test
    void changesFarApartAreHunksOfTheirOwn() throws Refusal {
        String text = "l\n".repeat(20);
        List<LineDiff.Hunk> hunks = new LineDiff("a\n" + text + "b\n", text + "c\n").hunks();
        assertEquals(
                List.of("@@ -1,4 +1,3 @@", "@@ -19,4 +18,4 @@"),
                hunks.stream().map(LineDiff.Hunk::header).toList());
    }

    @Test
    void aMissingLineFeedAtTheEndIsADifference() throws Refusal {
        assertEquals(
                List.of("-a", "+a", NO_NEWLINE),
                new LineDiff("a\n", "a").hunks().get(0).lines());
        assertEquals("@@ -0,0 +1 @@", new LineDiff("", "a\n").hunks().get(0).header());
    }

    @Test
    void anyTextBecomesTheOtherWithTheFewestChanges() throws Refusal {
        Random random = new Random(16);
        for (int i = 0; i < 3000; i++) {
            String from = text(random);
            String to = text(random);
            LineDiff diff = new LineDiff(from, to);
            assertEquals(to, applied(from, diff.hunks()), () -> from + "\n==>\n" + to);
            List<String> a = from.lines().toList();
            List<String> b = to.lines().toList();
            assertEquals(a.size() + b.size() - 2 * common(a, b), diff.removed() + diff.added());
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int lines = random.nextInt(25); lines > 0; lines--) {
            text.append((char) ('a' + random.nextInt(4))).append('\n');
        }
        return text.toString();
    }

    /** The length of the longest common subsequence. */
    private static int common(List<String> a, List<String> b) {
        int[][] longest = new int[a.size() + 1][b.size() + 1];
        for (int i = 1; i <= a.size(); i++) {
            for (int j = 1; j <= b.size(); j++) {
                longest[i][j] = a.get(i - 1).equals(b.get(j - 1))
                        ? longest[i - 1][j - 1] + 1
                        : Math.max(longest[i - 1][j], longest[i][j - 1]);
            }
        }
        return longest[a.size()][b.size()];
    }

    /** What patch(1) does. */
    private static String applied(String text, List<LineDiff.Hunk> hunks) {
        List<String> from = text.lines().toList();
        List<String> to = new ArrayList<>();
        int at = 0;
        for (LineDiff.Hunk hunk : hunks) {
            to.addAll(from.subList(at, hunk.fromLine() - 1));
            at = hunk.fromLine() - 1;
            assertEquals(hunk.toLine() - 1, to.size());
            for (String line : hunk.lines()) {
                if (line.charAt(0) != '+') {
                    assertEquals(from.get(at++), line.substring(1));
                }
                if (line.charAt(0) != '-') {
                    to.add(line.substring(1));
                }
            }
            assertEquals(hunk.fromLine() - 1 + hunk.fromCount(), at);
            assertEquals(hunk.toLine() - 1 + hunk.toCount(), to.size());
        }
        to.addAll(from.subList(at, from.size()));
        return to.stream().map(line -> line + "\n").reduce("", String::concat);
    }

    @Test
    void textsThatHaveNothingInCommonAreComparedInBoundedTime() throws Refusal {
        StringBuilder from = new StringBuilder();
        StringBuilder to = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            from.append("a").append(i).append('\n');
            to.append("b").append(i).append('\n');
        }
        LineDiff diff = new LineDiff(from.toString(), to.toString());
        assertEquals(20_000, diff.removed());
        assertEquals(20_000, diff.added());
        assertEquals(1, diff.hunks().size());
    }

    @Test
    void textsOfTooManyLinesAreRefused() {
        Refusal refusal = assertThrows(Refusal.class, () -> new LineDiff("\n".repeat(1 << 20), ""));
        assertEquals(413, refusal.status());
        assertTrue(refusal.getMessage().contains("20000 lines"), refusal.getMessage());
    }
}
