package hopyard.proxy.lint;

import hopyard.proxy.lint.Proof.Field;
import hopyard.proxy.lint.Proof.Seen;
import hopyard.proxy.lint.Proof.Where;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A proof that is being written. */
public final class Ask {

    private final int port;
    private final String target;
    private final List<Field> headers = new ArrayList<>();

    /** Begins a GET for a target as it is; see {@link Site#ask}. */
    Ask(int port, String target) {
        this.port = port;
        this.target = target;
    }

    /** Sets a field; a field has one line only. */
    public Ask with(String name, String value) {
        headers.removeIf(each -> each.name().equals(name));
        headers.add(new Field(name, value));
        return this;
    }

    /** Completes the proof with what is seen then. */
    public Proof sees(Where where, String matches, String says) {
        return sees(where, null, matches, says);
    }

    /** Completes the proof with what is seen in a field then. */
    public Proof sees(Where where, String name, String matches, String says) {
        return new Proof("GET", port, target, List.copyOf(headers), new Seen(where, name, matches, says));
    }

    /** Returns a regular expression, for Java and for JavaScript, that matches the text literally. */
    public static String literal(String text) {
        return text.replaceAll("[\\\\^$.|?*+()\\[\\]{}]", "\\\\$0");
    }

    /** Returns a path as a request target. */
    public static String encoded(String path) {
        StringBuilder out = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.ISO_8859_1)) {
            boolean isPlain = b > ' ' && b < 0x7f && "\"<>\\^`{|}%?#".indexOf(b) < 0;
            out.append(isPlain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return out.toString();
    }
}
