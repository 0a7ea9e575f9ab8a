package hopyard.proxy.forward;

import hopyard.proxy.upstream.UpstreamSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Puts the content of a request into records of FastCGI. A record is begun with what there is to write, and what is
 * written next goes on with it.
 */
public final class StdinRecords implements ContentFraming, UpstreamSink {

    /** The longest record, in bytes; as in nginx. */
    private static final int MAX_RECORD = 32 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private UpstreamSink upstream;
    private ByteBuffer head = NOTHING;
    /** The header of a record, as far as it is still to be written. */
    private final ByteBuffer header = ByteBuffer.allocate(FastCgiRecords.HEADER).limit(0);
    /** How much of the record's content is still to be written. */
    private int left;

    private boolean isEnding;

    @Override
    public RequestBody.Progress send(RequestBody content, UpstreamSink to, ByteBuffer requestHead) throws IOException {
        upstream = to;
        head = requestHead;
        if (!isEnding) {
            RequestBody.Progress progress = content.writeTo(this, NOTHING);
            if (progress == RequestBody.Progress.CLIENT_EMPTY) {
                // the app may begin with the parameters
                return flush() ? progress : RequestBody.Progress.UPSTREAM_FULL;
            }
            if (progress == RequestBody.Progress.UPSTREAM_FULL) {
                return progress;
            }
            isEnding = true;
            beginRecord(0);
        }
        return flush() ? RequestBody.Progress.DONE : RequestBody.Progress.UPSTREAM_FULL;
    }

    private void beginRecord(long length) {
        left = (int) Math.min(length, MAX_RECORD);
        header.clear();
        header.put((byte) FastCgiRecords.VERSION)
                .put((byte) FastCgiRecords.STDIN)
                .putShort((short) FastCgiRecords.REQUEST_ID)
                .putShort((short) left)
                .putShort((short) 0);
        header.flip();
    }

    /** Writes what goes ahead of content; false if it does not fit. */
    private boolean flush() throws IOException {
        if (head.hasRemaining() || header.hasRemaining()) {
            upstream.write(new ByteBuffer[] {head, header}, 2);
        }
        return !head.hasRemaining() && !header.hasRemaining();
    }

    @Override
    public long write(ByteBuffer[] buffers, int count) throws IOException {
        long written = 0;
        for (int i = 0; i < count; i++) {
            written += write(buffers[i]);
            if (buffers[i].hasRemaining()) {
                break;
            }
        }
        return written;
    }

    @Override
    public int write(ByteBuffer content) throws IOException {
        int start = content.position();
        int limit = content.limit();
        try {
            while (content.limit(limit).hasRemaining()) {
                if (left == 0) {
                    beginRecord(content.remaining());
                }
                int from = content.position();
                content.limit(from + left);
                upstream.write(new ByteBuffer[] {head, header, content}, 3);
                left -= content.position() - from;
                if (content.hasRemaining()) {
                    break;
                }
            }
        } finally {
            content.limit(limit);
        }
        return content.position() - start;
    }

    @Override
    public long write(FileChannel file, long position, long count) throws IOException {
        if (left == 0) {
            beginRecord(count);
        }
        if (!flush()) {
            return 0;
        }
        long n = upstream.write(file, position, Math.min(left, count));
        left -= (int) n;
        return n;
    }
}
