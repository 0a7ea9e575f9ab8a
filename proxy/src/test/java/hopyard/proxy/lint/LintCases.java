package hopyard.proxy.lint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The linter's cases. A line {@code ### check: what it is about} begins one; then come the contents of an http block. A
 * line that ends with {@code #!} is where the check has to find something; {@code proof} and {@code no-fix} behind it
 * say that a request shows it, and that no program can mend it. A case without such lines is one in which the check
 * finds nothing.
 *
 * @param check the check's name
 */
record LintCases(String check, String name, String http) {

    private static final String MARK = "#!";

    /** One that has to be found. */
    record Expected(int line, boolean hasFix, boolean hasProof) {}

    static List<LintCases> all() throws IOException {
        List<LintCases> out = new ArrayList<>();
        String file = Files.readString(Path.of("src/test/resources/lint.cases"), StandardCharsets.UTF_8);
        for (String text : file.split("(?m)^### ")) {
            if (!text.isBlank()) {
                String title = text.substring(0, text.indexOf('\n'));
                int colon = title.indexOf(':');
                out.add(new LintCases(
                        title.substring(0, colon), title.substring(colon + 1).trim(), text.substring(title.length())));
            }
        }
        return out;
    }

    boolean isPositive() {
        return http.contains(MARK);
    }

    /** What the check has to find, by line; the first line is that of the title. */
    List<Expected> expected() {
        List<Expected> out = new ArrayList<>();
        String[] lines = http.split("\n");
        for (int i = 0; i < lines.length; i++) {
            int mark = lines[i].indexOf(MARK);
            if (mark >= 0) {
                String rest = lines[i].substring(mark);
                out.add(new Expected(i + 1, !rest.contains("no-fix"), rest.contains("proof")));
            }
        }
        return out;
    }
}
