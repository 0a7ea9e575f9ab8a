package hopyard.proxy.forward;

import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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
        Path path = Files.createTempFile("hopyard-response-", "");
        FileChannel file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        exchange.log(ErrorLog.Level.WARN, "an upstream response is buffered to a temporary file " + path);
        return new Spool(file, largest);
    }

    boolean isEmpty() {
        return taken == written;
    }

    /** Whether no more should be added until it is empty again. */
    boolean isFull() {
        return written >= largest;
    }

    void add(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            written += file.write(content, written);
        }
    }

    /** Fills a buffer with what came first. */
    void take(ByteBuffer into) throws IOException {
        while (into.hasRemaining() && !isEmpty()) {
            into.limit((int) Math.min(into.capacity(), into.position() + written - taken));
            int n = file.read(into, taken);
            if (n < 0) {
                throw new IOException("the temporary file is shorter than what was written to it");
            }
            taken += n;
        }
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
