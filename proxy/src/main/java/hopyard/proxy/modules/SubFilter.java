package hopyard.proxy.modules;

import hopyard.proxy.exchange.ContentFilter;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.modules.SubStrings.Found;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Replaces strings in a content. It keeps back only what may be the beginning of one. */
final class SubFilter implements ContentFilter {

    /** How much is looked through at a time, in bytes, unless there are long strings. */
    private static final int WINDOW = 4096;

    private final SubStrings strings;
    private final Exchange exchange;
    private final boolean once;
    /** What replaces each string; {@code null} as long as it has not been found. */
    private final byte[][] values;

    private int replaced;

    /** The content from {@link #start} to {@link #end} has not been put out. */
    private final byte[] window;

    private int start;
    private int end;
    /** No string begins before this index. */
    private int at;
    /** The first of the strings that may begin there. */
    private int candidate;

    /**
     * The value that is put out next; {@code null} for none. It stands for the content between {@link #at} and here:
     */
    private byte[] value;

    private int valueAt;
    private int behind;

    SubFilter(SubStrings strings, Exchange exchange, boolean once) {
        this.strings = strings;
        this.exchange = exchange;
        this.once = once;
        values = new byte[strings.count()][];
        window = new byte[Math.max(WINDOW, 2 * strings.longest())];
    }

    @Override
    public void filter(ByteBuffer in, ByteBuffer out) {
        while (flush(out) && in.hasRemaining() && out.hasRemaining()) {
            if (isOver()) {
                int n = Math.min(in.remaining(), out.remaining());
                out.put(out.position(), in, in.position(), n).position(out.position() + n);
                in.position(in.position() + n);
            } else {
                fill(in);
            }
        }
    }

    /** Puts out all but what may be the beginning of a string. */
    @Override
    public boolean flush(ByteBuffer out) {
        do {
            if (!put(out)) {
                return false;
            }
        } while (find() || start < at);
        return true;
    }

    @Override
    public boolean finish(ByteBuffer out) {
        if (!flush(out)) {
            return false;
        }
        at = end;
        return put(out);
    }

    /** Whether every string has been replaced that may be. */
    private boolean isOver() {
        return once && replaced == values.length;
    }

    private void fill(ByteBuffer in) {
        System.arraycopy(window, start, window, 0, end - start);
        at -= start;
        end -= start;
        start = 0;
        int n = Math.min(in.remaining(), window.length - end);
        in.get(window, end, n);
        end += n;
    }

    /** Puts out what is known to be no string, and the value behind it. Returns whether there was room for it. */
    private boolean put(ByteBuffer out) {
        int n = Math.min(out.remaining(), at - start);
        out.put(window, start, n);
        start += n;
        if (start < at) {
            return false;
        }
        if (value == null) {
            return true;
        }
        n = Math.min(out.remaining(), value.length - valueAt);
        out.put(value, valueAt, n);
        valueAt += n;
        if (valueAt < value.length) {
            return false;
        }
        value = null;
        start = behind;
        at = behind;
        return true;
    }

    /** Goes on to the next string. Returns false if none is complete in the window. */
    private boolean find() {
        if (isOver()) {
            at = end;
            return false;
        }
        int shortest = strings.shortest();
        while (at + shortest <= end) {
            byte last = window[at + shortest - 1];
            int step = strings.step(last);
            if (step == 0) {
                Found found = findAt(last);
                if (found != Found.NOTHING) {
                    return found == Found.ALL;
                }
                step = 1;
            }
            candidate = 0;
            at += step;
        }
        while (at < end && !strings.mayBegin(window, at, end)) {
            at++;
        }
        return false;
    }

    private Found findAt(byte last) {
        for (int i = Math.max(candidate, strings.firstWith(last)); i < strings.endOf(last); i++) {
            Found found = once && values[i] != null ? Found.NOTHING : strings.compare(i, window, at, end);
            candidate = i;
            if (found == Found.ALL) {
                replace(i);
            }
            if (found != Found.NOTHING) {
                return found;
            }
        }
        return Found.NOTHING;
    }

    private void replace(int i) {
        if (values[i] == null) {
            values[i] = strings.value(i).eval(exchange).getBytes(StandardCharsets.ISO_8859_1);
        }
        replaced++;
        candidate = 0;
        value = values[i];
        valueAt = 0;
        behind = at + strings.length(i);
    }
}
