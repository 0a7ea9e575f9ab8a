package hopyard.proxy.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongSupplier;

/** Keeps the content of a subrequest in memory, up to a limit. */
final class CollectingSink extends SubrequestSink {

    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final LongSupplier limit;
    private final Runnable onTooMuch;
    private boolean isTooMuch;

    /** @param onTooMuch runs when there is more than {@code limit} bytes */
    CollectingSink(LongSupplier limit, Runnable onTooMuch) {
        this.limit = limit;
        this.onTooMuch = onTooMuch;
    }

    byte[] content() {
        return content.toByteArray();
    }

    @Override
    public int write(ByteBuffer src) {
        int n = src.remaining();
        if (!isTooMuch && content.size() + n > limit.getAsLong()) {
            isTooMuch = true;
            onTooMuch.run();
        }
        if (isTooMuch) {
            return 0;
        }
        byte[] bytes = new byte[n];
        src.get(bytes);
        content.writeBytes(bytes);
        return n;
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, limit.getAsLong() + 1));
        int n = src.read(piece, position);
        return n <= 0 ? n : write(piece.flip());
    }
}
