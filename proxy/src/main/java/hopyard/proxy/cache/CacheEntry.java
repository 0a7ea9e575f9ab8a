package hopyard.proxy.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A response in its file: what is known about it, its header, and the content.
 *
 * @param file where the file is
 * @param key the key that it was asked for by
 * @param until how long it is good for
 * @param vary the request fields that it depends on, in lower case and separated by commas; empty for none
 * @param variant the values of those fields in the request that brought it
 * @param head the header as the upstream sent it
 * @param bodyStart where in the file the content begins
 * @param bodyLength the length of the content, in bytes
 */
public record CacheEntry(
        Path file,
        String key,
        Freshness until,
        String vary,
        String variant,
        byte[] head,
        long bodyStart,
        long bodyLength) {

    private static final int MAGIC = 0x484f5031;

    /** The place of three times. It is fixed, because they change when a response turns out to be still good. */
    private static final int TIMES_AT = 8;

    /** Most files' beginnings are shorter than this. */
    private static final int FIRST_READ = 4 << 10;

    /** No key and header together are as long as this. */
    private static final int MAX_PREAMBLE = 1 << 20;

    /**
     * Whether the response may be used without asking the upstream.
     *
     * @param now in ms since 1970
     */
    public boolean isFresh(long now) {
        return now < until.validUntil();
    }

    /** Returns the file's beginning, up to the content. */
    byte[] preamble() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(0);
        out.writeLong(until.validUntil());
        out.writeLong(until.updatingUntil());
        out.writeLong(until.errorUntil());
        for (String text : new String[] {key, vary, variant}) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(encoded.length);
            out.write(encoded);
        }
        out.writeInt(head.length);
        out.write(head);
        byte[] all = bytes.toByteArray();
        if (all.length > MAX_PREAMBLE) {
            throw new IOException("the key is too long");
        }
        ByteBuffer.wrap(all).putInt(4, all.length);
        return all;
    }

    /**
     * Reads what is known about the response in a file.
     *
     * @throws IOException if the file cannot be read, or was not written by this cache
     */
    static CacheEntry read(Path file, FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(FIRST_READ);
        int n = channel.read(start, 0);
        int length = n < 8 || start.getInt(0) != MAGIC ? -1 : start.getInt(4);
        if (length < 0 || length > Math.min(MAX_PREAMBLE, channel.size())) {
            throw new IOException("not a file of this cache");
        }
        ByteBuffer preamble = start;
        if (length > n) {
            preamble = ByteBuffer.allocate(length).put(start.flip());
            while (preamble.hasRemaining() && n >= 0) {
                n = channel.read(preamble, preamble.position());
            }
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(preamble.array(), 0, length));
        in.skipBytes(TIMES_AT);
        Freshness until = new Freshness(in.readLong(), in.readLong(), in.readLong());
        String[] texts = new String[3];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = new String(part(in), StandardCharsets.UTF_8);
        }
        byte[] head = part(in);
        return new CacheEntry(file, texts[0], until, texts[1], texts[2], head, length, channel.size() - length);
    }

    private static byte[] part(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("not a file of this cache");
        }
        return in.readNBytes(length);
    }

    /** Writes other times for the response into its file. */
    public void validate(Freshness other) throws IOException {
        ByteBuffer times = ByteBuffer.allocate(24);
        times.putLong(other.validUntil()).putLong(other.updatingUntil()).putLong(other.errorUntil());
        times.flip();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(times, TIMES_AT);
        }
    }
}
