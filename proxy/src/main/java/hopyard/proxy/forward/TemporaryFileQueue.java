package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.TempPath;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The part of a response that a slow client has not taken yet, in temporary files: first in, first out. The files that
 * the client has taken are freed one by one.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering">proxy_buffering</a>
 */
final class TemporaryFileQueue {

    /** The length from which no more is added to a part, in bytes. */
    private static final long PART = 8 << 20;

    private final Exchange exchange;
    private final Deque<TemporaryFile> parts = new ArrayDeque<>();
    private final TempPath where;
    private final long largest;
    private long remaining;
    /** How many bytes of the first part the client has taken. */
    private long taken;

    private boolean toldFull;

    private TemporaryFileQueue(Exchange exchange, TempPath where, long largest) {
        this.exchange = exchange;
        this.where = where;
        this.largest = largest;
    }

    /**
     * @param where {@code proxy_temp_path}; {@code null} for where the system has temporary files
     * @param largest how much it may hold ({@code proxy_max_temp_file_size}), in bytes
     * @throws IOException if no file can be made
     */
    static TemporaryFileQueue open(Exchange exchange, TempPath where, long largest) throws IOException {
        TemporaryFileQueue queue = new TemporaryFileQueue(exchange, where, largest);
        queue.addPart().log(exchange, ErrorLog.Level.WARN, "an upstream response is");
        return queue;
    }

    private TemporaryFile addPart() throws IOException {
        TemporaryFile part = TemporaryFile.ofResponse(exchange, where);
        parts.add(part);
        return part;
    }

    boolean isEmpty() {
        return remaining == 0;
    }

    /** Whether no more should be added for now. */
    boolean isFull() {
        return remaining >= largest;
    }

    /** Returns how many bytes the client has not taken yet. */
    long remaining() {
        return remaining;
    }

    /**
     * Adds all that the buffer holds.
     *
     * @throws TemporaryFile.Full if there is too much in temporary files already; nothing has been added then
     * @throws IOException if that fails; the buffer has what was not added
     */
    void add(ByteBuffer content) throws IOException {
        int before = content.remaining();
        TemporaryFile last = parts.getLast();
        try {
            (last.length() < PART ? last : addPart()).add(content);
        } finally {
            remaining += before - content.remaining();
        }
    }

    /** Logs, once, that no more could be added. */
    void tellFull(TemporaryFile.Full reason) {
        if (!toldFull) {
            toldFull = true;
            exchange.log(ErrorLog.Level.WARN, reason.getMessage() + ": the upstream waits for the client");
        }
    }

    /** Fills a buffer with the first bytes, which stay in the queue. */
    void peek(ByteBuffer into) throws IOException {
        TemporaryFile first = parts.getFirst();
        into.limit((int) Math.min(into.capacity(), first.length() - taken));
        while (into.hasRemaining()) {
            if (first.channel().read(into, taken + into.position()) < 0) {
                throw new IOException("the temporary file is shorter than what was written to it");
            }
        }
        into.flip();
    }

    /** Removes the first {@code bytes} bytes. */
    void skip(long bytes) throws IOException {
        taken += bytes;
        remaining -= bytes;
        TemporaryFile first = parts.getFirst();
        if (taken < first.length()) {
            return;
        }
        taken = 0;
        if (parts.size() == 1) {
            first.clear();
        } else {
            parts.remove();
            first.close();
        }
    }

    void close() throws IOException {
        for (TemporaryFile part : parts) {
            part.close();
        }
    }
}
