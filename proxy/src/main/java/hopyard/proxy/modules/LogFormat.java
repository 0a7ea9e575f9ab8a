package hopyard.proxy.modules;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code log_format}: makes the line of a request.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format">log_format</a>
 */
final class LogFormat {

    /** How values are made safe for the log. */
    enum Escape {
        /** {@code "}, {@code \} and unprintable bytes as {@code \xXX}; a missing value as {@code -}. */
        DEFAULT,
        /** As inside of a JSON string; a missing value is empty. */
        JSON,
        /** As they are. */
        NONE
    }

    private final List<Object> parts;
    private final Escape escape;

    LogFormat(List<Template> templates, Escape escape) {
        this.parts = new ArrayList<>();
        templates.forEach(template -> parts.addAll(template.parts()));
        this.escape = escape;
    }

    String line(Exchange exchange) {
        StringBuilder out = new StringBuilder(200);
        for (Object part : parts) {
            if (part instanceof Variable variable) {
                append(out, variable.get(exchange));
            } else {
                out.append(part);
            }
        }
        return out.toString();
    }

    private void append(StringBuilder out, String value) {
        if (value == null) {
            out.append(escape == Escape.DEFAULT ? "-" : "");
            return;
        }
        switch (escape) {
            case NONE -> out.append(value);
            case JSON -> appendJson(out, value);
            case DEFAULT -> appendDefault(out, value);
        }
    }

    private static void appendDefault(StringBuilder out, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
                out.append("\\x").append(hex(c >> 4)).append(hex(c));
            } else {
                out.append(c);
            }
        }
    }

    /** Appends a text as it stands inside of a JSON string. */
    public static void appendJson(StringBuilder out, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < ' ') {
                        out.append("\\u00").append(hex(c >> 4)).append(hex(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
    }

    private static char hex(int nibble) {
        return Character.toUpperCase(Character.forDigit(nibble & 15, 16));
    }
}
