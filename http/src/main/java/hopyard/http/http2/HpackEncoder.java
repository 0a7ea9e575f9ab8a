package hopyard.http.http2;

import io.undertow.util.HttpString;
import java.util.Arrays;

/**
 * Writes field blocks (RFC 7541). Each connection has one for what it sends, because blocks refer to earlier ones.
 *
 * <p>A field that is sent for the second time is remembered by the peer, and is one or two bytes from then on. Those
 * that hold secrets never are (§7.1.3).
 */
public final class HpackEncoder {

    /** How large the table of what was sent may be, in bytes, even if the peer allows more. */
    private static final int MAX_CAPACITY = 4096;

    /** Fields whose values nobody on the way may keep. */
    private static final byte[][] SECRETS = {
        bytes("set-cookie"), bytes("authorization"), bytes("proxy-authorization"), bytes("cookie")
    };

    private static final int INDEXED = 0x80;
    private static final int REMEMBERED = 0x40;
    private static final int RESIZED = 0x20;
    private static final int NEVER_REMEMBERED = 0x10;
    private static final int PLAIN = 0;

    private final SentFields sent = new SentFields(MAX_CAPACITY);
    /** The hashes of lines that were sent lately and are not remembered. */
    private final int[] seen = new int[64];

    private int capacity = MAX_CAPACITY;
    /** The smallest capacity since the last block; -1 if it has not changed. */
    private int smallest = -1;

    private byte[] block = new byte[512];
    private int length;
    private byte[] line = new byte[256];

    @SuppressWarnings("deprecation") // the characters are bytes
    private static byte[] bytes(String text) {
        byte[] bytes = new byte[text.length()];
        text.getBytes(0, text.length(), bytes, 0);
        return bytes;
    }

    /** Notes how large a table the peer allows (HEADER_TABLE_SIZE). The next block says how much of it is used. */
    public void allow(long bytes) {
        int next = (int) Math.min(bytes, MAX_CAPACITY);
        if (next != capacity) {
            capacity = next;
            smallest = smallest < 0 ? next : Math.min(smallest, next);
            sent.capacity(next);
        }
    }

    /** Begins a block. */
    public void begin() {
        length = 0;
        if (smallest >= 0) {
            integer(RESIZED, 5, smallest);
            if (smallest != capacity) {
                integer(RESIZED, 5, capacity);
            }
            smallest = -1;
        }
    }

    /** Returns the block so far. It begins at 0, and stays until {@link #begin}. */
    public byte[] bytes() {
        return block;
    }

    /** Returns the length of the block so far, in bytes. */
    public int length() {
        return length;
    }

