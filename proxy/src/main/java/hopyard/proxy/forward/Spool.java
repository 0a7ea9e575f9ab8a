package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * What a slow client has not taken yet of a response, in a temporary file: first in, first out.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering">proxy_buffering</a>
 */
final class Spool {

    private final FileChannel file;
    private final long largest;
    private long written;
    private long taken;

    private Spool(FileChannel file, long largest) {
        this.file = file;
        this.largest = largest;
    }

    /**
     * @param largest how long the file may become ({@code proxy_max_temp_file_size}), in bytes
     * @throws IOException if no file can be made
     */
    static Spool open(Exchange exchange, long largest) throws IOException {
        return new Spool(TemporaryFile.open(exchange, "response", "an upstream response is"), largest);
    }

    boolean isEmpty() {
        return taken == written;
    }

    /** Whether no more should be added until it is empty again. */
    boolean isFull() {
        return written >= largest;
    }

    /** How much has not been taken yet, in bytes. */
    long remaining() {
        return written - taken;
    }

    void add(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            written += file.write(content, written);
        }
    }

    /** Fills a buffer with what came first, which stays. */
    void peek(ByteBuffer into) throws IOException {
        into.limit((int) Math.min(into.capacity(), remaining()));
        while (into.hasRemaining()) {
            if (file.read(into, taken + into.position()) < 0) {
                throw new IOException("the temporary file is shorter than what was written to it");
            }
        }
        into.flip();
    }

    /** That much of what came first is done with. */
    void skip(long bytes) throws IOException {
        taken += bytes;
        if (isEmpty()) {
            file.truncate(0);
            taken = 0;
            written = 0;
        }
    }

    void close() throws IOException {
        file.close();
    }
}
