package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The charsets that a configuration names, and the tables between them: {@code charset_map}. */
final class Charsets {

    /** Two charsets, of which the first is converted to the second. Names are in lower case. */
    private record Pair(String from, String to) {}

    private static final Scope.Key<Charsets> KEY = new Scope.Key<>(Charsets::new);

    private static final String UTF_8 = "utf-8";

    /** The highest code point that a table has room for. */
    static final int MAX_CODE = 0xffff;

    /** How each name was written where it stood first, by the name in lower case. */
    private final Map<String, String> names = new HashMap<>();

    private final Map<Pair, Recoding.Table> tables = new HashMap<>();

    static Charsets of(Scope scope) {
        return scope.nearest(Context.MAIN).get(KEY);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    void add(String name) {
        names.putIfAbsent(lower(name), name);
    }

    /** Returns how a name is written to clients; {@code null} if the configuration does not name it. */
    String known(String name) {
        return names.get(lower(name));
    }

    /** Returns the table that converts one charset to another; {@code null} if there is none. */
    Recoding.Table table(String from, String to) {
        return tables.get(new Pair(lower(from), lower(to)));
    }

    /** Reads a {@code charset_map} block, which is for both directions. */
    void read(Directive d) throws ConfException {
        String from = d.arg(0);
        String to = d.arg(1);
        add(from);
        add(to);
        if (lower(from).equals(lower(to))) {
            throw d.error("\"charset_map\" between the same charsets \"" + from + "\" and \"" + to + "\"");
        }
        if (table(from, to) != null) {
            throw d.error("duplicate \"charset_map\" between \"" + from + "\" and \"" + to + "\"");
        }
        boolean isUtf8 = lower(to).equals(UTF_8);
        byte[][] there = singles();
        byte[][] back = isUtf8 ? new byte[256][] : singles();
        for (int i = 0; isUtf8 && i < 128; i++) {
            putCode(back, i, (byte) i);
        }
        for (Directive line : d.block().directives()) {
            read(line, isUtf8, there, back);
        }
        if (d.block().brokenOff() != null) {
            throw d.block().brokenOff();
        }
        tables.put(new Pair(lower(from), lower(to)), new Recoding.Table(there, null, isUtf8));
        tables.put(
                new Pair(lower(to), lower(from)),
                new Recoding.Table(isUtf8 ? null : back, isUtf8 ? back : null, isUtf8));
    }

    /** Returns a table by byte, in which ASCII stays as it is and all else is unknown. */
    private static byte[][] singles() {
        byte[][] table = new byte[256][];
        for (int i = 0; i < 256; i++) {
            table[i] = new byte[] {(byte) (i < 128 ? i : '?')};
        }
        return table;
    }

    /** Reads a line: a byte of the first charset, and a byte of the second, or several of UTF-8, in hex. */
    private static void read(Directive line, boolean isUtf8, byte[][] there, byte[][] back) throws ConfException {
        if (line.args().size() != 1) {
            throw line.error("invalid parameters number");
        }
        int from = hex(line.name(), line);
        String text = line.arg(0);
        if (!isUtf8) {
            int to = hex(text, line);
            there[from] = new byte[] {(byte) to};
            back[to] = new byte[] {(byte) from};
            return;
        }
        List<Byte> bytes = new ArrayList<>();
        for (int i = 0; i < text.length(); i += 2) {
            bytes.add((byte) hex(text.substring(i, Math.min(i + 2, text.length())), text, line));
        }
        byte[] to = new byte[bytes.size()];
        for (int i = 0; i < to.length; i++) {
            to[i] = bytes.get(i);
        }
        int code = Utf8.decode(to, 0, to.length);
        if (to.length > Utf8.MAX_LENGTH || code > MAX_CODE || code < 0) {
            throw line.error("invalid value \"" + text + "\"");
        }
        there[from] = to;
        putCode(back, code, (byte) from);
    }

    private static void putCode(byte[][] table, int code, byte value) {
        if (table[code >> 8] == null) {
            table[code >> 8] = new byte[256];
        }
        table[code >> 8][code & 0xff] = value;
    }

    private static int hex(String digits, Directive line) throws ConfException {
        return hex(digits, digits, line);
    }

    private static int hex(String digits, String shown, Directive line) throws ConfException {
        int value = digits.matches("[0-9a-fA-F]{1,8}") ? Integer.parseUnsignedInt(digits, 16) : -1;
        if (value < 0 || value > 255) {
            throw line.error("invalid value \"" + shown + "\"");
        }
        return value;
    }
}
