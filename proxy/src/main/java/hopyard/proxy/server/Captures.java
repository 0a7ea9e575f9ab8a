package hopyard.proxy.server;

/**
 * What a regular expression has captured.
 *
 * @param groups where the match and each group begin and end in the text; negative for a group that has not matched
 */
public record Captures(String text, int[] groups) {

    /** Returns what a group has captured; {@code null} for nothing. */
    public String group(int number) {
        int at = 2 * number;
        return at >= groups.length || groups[at] < 0 ? null : text.substring(groups[at], groups[at + 1]);
    }
}
