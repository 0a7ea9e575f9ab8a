package hopyard.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table of raw messages and of what has to become of them; its notation is explained in the files themselves. */
public final class StrictTable {

    /**
     * A message and its outcome.
     *
     * @param section the rule that it is about, with the place where it is written
     * @param written the line as it stands in the table
     * @param outcome the first word of the line
     * @param bytes the message, as a byte string
     */
    public record Row(String section, String written, String outcome, String bytes) {
        @Override
        public String toString() {
            return section.replaceAll(":.*", "") + " | " + written;
        }
    }

    private static final Pattern REPETITION = Pattern.compile("\\{(\\d+)\\*([^{}]*)}");

    private StrictTable() {}

    /** The rows of one of the tables beside this class's resources: requests.table, responses.table. */
    public static List<Row> read(String file) throws IOException {
        List<Row> rows = new ArrayList<>();
        String section = "";
        for (String line : lines("/strict/" + file)) {
            if (line.startsWith("## ")) {
                section = line.substring(3);
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                int blank = line.indexOf(' ');
                rows.add(new Row(section, line, line.substring(0, blank), bytes(line.substring(blank + 1))));
            }
        }
        return rows;
    }

    private static List<String> lines(String resource) throws IOException {
        try (InputStream in = StrictTable.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** Turns the table's notation into bytes. */
    public static String bytes(String text) {
        String out = text;
        for (Matcher m = REPETITION.matcher(out); m.find(); m = REPETITION.matcher(out)) {
            out = out.substring(0, m.start())
                    + m.group(2).repeat(Integer.parseInt(m.group(1)))
                    + out.substring(m.end());
        }
        out = out.replace("⌂", " HTTP/1.1¶Host: h¶")
                .replace("⌘", " 200 OK¶Content-Length: 5¶")
                .replace("¶", "\r\n")
                .replace("␊", "\n")
                .replace("␍", "\r")
                .replace("→", "\t")
                .replace("␀", "\0");
        return Pattern.compile("\\\\(?:x([0-9a-f]{2})|\\\\)")
                .matcher(out)
                .replaceAll(m -> m.group(1) == null
                        ? "\\\\"
                        : Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 16))));
    }
}
