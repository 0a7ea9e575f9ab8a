package hopyard.http.http2;

import hopyard.http.FieldNames;
import io.undertow.util.HttpString;

/**
 * Reads field blocks (RFC 7541). Each connection has one for what it receives, because blocks refer to earlier ones.
 */
public final class HpackDecoder {

    /** Takes the fields of a block, in their order. */
    @FunctionalInterface
    public interface Receiver {
        void field(HpackField field);
    }

    /** Where the texts of literals are decoded; a block may have no longer ones than fit its thread's. */
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[1024]);

    private final FrameWords words;
    private final int maxCapacity;
    private final DynamicTable table;
    private byte[] block;
    private int at;
    private int end;
    private byte[] scratch;

    // the text that was read last
    private byte[] text;
    private int textFrom;
    private int textTo;

    /** @param capacity how large its table may become, in bytes: what the peer is told as HEADER_TABLE_SIZE */
    public HpackDecoder(int capacity) {
        this(capacity, ClientWords.ONLY);
    }

    /**
     * @param capacity how large its table may become, in bytes
     * @param words for what is wrong with a block
     */
    public HpackDecoder(int capacity, FrameWords words) {
        this.words = words;
        maxCapacity = capacity;
        table = new DynamicTable(capacity);
    }

    /**
     * Reads a block.
     *
     * @throws Http2Exception if it is malformed: the connection cannot go on then (RFC 9113 §4.3)
     */
    public void decode(byte[] bytes, int from, int to, Receiver receiver) throws Http2Exception {
        block = bytes;
        at = from;
        end = to;
        scratch = SCRATCH.get();
        try {
            boolean mayResize = true;
            while (at < end) {
                int first = block[at];
                if (first < 0) {
                    receiver.field(indexed(integer(7)));
                    mayResize = false;
                } else if (first >= 0x40) {
                    HpackField field = literal(integer(6));
                    table.add(field);
                    receiver.field(field);
                    mayResize = false;
                } else if (first >= 0x20) {
                    resize(integer(5), mayResize);
                } else {
                    receiver.field(literal(integer(4)));
                    mayResize = false;
                }
            }
        } finally {
            block = null;
            text = null;
            scratch = null;
        }
    }

    private void resize(int capacity, boolean isAllowed) throws Http2Exception {
        if (!isAllowed || capacity > maxCapacity) {
            throw error(words.tableSize(capacity));
        }
        table.capacity(capacity);
    }

    private HpackField indexed(int index) throws Http2Exception {
        if (index > 0 && index <= StaticTable.LENGTH) {
            return StaticTable.field(index);
        }
        int age = index - StaticTable.LENGTH - 1;
        if (index == 0 || age >= table.count()) {
            throw error(words.tableIndex(index));
        }
        return table.field(age);
    }

    private HpackField literal(int nameIndex) throws Http2Exception {
        if (nameIndex > 0) {
            HpackField like = indexed(nameIndex);
            string();
            return HpackField.named(like, text, textFrom, textTo);
        }
        string();
        boolean isPseudo = textFrom < textTo && text[textFrom] == ':';
        boolean hasGoodName = HpackField.isGoodName(text, textFrom, textTo);
        HttpString name = hasGoodName ? name() : badName();
        string();
        return new HpackField(
                name,
                HpackField.text(text, textFrom, textTo),
                isPseudo,
                hasGoodName,
                HpackField.isGoodValue(text, textFrom, textTo));
    }

    private HttpString name() {
        int hash = 0;
        for (int i = textFrom; i < textTo; i++) {
            hash = hash * 31 + text[i];
        }
        return FieldNames.of(text, textFrom, textTo, hash);
    }

    /** Returns a name that can be shown: no name of Undertow's has line ends. */
    private HttpString badName() {
        return new HttpString(
                HpackField.text(text, textFrom, textTo).replace('\r', '?').replace('\n', '?'));
    }

    /** Reads an integer that begins in the lowest bits of a byte (§5.1). */
    private int integer(int bits) throws Http2Exception {
        int mask = (1 << bits) - 1;
        int value = block[at++] & mask;
        if (value < mask) {
            return value;
        }
        int shift = 0;
        while (true) {
            if (at == end) {
                throw truncated();
            }
            int next = block[at++];
            if (shift > 21 || shift == 21 && (next & 0x7f) > 0x3f) {
                throw error(words.tooLargeNumber());
            }
            value += (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
            shift += 7;
        }
    }

    /** Reads a string (§5.2). */
    private void string() throws Http2Exception {
        if (at == end) {
            throw truncated();
        }
        boolean isHuffman = block[at] < 0;
        int length = integer(7);
        if (length > end - at) {
            throw truncated();
        }
        if (isHuffman) {
            int most = Huffman.maxDecoded(length);
            if (most > scratch.length) {
                scratch = new byte[most];
                SCRATCH.set(scratch);
            }
            text = scratch;
            textFrom = 0;
            textTo = Huffman.decode(block, at, at + length, scratch);
            if (textTo < 0) {
                throw error(words.encoding());
            }
        } else {
            text = block;
            textFrom = at;
            textTo = at + length;
        }
        at += length;
    }

    private Http2Exception truncated() {
        return error(words.truncatedBlock());
    }

    private static Http2Exception error(String what) {
        return Http2Exception.ofConnection(ErrorCode.COMPRESSION_ERROR, what);
    }
}
