package hopyard.proxy.modules;

import hopyard.memory.BufferPool;
import hopyard.proxy.exchange.ContentFilter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Compresses a content in gzip's format (RFC 1952). */
final class GzipFilter implements ContentFilter {

    /**
     * The memory that zlib takes for one response outside of the heap, in bytes.
     *
     * @see <a href="https://www.zlib.net/zlib_tech.html">zlib: memory footprint</a>
     */
    private static final int ZLIB = 268 << 10;

    /** The magic bytes, deflate, no flags, no time, no hint, made on Unix. */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

    /** The length of the sum and the length at the end, in bytes. */
    private static final int TRAILER = 8;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Deflater deflater;
    private final CRC32 sum = new CRC32();
    private final ByteBuffer header = ByteBuffer.wrap(HEADER);
    private long plainLength;
    /** Whether zlib may keep back something of what it has taken. */
    private boolean keepsBack;

    private GzipFilter(int level) {
        deflater = new Deflater(level, true);
    }

    /**
     * Returns a filter; {@code null} if there is no memory for it.
     *
     * @param level how hard to try, from 1 to 9
     */
    static GzipFilter make(int level) {
        return BufferPool.takeOutside(ZLIB) ? new GzipFilter(level) : null;
    }

    /** Returns how much has been compressed, in bytes before that. */
    long plainLength() {
        return plainLength;
    }

    /** Puts as much of the header as there is room for. Returns whether that was the rest of it. */
    private boolean begin(ByteBuffer out) {
        while (header.hasRemaining() && out.hasRemaining()) {
            out.put(header.get());
        }
        return !header.hasRemaining();
    }

    @Override
    public void filter(ByteBuffer in, ByteBuffer out) {
        if (!begin(out)) {
            return;
        }
        ByteBuffer taken = in.duplicate();
        deflater.setInput(in);
        keepsBack = true;
        do {
            deflater.deflate(out);
        } while (in.hasRemaining() && out.hasRemaining());
        deflater.setInput(NOTHING);
        plainLength += in.position() - taken.position();
        sum.update(taken.limit(in.position()));
    }

    @Override
    public boolean flush(ByteBuffer out) {
        if (keepsBack && out.hasRemaining()) {
            deflater.deflate(out, Deflater.SYNC_FLUSH);
            keepsBack = !out.hasRemaining();
        }
        return !keepsBack;
    }

    @Override
    public boolean finish(ByteBuffer out) {
        if (!begin(out)) {
            return false;
        }
        deflater.finish();
        while (!deflater.finished() && out.hasRemaining()) {
            deflater.deflate(out);
        }
        if (!deflater.finished() || out.remaining() < TRAILER) {
            return false;
        }
        out.order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) sum.getValue())
                .putInt((int) plainLength)
                .order(ByteOrder.BIG_ENDIAN);
        return true;
    }

    @Override
    public void close() {
        deflater.end();
        BufferPool.freeOutside(ZLIB);
    }
}
