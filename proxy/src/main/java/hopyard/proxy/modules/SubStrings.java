package hopyard.proxy.modules;

import hopyard.proxy.exchange.Template;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Strings to look for in a content, all at the same time and without regard to case. Where several of them begin at the
 * same byte, the first one counts, as in nginx. It never changes.
 */
final class SubStrings {

    /** What a place in the content is. */
    enum Found {
        /** Another text. */
        NOTHING,
        /** The beginning of a string, as far as the content goes. */
        BEGINNING,
        /** The whole string. */
        ALL
    }

    private record Pair(byte[] string, Template value) {}

    private static final byte[] LOWER = new byte[256];

    static {
        for (int i = 0; i < LOWER.length; i++) {
            LOWER[i] = (byte) (i >= 'A' && i <= 'Z' ? i | 0x20 : i);
        }
    }

    /** In the order of the byte with which the shortest string ends, and then in the order of the file. */
    private final List<Pair> pairs;

    private final int shortest;
    private final int longest;
    /** By how many bytes no string can begin earlier, if the byte where the shortest one would end is this one. */
    private final int[] steps = new int[256];
    /** The index of the first string with that byte there, and behind it of the next one's. */
    private final int[] first = new int[257];

    private SubStrings(List<Pair> pairs) {
        shortest = pairs.stream().mapToInt(each -> each.string.length).min().getAsInt();
        longest = pairs.stream().mapToInt(each -> each.string.length).max().getAsInt();
        this.pairs = pairs.stream()
                .sorted(Comparator.comparing(each -> each.string[shortest - 1] & 0xff))
                .toList();
        Arrays.fill(steps, shortest);
        for (Pair each : pairs) {
            for (int i = 0; i < shortest; i++) {
                int b = each.string[i] & 0xff;
                steps[b] = Math.min(steps[b], shortest - 1 - i);
            }
            for (int b = (each.string[shortest - 1] & 0xff) + 1; b < first.length; b++) {
                first[b]++;
            }
        }
    }

    /**
     * Returns strings with their values; {@code null} if there are none.
     *
     * @param strings in lower case or not; empty ones do not count
     */
    static SubStrings of(List<String> strings, List<Template> values) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < strings.size(); i++) {
            if (!strings.get(i).isEmpty()) {
                pairs.add(new Pair(lower(strings.get(i)).getBytes(StandardCharsets.ISO_8859_1), values.get(i)));
            }
        }
        return pairs.isEmpty() ? null : new SubStrings(pairs);
    }

    /** Returns a byte string with its ASCII letters in lower case. */
    static String lower(String bytes) {
        StringBuilder out = new StringBuilder(bytes);
        for (int i = 0; i < out.length(); i++) {
            out.setCharAt(i, (char) (LOWER[out.charAt(i) & 0xff] & 0xff));
        }
        return out.toString();
    }

    int count() {
        return pairs.size();
    }

    int shortest() {
        return shortest;
    }

    int longest() {
        return longest;
    }

    int length(int i) {
        return pairs.get(i).string.length;
    }

    Template value(int i) {
        return pairs.get(i).value;
    }

    /** Returns how far to go on if the shortest string would end with that byte; 0 if a string may begin here. */
    int step(byte b) {
        return steps[LOWER[b & 0xff] & 0xff];
    }

    /** Returns the index of the first string that has that byte where the shortest one ends. */
    int firstWith(byte b) {
        return first[LOWER[b & 0xff] & 0xff];
    }

    /** Returns the index behind the last string that has that byte there. */
    int endOf(byte b) {
        return first[(LOWER[b & 0xff] & 0xff) + 1];
    }

    /** Compares a string with the content from an index on. */
    Found compare(int i, byte[] content, int from, int to) {
        byte[] string = pairs.get(i).string;
        int n = Math.min(string.length, to - from);
        for (int k = 0; k < n; k++) {
            if (LOWER[content[from + k] & 0xff] != string[k]) {
                return Found.NOTHING;
            }
        }
        return n == string.length ? Found.ALL : Found.BEGINNING;
    }

    /** Whether some string may begin at an index of the content. */
    boolean mayBegin(byte[] content, int from, int to) {
        for (int i = 0; i < pairs.size(); i++) {
            if (compare(i, content, from, to) != Found.NOTHING) {
                return true;
            }
        }
        return false;
    }
}
