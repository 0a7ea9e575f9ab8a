package hopyard.proxy.http;

import hopyard.proxy.upstream.HeadWriter;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Field lines of a response as bytes, in the order in which they will be sent. What an upstream's response has that is
 * only passed on never becomes more than a range in here.
 *
 * <p>Each I/O thread keeps a few to use again.
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

    /** An empty one. */
    static FieldLines take() {
        FieldLines kept = KEPT.get().pollFirst();
        return kept == null ? new FieldLines() : kept;
    }

    /** Leaves this one to the next exchange. */
    void giveBack() {
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
     * Puts the end of a header section together: these lines, those of a map, and the empty line. They lie in
     * {@link #bytes()} until the next change; the map's do not become lines of this.
     *
     * @return how long the whole is, in bytes
     */
    int section(HeaderMap fields) {
        end();
        int own = out.length();
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            for (int v = 0; v < values.size(); v++) {
                int start = out.length();
                out.name(values.getHeaderName()).text(values.get(v));
                endLine(start, values.getHeaderName());
            }
        }
        out.text("\r\n");
        section = out.length();
        out.truncate(own);
        return section;
    }

    /** How long the section is that was put together last, in bytes; 0 if none was. */
    public int sectionLength() {
        return section;
    }

    /** The lines, and behind them the rest of the section. */
    public byte[] bytes() {
        return out.bytes();
    }

    /** Begins a line, to which a value may be written until something else is done here. */
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

    /** A field whose value held control characters, which have become blanks; {@code null} for none. */
    HttpString cleaned() {
        return cleaned;
    }

    /** Adds a line. */
    public void add(HttpString name, String value) {
        begin(name).text(value);
    }

    /** Adds a line whose value is part of an array, and has passed a parser. */
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

    /** The first value of a field; {@code null} if it has none. */
    String first(HttpString name) {
        end();
        int i = find(name);
        return i < 0 ? null : value(i);
    }

    /** Takes all lines with that name out: their values joined by commas (RFC 9110 §5.3), {@code null} without any. */
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
    void copyTo(HeaderMap fields) {
        end();
        for (int i = 0; i < count; i++) {
            fields.add(names[i], value(i));
        }
    }

    /** Moves all lines into a map. */
    void moveTo(HeaderMap fields) {
        copyTo(fields);
        clear();
    }
}