    /** Adds {@code :status}. */
    public void status(int status) {
        switch (status) {
            case 200 -> integer(INDEXED, 7, StaticTable.STATUS_200);
            case 204 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 1);
            case 206 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 2);
            case 304 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 3);
            case 400 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 4);
            case 404 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 5);
            case 500 -> integer(INDEXED, 7, StaticTable.STATUS_200 + 6);
            default -> {
                integer(PLAIN, 4, StaticTable.STATUS_200);
                room(4);
                block[length++] = 3;
                block[length++] = (byte) ('0' + status / 100 % 10);
                block[length++] = (byte) ('0' + status / 10 % 10);
                block[length++] = (byte) ('0' + status % 10);
            }
        }
    }

    /**
     * Adds a field.
     *
     * @param name pseudo-header fields included; it is sent in lower case
     * @param value of characters up to 255
     */
    @SuppressWarnings("deprecation") // the characters are bytes
    public void field(HttpString name, String value) {
        int nameLength = name.length();
        int all = nameLength + value.length();
        lineRoom(all);
        name.copyTo(line, 0);
        lowerCase(nameLength);
        value.getBytes(0, value.length(), line, nameLength);
        line(nameLength, all);
    }

    /** Adds a field whose name and value are parts of an array. */
    public void field(byte[] source, int nameFrom, int nameTo, int valueFrom, int valueTo) {
        int nameLength = nameTo - nameFrom;
        int all = nameLength + valueTo - valueFrom;
        lineRoom(all);
        System.arraycopy(source, nameFrom, line, 0, nameLength);
        lowerCase(nameLength);
        System.arraycopy(source, valueFrom, line, nameLength, valueTo - valueFrom);
        line(nameLength, all);
    }

    private void lineRoom(int bytes) {
        if (bytes > line.length) {
            line = new byte[bytes];
        }
    }

    private void lowerCase(int nameLength) {
        for (int i = 0; i < nameLength; i++) {
            byte b = line[i];
            if (b >= 'A' && b <= 'Z') {
                line[i] = (byte) (b | 0x20);
            }
        }
    }

    private void line(int nameLength, int all) {
        int index = StaticTable.find(line, 0, nameLength);
        if (index > 0 && isWhole(index, nameLength, all)) {
            integer(INDEXED, 7, index);
            return;
        }
        if (isSecret(nameLength)) {
            literal(NEVER_REMEMBERED, 4, index, nameLength, all);
            return;
        }
        int hash = nameLength;
        for (int i = 0; i < all; i++) {
            hash = hash * 31 + line[i];
        }
        int age = sent.age(line, nameLength, all, hash);
        if (age >= 0) {
            integer(INDEXED, 7, StaticTable.LENGTH + 1 + age);
            return;
        }
        int slot = (hash ^ hash >>> 6 ^ hash >>> 12 ^ hash >>> 18) & seen.length - 1;
        if (seen[slot] == hash && sent.takes(all)) {
            seen[slot] = 0;
            sent.add(line, nameLength, all, hash);
            literal(REMEMBERED, 6, index, nameLength, all);
        } else {
            seen[slot] = hash;
            literal(PLAIN, 4, index, nameLength, all);
        }
    }

    /** Whether a field of the static table has the line's name and value; only those with values are looked at. */
    private boolean isWhole(int index, int nameLength, int all) {
        if (all == nameLength || index > StaticTable.SCHEME || index < StaticTable.METHOD) {
            return false;
        }
        String value = StaticTable.field(index).value();
        return isValue(value, nameLength, all);
    }

    private boolean isValue(String value, int from, int to) {
        if (value.length() != to - from) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (line[i] != value.charAt(i - from)) {
                return false;
            }
        }
        return true;
    }

    private boolean isSecret(int nameLength) {
        for (byte[] secret : SECRETS) {
            if (secret.length == nameLength && Arrays.equals(secret, 0, nameLength, line, 0, nameLength)) {
                return true;
            }
        }
        return false;
    }

    private void literal(int kind, int bits, int nameIndex, int nameLength, int all) {
        integer(kind, bits, nameIndex);
        if (nameIndex == 0) {
            string(0, nameLength);
        }
        string(nameLength, all);
    }

    private void string(int from, int to) {
        int coded = Huffman.length(line, from, to);
        boolean isShorter = coded < to - from;
        integer(isShorter ? 0x80 : 0, 7, isShorter ? coded : to - from);
        room(to - from);
        if (isShorter) {
            length = Huffman.encode(line, from, to, block, length);
        } else {
            System.arraycopy(line, from, block, length, to - from);
            length += to - from;
        }
    }

    private void integer(int kind, int bits, int value) {
        room(6);
        int mask = (1 << bits) - 1;
        if (value < mask) {
            block[length++] = (byte) (kind | value);
            return;
        }
        block[length++] = (byte) (kind | mask);
        int rest = value - mask;
        while (rest >= 0x80) {
            block[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        block[length++] = (byte) rest;
    }

    private void room(int bytes) {
        if (length + bytes > block.length) {
            block = Arrays.copyOf(block, Math.max(length + bytes, 2 * block.length));
        }
    }
}
