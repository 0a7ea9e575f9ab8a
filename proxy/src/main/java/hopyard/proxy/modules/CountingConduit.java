package hopyard.proxy.modules;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.StreamSinkConduit;

/** A conduit that counts the bytes that are written to it. */
final class CountingConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    private final LongConsumer counter;

    CountingConduit(StreamSinkConduit next, LongConsumer counter) {
        super(next);
        this.counter = counter;
    }

    private long count(long n) {
        if (n > 0) {
            counter.accept(n);
        }
        return n;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return (int) count(next.write(src));
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return count(next.write(srcs, offset, length));
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        return (int) count(next.writeFinal(src));
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return count(next.writeFinal(srcs, offset, length));
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        return count(next.transferFrom(src, position, count));
    }
}
