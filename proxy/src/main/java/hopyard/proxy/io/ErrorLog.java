package hopyard.proxy.io;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * nginx's error log: {@code 2026/11/24 12:00:00 [error] pid#thread: *connection message}.
 *
 * @param targets where lines go, each with the least severe level that it gets
 * @param threshold the least severe level that any of them gets
 * @see <a href="https://nginx.org/en/docs/ngx_core_module.html#error_log">error_log</a>
 */
public record ErrorLog(List<Target> targets, Level threshold) {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /** Where lines go, and the least severe level that goes there. */
    record Target(LogOutput output, Level threshold) {}

    /** Returns a log that goes to one place only. */
    public static ErrorLog to(LogOutput output, Level threshold) {
        return new ErrorLog(List.of(new Target(output, threshold)), threshold);
    }

    /** Returns a log that goes to one more place. */
    public ErrorLog and(LogOutput output, Level least) {
        List<Target> all = new ArrayList<>(targets);
        all.add(new Target(output, least));
        return new ErrorLog(List.copyOf(all), least.compareTo(threshold) > 0 ? least : threshold);
    }

    /** The levels of severity, the most severe first. */
    public enum Level {
        EMERG,
        ALERT,
        CRIT,
        ERROR,
        WARN,
        NOTICE,
        INFO,
        DEBUG;

        private final String text = name().toLowerCase(Locale.ROOT);

        @Override
        public String toString() {
            return text;
        }

        /** Returns the level of that name; {@code null} if there is none. */
        public static Level of(String name) {
            for (Level level : values()) {
                if (level.text.equals(name)) {
                    return level;
                }
            }
            return null;
        }
    }

    /** How long a line may be, in bytes: nginx's {@code NGX_MAX_ERROR_STR}, without the line feed. */
    private static final int MAX_LINE = 2047;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss", Locale.ROOT);

    public boolean isOn(Level level) {
        return level.compareTo(threshold) <= 0;
    }

    /** Writes a message that belongs to no connection. */
    public void write(Level level, String message) {
        write(level, -1, message);
    }

    /**
     * Writes a message about a client connection.
     *
     * @return the line; {@code null} if the level is below the threshold
     */
    public String write(Level level, long connection, String message) {
        return write(level, connection, message, "");
    }

    /**
     * Writes a message about a client connection, with a context.
     *
     * @param context the text to write behind the message
     * @return the line without the context; {@code null} if the level is below the threshold
     */
    public String write(Level level, long connection, String message, String context) {
        if (!isOn(level)) {
            return null;
        }
        String line = TIME.format(LocalDateTime.now()) + " [" + level + "] "
                + ProcessHandle.current().pid() + "#"
                + Thread.currentThread().getId() + ": "
                + (connection < 0 ? "" : "*" + connection + " ") + onOneLine(message);
        String all = line + onOneLine(context);
        if (all.length() > MAX_LINE) {
            all = all.substring(0, MAX_LINE);
        }
        for (Target target : targets) {
            if (level.compareTo(target.threshold) <= 0) {
                // the levels are in the order of RFC 5424
                target.output.append(level.ordinal(), all);
            }
        }
        return line;
    }

    /** Shows control characters as {@code \xXX}, so that a client or an app cannot forge a line of its own. */
    public static String onOneLine(String message) {
        int length = message.length();
        int first = 0;
        while (first < length && message.charAt(first) >= ' ') {
            first++;
        }
        if (first == length) {
            return message;
        }
        StringBuilder out = new StringBuilder(length + 64).append(message, 0, first);
        for (int i = first; i < length; i++) {
            char c = message.charAt(i);
            if (c < ' ') {
                // a client may send thousands of them, and a Formatter for each takes a microsecond
                HEX.toHexDigits(out.append("\\x"), (byte) c);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
