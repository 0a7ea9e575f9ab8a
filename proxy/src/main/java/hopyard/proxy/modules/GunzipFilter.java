package hopyard.proxy.modules;

import hopyard.memory.BufferPool;
import hopyard.proxy.exchange.ContentFilter;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Decompresses a content in gzip's format (RFC 1952), of one or more members. */
final class GunzipFilter implements ContentFilter {

    /**
     * The memory that zlib takes for one response outside of the heap, in bytes.
     *
     * @see <a href="https://www.zlib.net/zlib_tech.html">zlib: memory footprint</a>
     */
    private static final int ZLIB = 44 << 10;

    private static final int FIXED = 10;
    private static final int TRAILER = 8;

    /** The flags of a member's header (RFC 1952 §2.3.1). */
    private static final int HEADER_SUM = 2;

    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The parts of a member, in their order. */
    private enum Part {
        FIXED,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEADER_SUM,
        DATA,
        TRAILER
    }

    private final Consumer<String> onFailure;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 sum = new CRC32();
    private final CRC32 headerSum = new CRC32();
    private Part part = Part.FIXED;
    /** The bytes of the part that have come, little-endian where it is short; and how many they are. */
    private long value;

    private int count;
    private int flags;
    private int extra;
    private boolean hasFailed;

    private GunzipFilter(Consumer<String> onFailure) {
        this.onFailure = onFailure;
    }

    /**
     * Returns a filter; {@code null} if there is no memory for it.
     *
     * @param onFailure is told once, in nginx's words, if the content is not what it should be; it ends the response
     */
    static GunzipFilter make(Consumer<String> onFailure) {
        return BufferPool.takeOutside(ZLIB) ? new GunzipFilter(onFailure) : null;
    }

    @Override
    public void filter(ByteBuffer in, ByteBuffer out) {
        while (in.hasRemaining() && !hasFailed) {
            if (part != Part.DATA) {
                frame(in.get());
            } else if (!inflate(in, out)) {
                return;
            }
        }
        if (hasFailed) {
            in.position(in.limit());
        }
    }

    /** Takes a byte of a member's header or trailer. */
    private void frame(byte b) {
        if (part != Part.TRAILER && part != Part.HEADER_SUM) {
            headerSum.update(b);
        }
        value = count < 8 ? value | (b & 0xffL) << 8 * count : value;
        count++;
        switch (part) {
            case FIXED -> {
                if (count == FIXED) {
                    begin();
                }
            }
            case EXTRA_LENGTH -> {
                if (count == 2) {
                    extra = (int) value;
                    next(extra > 0 ? Part.EXTRA : Part.NAME);
                }
            }
            case EXTRA -> {
                if (count == extra) {
                    next(Part.NAME);
                }
            }
            case NAME, COMMENT -> {
                if (b == 0) {
                    next(part == Part.NAME ? Part.COMMENT : Part.HEADER_SUM);
                }
            }
            case HEADER_SUM -> {
                if (count == 2) {
                    check(value == (headerSum.getValue() & 0xffff));
                    next(Part.DATA);
                }
            }
            default -> {
                if (count == TRAILER) {
                    check(value == (sum.getValue() | (inflater.getBytesWritten() & 0xffffffffL) << 32));
                    inflater.reset();
                    sum.reset();
                    headerSum.reset();
                    next(Part.FIXED);
                }
            }
        }
    }

    private void begin() {
        flags = (int) (value >> 24 & 0xff);
        check((value & 0xffffff) == 0x088b1f && (flags & RESERVED) == 0);
        next(Part.EXTRA_LENGTH);
    }

    /** Goes on to a part, or to the first one after it that is there. */
    private void next(Part wanted) {
        Part found = wanted;
        if (found == Part.EXTRA_LENGTH && (flags & EXTRA) == 0) {
            found = Part.NAME;
        }
        if (found == Part.NAME && (flags & NAME) == 0) {
            found = Part.COMMENT;
        }
        if (found == Part.COMMENT && (flags & COMMENT) == 0) {
            found = Part.HEADER_SUM;
        }
        if (found == Part.HEADER_SUM && (flags & HEADER_SUM) == 0) {
            found = Part.DATA;
        }
        part = found;
        value = 0;
        count = 0;
    }

    /** Decompresses; false if {@code out} is full. */
    private boolean inflate(ByteBuffer in, ByteBuffer out) {
        ByteBuffer made = out.duplicate();
        inflater.setInput(in);
        try {
            inflater.inflate(out);
        } catch (DataFormatException e) {
            check(false);
        }
        inflater.setInput(NOTHING);
        sum.update(made.limit(out.position()));
        if (inflater.finished()) {
            next(Part.TRAILER);
        } else if (inflater.needsDictionary()) {
            check(false);
        }
        return out.hasRemaining();
    }

    private void check(boolean isRight) {
        if (!isRight) {
            fail("inflate() failed: 0, -3");
        }
    }

    private void fail(String message) {
        if (!hasFailed) {
            hasFailed = true;
            onFailure.accept(message);
        }
    }

    @Override
    public boolean flush(ByteBuffer out) {
        return part != Part.DATA || hasFailed || inflate(NOTHING, out);
    }

    @Override
    public boolean finish(ByteBuffer out) {
        if (!flush(out)) {
            return false;
        }
        if (part != Part.FIXED || count > 0) {
            fail("inflate() returned -5 on response end");
        }
        return true;
    }

    @Override
    public void close() {
        inflater.end();
        BufferPool.freeOutside(ZLIB);
    }
}
