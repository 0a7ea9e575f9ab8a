package hopyard.proxy.forward;

import hopyard.proxy.upstream.UpstreamConnection;
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
    private RequestBody body;
    private ByteBuffer head = NOTHING;
    /** The header of a record, as far as it is still to be written. */
    private final ByteBuffer header = ByteBuffer.allocate(FastCgiRecords.HEADER).limit(0);
    /** The header of the record that ends the content. */
    private final ByteBuffer end = record(ByteBuffer.allocate(FastCgiRecords.HEADER), 0);
    /** How much of the record's content is still to be written. */
    private int left;
    /** How much content is still to be written; negative if that is not known. */
    private long rest = Long.MIN_VALUE;

    @Override
    public RequestBody.Progress send(RequestBody content, UpstreamConnection to, ByteBuffer requestHead)
            throws IOException {
        upstream = to;
        body = content;
        head = requestHead;
        if (rest == Long.MIN_VALUE) {
            rest = !content.endsWithItsLength() ? -1 : content.length() == RequestBody.NONE ? 0 : content.length();
        }
        RequestBody.Progress progress = content.writeTo(this, NOTHING);
        if (progress == RequestBody.Progress.UPSTREAM_FULL) {
            return progress;
        }
        boolean isEnd = progress == RequestBody.Progress.DONE;
        // the app may begin with the parameters, where content is still to come
        return flush(isEnd ? 3 : 2) ? progress : RequestBody.Progress.UPSTREAM_FULL;
    }

    private void beginRecord(long length) {
        left = (int) Math.min(length, MAX_RECORD);
        record(header, left);
    }

    private static ByteBuffer record(ByteBuffer into, int length) {
        return into.clear()
                .put((byte) FastCgiRecords.VERSION)
                .put((byte) FastCgiRecords.STDIN)
                .putShort((short) FastCgiRecords.REQUEST_ID)
                .putShort((short) length)
                .putShort((short) 0)
                .flip();
    }

    /** Writes what goes ahead of content, and the end where that is wanted; false if it does not fit. */
    private boolean flush(int count) throws IOException {
        ByteBuffer[] all = {head, header, end};
        boolean hasMore = false;
        for (int i = 0; i < count; i++) {
            hasMore |= all[i].hasRemaining();
        }
        if (hasMore) {
            upstream.write(all, count);
        }
        return !head.hasRemaining() && !header.hasRemaining() && (count < 3 || !end.hasRemaining());
    }

    private void written(long n) {
        left -= (int) n;
        rest -= rest < 0 ? 0 : n;
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
                // the end goes with the last of the content
                boolean isLast = rest == left || body.isAtEnd() && from + left == limit;
                upstream.write(new ByteBuffer[] {head, header, content, end}, isLast ? 4 : 3);
                written(content.position() - from);
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
        if (!flush(2)) {
            return 0;
        }
        long n = upstream.write(file, position, Math.min(left, count));
        written(n);
        return n;
    }
}
