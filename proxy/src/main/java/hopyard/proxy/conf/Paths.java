package hopyard.proxy.conf;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** File names in the configuration: byte strings that hold UTF-8. */
public final class Paths {

    private Paths() {}

    /** The text of a byte string. */
    public static String fromBytes(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** The byte string of a text. */
    public static String toBytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** A configured file name, relative to the prefix unless it is absolute. */
    public static Path under(Path prefix, String bytes) {
        return prefix.resolve(fromBytes(bytes));
    }
}
