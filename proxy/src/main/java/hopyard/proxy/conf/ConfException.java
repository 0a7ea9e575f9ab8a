package hopyard.proxy.conf;

import java.util.List;

/**
 * A mistake in the configuration, in nginx's words, with the place in nginx's form. It is one line, whatever it quotes.
 */
public final class ConfException extends Exception {

    private final transient String what;
    private final transient String file;
    private final transient int line;
    private transient List<String> warnings = List.of();

    private ConfException(String what, String place, String file, int line) {
        super(escape(what) + place, null, false, false);
        this.what = escape(what);
        this.file = file;
        this.line = line;
    }

    /** {@code message in file:line}, or {@code message in command line} for a directive of {@code -g}. */
    public static ConfException at(String message, String file, int line) {
        return line == 0
                ? new ConfException(message, " in " + Directive.COMMAND_LINE, null, 0)
                : new ConfException(message, " in " + file + ":" + line, file, line);
    }

    /**
     * Returns a mistake that nginx reports without a place, because it shows only when the whole configuration is
     * known.
     */
    public static ConfException anywhere(String message) {
        return new ConfException(message, "", null, 0);
    }

    /** Notes what was warned of before the mistake was found. */
    public void warnings(List<String> before) {
        warnings = List.copyOf(before);
    }

    /** What was warned of before the mistake was found. */
    public List<String> warnings() {
        return warnings;
    }

    /** The message without the place. */
    public String what() {
        return what;
    }

    /** Returns the file of the mistake; {@code null} if it belongs to no single file. */
    public String file() {
        return file;
    }

    /** The line in that file. */
    public int line() {
        return line;
    }

    private static String escape(String text) {
        if (text.chars().noneMatch(c -> c < ' ' || c == 0x7f)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == 0x7f) {
                out.append(String.format("\\x%02X", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
