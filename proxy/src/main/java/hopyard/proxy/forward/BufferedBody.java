package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.BodyInFile;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.UpstreamSink;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A request body that is read whole before the upstream is asked: in memory up to a limit, beyond it in a temporary
 * file. It can be sent any number of times.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_request_buffering">
 *     proxy_request_buffering</a>
 */
final class BufferedBody implements RequestBody {

    /** Is told when the body is there, or why it never will be. */
    interface Listener {
        void bodyRead();

        void bodyFailed(IOException e);
    }

    private static final long MAX_PER_WRITE = 1 << 20;

    /** A client that sends fewer bytes than this at a time is slow. */
    private static final int PIECE = 1024;

    private final Exchange exchange;
    private final Listener listener;
    private final ClientBody client;
    private byte[] memory = {};
    private int held;
    /** How much memory counts as held, in bytes. */
    private int taken;

    private ByteBuffer content;
    private TemporaryFile file;
    /** How many bodies share the file; the last one closes it. */
    private AtomicInteger sharers = new AtomicInteger(1);

    private boolean isUpload;
    private long position;
    private long length = -1;

    BufferedBody(Exchange exchange, Listener listener) {
        this.exchange = exchange;
        this.listener = listener;
        exchange.content().takesAll();
        client = new ClientBody(exchange, this::read);
    }

    private BufferedBody(Exchange exchange, BufferedBody from) {
        this.exchange = exchange;
        listener = null;
        client = null;
        content = from.content.duplicate().rewind();
        held = from.held;
        file = from.file;
        sharers = from.sharers;
        sharers.incrementAndGet();
        length = from.length();
    }

    /** Returns the same body, for another exchange to send it as well. */
    BufferedBody share(Exchange with) {
        return new BufferedBody(with, this);
    }

    /** Reads until the end, or until there is nothing for now. The listener is told the outcome. */
    void read() {
        try {
            if (readAll()) {
                content = ByteBuffer.wrap(memory, 0, held);
                memory = null;
                listener.bodyRead();
            }
        } catch (IOException e) {
            listener.bodyFailed(e);
        }
    }

    private boolean readAll() throws IOException {
        long before = client.received();
        try (PooledByteBuffer pooled = BufferPool.take(exchange.buffers())) {
            ByteBuffer buffer = pooled.getBuffer();
            while (true) {
                buffer.clear();
                int n = client.read(buffer);
                if (n <= 0) {
                    client.serveLast(n == 0 && client.received() - before < PIECE);
                    if (n < 0 && file == null && isForFile()) {
                        openFile();
                    }
                    return n < 0;
                }
                buffer.flip();
                boolean isShort = held + n <= exchange.core().clientBodyBufferSize();
                if (file == null && (!isShort || isForFile() || !hasRoom(n))) {
                    openFile();
                }
                if (file != null) {
                    file.add(buffer);
                } else {
                    hold(buffer);
                }
            }
        }
    }

    private boolean isForFile() {
        return isUpload || exchange.core().bodyInFile() != BodyInFile.OFF;
    }

    /** Makes room in memory for {@code n} more bytes; false if there is none. */
    private boolean hasRoom(int n) {
        if (held + n > memory.length) {
            int capacity = Math.max(held + n, 2 * held);
            if (!HeldMemory.take(capacity - memory.length)) {
                return false;
            }
            taken = capacity;
            memory = Arrays.copyOf(memory, capacity);
        }
        return true;
    }

    private void hold(ByteBuffer buffer) {
        int n = buffer.remaining();
        buffer.get(memory, held, n);
        held += n;
    }

    private void openFile() throws IOException {
        file = isUpload ? TemporaryFile.ofUpload(exchange) : TemporaryFile.ofRequest(exchange);
        file.add(ByteBuffer.wrap(memory, 0, held));
        memory = new byte[0];
        held = 0;
        free();
    }

    /** Whether all of it has been read, and is still kept. */
    boolean isThere() {
        return content != null && (file == null || sharers.get() > 0);
    }

    /** Has all of the content go into a file, which {@link #takeFile} gives away then. */
    void toFile() {
        isUpload = true;
    }

    /** Gives the file away: it is not deleted any more when the body is closed. */
    Path takeFile() {
        return file.take();
    }

    /** Returns the content; {@code null} if it is in a file. */
    String text() {
        return file != null || content == null
                ? null
                : new String(content.array(), 0, held, StandardCharsets.ISO_8859_1);
    }

    /** Returns the name of the file that the content is in; {@code null} if it is in memory. */
    String file() {
        return file == null ? null : Paths.toBytes(file.path().toString());
    }

    @Override
    public long length() {
        return length >= 0 ? length : client.received();
    }

    @Override
    public boolean canRestart() {
        return true;
    }

    @Override
    public void restart() {
        content.rewind();
        position = 0;
    }

    @Override
    public Progress writeTo(UpstreamSink upstream, ByteBuffer head) throws IOException {
        if (file == null) {
            if (content.remaining() <= head.capacity() - head.limit()) {
                append(content, head);
            }
            if (content.hasRemaining()) {
                upstream.write(new ByteBuffer[] {head, content}, 2);
            } else {
                upstream.write(head);
            }
            return head.hasRemaining() || content.hasRemaining() ? Progress.UPSTREAM_FULL : Progress.DONE;
        }
        if (head.hasRemaining()) {
            upstream.write(head);
        }
        while (!head.hasRemaining() && position < length()) {
            long n = upstream.write(file.channel(), position, Math.min(MAX_PER_WRITE, length() - position));
            if (n == 0) {
                break;
            }
            position += n;
        }
        return head.hasRemaining() || position < length() ? Progress.UPSTREAM_FULL : Progress.DONE;
    }

    /** Appends a short content to the head in the same buffer, so that one plain write sends both. */
    private static void append(ByteBuffer content, ByteBuffer head) {
        int start = head.position();
        int end = head.limit();
        head.limit(end + content.remaining()).position(end);
        head.put(content).position(start);
    }

    private void free() {
        HeldMemory.free(taken);
        taken = 0;
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
        free();
        if (file != null && sharers.decrementAndGet() == 0) {
            try {
                file.close();
            } catch (IOException e) {
                exchange.log(ErrorLog.Level.ALERT, "close() of a temporary file failed (" + e.getMessage() + ")");
            }
        }
    }
}
