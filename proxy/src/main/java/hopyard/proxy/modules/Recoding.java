package hopyard.proxy.modules;

import hopyard.proxy.exchange.ContentFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Converts content from one charset to another. */
final class Recoding implements ContentFilter {

    /** More than becomes of one byte, the last one of a character: {@code &#1114111;}. */
    private static final int MAX_MADE = 16;

    /**
     * What becomes of a byte or, if UTF-8 is read, of a code point. One of the two is {@code null}.
     *
     * @param byByte what becomes of each byte
     * @param byCode the byte that a code point becomes, 0 for none, by the code point's high byte and then its low byte
     * @param changesLength whether one of the two charsets is UTF-8
     */
    record Table(byte[][] byByte, byte[][] byCode, boolean changesLength) {}

    private final Table table;
    /** The bytes of a character whose other bytes have not come yet. */
    private final byte[] begun = new byte[Utf8.MAX_LENGTH];

    private int begunLength;

    Recoding(Table table) {
        this.table = table;
    }

    @Override
    public void filter(ByteBuffer in, ByteBuffer out) {
        // as in nginx, a piece stays as it is up to the first byte that becomes longer
        boolean staysAsItIs = table.byByte != null && table.changesLength;
        while (staysAsItIs && in.hasRemaining() && out.hasRemaining()) {
            staysAsItIs = table.byByte[in.get(in.position()) & 0xff].length == 1;
            if (staysAsItIs) {
                out.put(in.get());
            }
        }
        while (in.hasRemaining() && out.remaining() >= MAX_MADE) {
            if (table.byByte != null) {
                out.put(table.byByte[in.get() & 0xff]);
            } else {
                begun[begunLength++] = in.get();
                decode(out);
            }
        }
    }

    private void decode(ByteBuffer out) {
        while (begunLength > 0) {
            int code = Utf8.decode(begun, 0, begunLength);
            if (code == Utf8.INCOMPLETE) {
                return;
            }
            int seen = Utf8.seen(begun, 0, begunLength);
            begunLength -= seen;
            System.arraycopy(begun, seen, begun, 0, begunLength);
            put(code, out);
        }
    }

    private void put(int code, ByteBuffer out) {
        byte[] page = code < 0 || code > Charsets.MAX_CODE ? null : table.byCode[code >> 8];
        byte known = page == null ? 0 : page[code & 0xff];
        if (known != 0 || code == 0) {
            out.put(known);
        } else if (code < 0 || code > Character.MAX_CODE_POINT) {
            out.put((byte) '?');
        } else {
            out.put(("&#" + code + ";").getBytes(StandardCharsets.US_ASCII));
        }
    }

    @Override
    public boolean finish(ByteBuffer out) {
        // the beginning of a character without its end is left out, as in nginx
        return true;
    }
}
