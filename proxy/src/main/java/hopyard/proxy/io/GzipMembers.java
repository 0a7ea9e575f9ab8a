package hopyard.proxy.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Gathers what is written, and writes it as a member of a gzip file (RFC 1952) when there is enough, or on demand. */
final class GzipMembers extends OutputStream {

    private final OutputStream out;
    private final int level;
    private final long size;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();

    /**
     * @param level the compression level, 1 to 9
     * @param size how many bytes are gathered
     */
    GzipMembers(OutputStream out, int level, long size) {
        this.out = out;
        this.level = level;
        this.size = size;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        if (gathered.size() + length > size) {
            flush();
        }
        gathered.write(bytes, from, length);
    }

    @Override
    public void flush() throws IOException {
        if (gathered.size() == 0) {
            return;
        }
        ByteArrayOutputStream member = new ByteArrayOutputStream();
        try (Compressor compressor = new Compressor(member, level)) {
            gathered.writeTo(compressor);
        }
        gathered.reset();
        member.writeTo(out);
    }

    @Override
    public void close() throws IOException {
        try (out) {
            flush();
        }
    }

    private static final class Compressor extends GZIPOutputStream {
        Compressor(OutputStream out, int level) throws IOException {
            super(out);
            def.setLevel(level);
        }
    }
}
