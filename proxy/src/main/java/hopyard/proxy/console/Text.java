package hopyard.proxy.console;

import java.util.Locale;

/** Text for terminals: the same on every machine, whatever its language. */
final class Text {

    private Text() {}

    static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }
}
