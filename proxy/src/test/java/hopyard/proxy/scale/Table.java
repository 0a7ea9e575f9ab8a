package hopyard.proxy.scale;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table of docs/scale.md.
 *
 * @param name what the document and the charts call it
 * @param columns their headings; the first column says what a row is about
 */
record Table(String name, List<String> columns, List<List<String>> rows) {

    static Table of(String name, String... columns) {
        return new Table(name, List.of(columns), new ArrayList<>());
    }

    /** Adds a row: texts, and numbers as they are to be read. */
    void add(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(
                    name + ": " + cells.length + " cells in a row of " + columns.size() + " columns");
        }
        rows.add(List.of(cells));
    }

    /** Returns it as the document has it, without an end of the last line. */
    String markdown() {
        StringBuilder out = new StringBuilder("| ").append(String.join(" | ", columns));
        out.append(" |\n|---").append("|--:".repeat(columns.size() - 1)).append('|');
        rows.forEach(row -> out.append("\n| ").append(String.join(" | ", row)).append(" |"));
        return out.toString();
    }

    static String number(double value) {
        return value >= 100
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }

    static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Returns a share of 1 as percent. */
    static String percent(double share) {
        return String.format(Locale.ROOT, share >= 0.0995 || share == 0 ? "%.0f %%" : "%.1f %%", share * 100);
    }
}
