package hopyard.proxy.console.endpoint;

import java.util.Locale;

/** Text for people: the same on every machine, whatever its language. */
public final class Text {

    private Text() {}

    /** A number of things with their name: 1 answer, 2 answers. */
    public static String counted(long count, String one) {
        return count + " " + one + (count == 1 ? "" : "s");
    }

    /** Adds formatted text, which ends the line by itself. */
    public static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }
}
