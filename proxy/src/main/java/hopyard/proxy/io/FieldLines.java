package hopyard.proxy.io;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * The field lines of a response as bytes, in the order in which they are sent. A field of an upstream's response that
 * is only passed on is copied as bytes, and no string is made of it.
 *
 * <p>Each I/O thread keeps a few of these objects to use again.
 */
public final class FieldLines {

    private static final int MAX_KEPT = 64;

    private static final ThreadLocal<ArrayDeque<FieldLines>> KEPT = ThreadLocal.withInitial(ArrayDeque::new);

    private final HeadWriter out = new HeadWriter();
    private int count;
    private int section;
    private boolean open;
    private HttpString cleaned;
    private HttpString[] names = new HttpString[16];
    private int[] starts = new int[16];

    private FieldLines() {}

    /** Returns an empty object, perhaps one that was given back. */
    public static FieldLines take() {
        FieldLines kept = KEPT.get().pollFirst();
        return kept == null ? new FieldLines() : kept;
    }

    /** Empties this object and keeps it for another exchange. */
    public void giveBack() {
        clear();
        ArrayDeque<FieldLines> kept = KEPT.get();
        if (kept.size() < MAX_KEPT) {
            kept.addFirst(this);
        }
    }

    private void clear() {
        out.clear();
        count = 0;
        section = 0;
        open = false;
        cleaned = null;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /**
     * Builds a header section: these lines, those of a map, and the empty line. The section is in {@link #bytes()}
     * until the next change. The map's fields do not become lines of this object.
     *
     * @param last the fields of the map that come behind the others, in this order
     * @return the length of the section, in bytes
     */
    public int section(HeaderMap fields, List<HttpString> last) {
        end();
        int own = out.length();
        HeaderValues encoding = null;
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            HttpString name = values.getHeaderName();
            if (!last.isEmpty() && last.contains(name)) {
                continue;
            }
            if (name == Headers.CONTENT_ENCODING) {
                // what says how to read the content comes before what says how it is encoded, as from nginx
                encoding = values;
            } else {
                write(values);
            }
        }
        for (int i = 0; i < last.size(); i++) {
            HeaderValues values = fields.get(last.get(i));
            if (values != null) {
                write(values);
            }
        }
        if (encoding != null) {
            write(encoding);
        }
        out.text("\r\n");
        section = out.length();
        out.truncate(own);
        return section;
    }

    private void write(HeaderValues values) {
        for (int v = 0; v < values.size(); v++) {
            int start = out.length();
            out.name(values.getHeaderName()).text(values.get(v));
            endLine(start, values.getHeaderName());
        }
    }

    /** Returns the length of the section that was built last, in bytes; 0 if none was. */
    public int sectionLength() {
        return section;
    }

    /** Returns the lines, and behind them the rest of the section. */
    public byte[] bytes() {
        return out.bytes();
    }

    /** Begins a line. Its value may be written until another method is called. */
    public HeadWriter begin(HttpString name) {
        end();
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            starts = Arrays.copyOf(starts, count * 2);
        }
        names[count] = name;
        starts[count++] = out.length();
        open = true;
        return out.name(name);
    }

    private void end() {
        if (open) {
            open = false;
            endLine(starts[count - 1], names[count - 1]);
        }
    }

    private void endLine(int start, HttpString name) {
        if (!out.endLine(start)) {
            cleaned = name;
        }
    }

    /** Returns a field whose value held control characters, which are blanks now; {@code null} for none. */
    public HttpString cleaned() {
        return cleaned;
    }

    /** Adds a line. */
    public void add(HttpString name, String value) {
        begin(name).text(value);
    }

    /** Adds a line whose value is part of an array. A parser must have checked the value. */
    public void add(HttpString name, byte[] source, int from, int to) {
        begin(name).bytes(source, from, to).text("\r\n");
        open = false;
    }

    private int find(HttpString name) {
        for (int i = 0; i < count; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the first value of a field; {@code null} if there is none. */
    public String first(HttpString name) {
        end();
        int i = find(name);
        return i < 0 ? null : value(i);
    }

    /** Removes all lines of a field. Returns their values joined by commas (RFC 9110 §5.3); {@code null} if none. */
    public String remove(HttpString name) {
        end();
        String removed = null;
        for (int i = find(name); i >= 0; i = find(name)) {
            removed = removed == null ? value(i) : removed + ", " + value(i);
            int cut = end(i) - starts[i];
            out.cut(starts[i], end(i));
            count--;
            System.arraycopy(names, i + 1, names, i, count - i);
            for (int later = i; later < count; later++) {
                starts[later] = starts[later + 1] - cut;
            }
        }
        return removed;
    }

    private int end(int i) {
        return i + 1 < count ? starts[i + 1] : out.length();
    }

    private String value(int i) {
        return out.text(starts[i] + names[i].length() + 2, end(i) - 2);
    }

    /** Copies all lines into a map. */
    public void copyTo(HeaderMap fields) {
        end();
        for (int i = 0; i < count; i++) {
            fields.add(names[i], value(i));
        }
    }

    /** Moves all lines into a map. */
    public void moveTo(HeaderMap fields) {
        copyTo(fields);
        clear();
    }
}
