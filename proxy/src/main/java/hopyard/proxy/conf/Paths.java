package hopyard.proxy.conf;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** File names in the configuration: byte strings that hold UTF-8. */
public final class Paths {

    /** A character beyond ASCII in UTF-8 (RFC 3629 §3). */
    private static final Pattern ENCODED = Pattern.compile(
            "[\u00C2-\u00DF][\u0080-\u00BF]|[\u00E0-\u00EF][\u0080-\u00BF]{2}" + "|[\u00F0-\u00F4][\u0080-\u00BF]{3}");

    private Paths() {}

    /** Returns the text that a byte string holds. */
    public static String fromBytes(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /**
     * Returns a message as text. It may quote byte strings and name files as text: what is UTF-8 is decoded, and all
     * else stays.
     */
    public static String readable(String message) {
        return ENCODED.matcher(message).replaceAll(bytes -> Matcher.quoteReplacement(fromBytes(bytes.group())));
    }

    /** Returns a text as a byte string. */
    public static String toBytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Returns a file's name as a byte string. */
    public static String toBytes(Path file) {
        return toBytes(file.toString());
    }

    /**
     * Returns a file name that is only known while a request is served, relative to the prefix unless it is absolute.
     *
     * @throws java.nio.file.InvalidPathException if no file can have this name
     */
    public static Path under(Path prefix, String bytes) {
        return prefix.resolve(fromBytes(bytes));
    }

    /**
     * Returns a configured file name, relative to the prefix unless it is absolute.
     *
     * @throws ConfException if no file can have this name: it contains a NUL, or a character that the system's locale
     *     does not have
     */
    public static Path under(Path prefix, Directive d, int arg) throws ConfException {
        return under(prefix, d.arg(arg), d);
    }

    /** Does the same for a part of an argument. */
    public static Path under(Path prefix, String bytes, Directive d) throws ConfException {
        try {
            return under(prefix, bytes);
        } catch (InvalidPathException e) {
            throw d.error("invalid file name \"" + bytes + "\" (" + e.getReason() + ")");
        }
    }
}
