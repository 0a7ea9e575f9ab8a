package hopyard.http.server;

import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import java.nio.ByteBuffer;

/** Puts together a request's head from the pieces in which it comes, and has it parsed when it is complete. */
final class HeadCollector {

    private static final int DEFAULT_MAX_HEAD = 32 << 10;

    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[16 << 10]);

    private HeadCollector() {}

    /**
     * Takes bytes of a request's head. When the head is complete, it takes no more of them.
     *
     * @param exchange is given what the head says, or a {@link RequestMistake}
     */
    static void take(ByteBuffer buffer, PartialHead head, HttpServerExchange exchange) {
        if (head.length() == 0) {
            skipEmptyLines(buffer);
            int end = end(buffer);
            if (end > 0) {
                int length = end - buffer.position();
                byte[] scratch = SCRATCH.get();
                byte[] bytes = length <= scratch.length ? scratch : new byte[length];
                buffer.get(bytes, 0, length);
                head.complete(length);
                new HeadParser(bytes, length, exchange).parse();
                return;
            }
        }
        // the head comes in pieces
        int max = exchange.getConnection().getUndertowOptions().get(UndertowOptions.MAX_HEADER_SIZE, DEFAULT_MAX_HEAD);
        while (buffer.hasRemaining() && !head.isComplete()) {
            int line = buffer.position();
            while (line < buffer.limit() && buffer.get(line) != '\n') {
                line++;
            }
            boolean isLine = line < buffer.limit();
            boolean isTaken = head.append(buffer, isLine ? line + 1 : line);
            HeadParser parser = new HeadParser(head.bytes(), head.length(), exchange);
            if (!isTaken) {
                head.complete(head.length());
                parser.mistake(503, "memory is used up while reading client request headers");
            } else if (head.length() > max) {
                head.complete(head.length());
                parser.isTooLarge();
            } else if (head.bytes()[0] <= ' ') {
                // another protocol, whose client may wait for an answer before it sends a line end
                head.complete(head.length());
                parser.isNoRequest();
            } else if (isLine && endsHead(head.bytes(), head.length())) {
                head.complete(head.length());
                parser.parse();
            }
        }
    }

    private static void skipEmptyLines(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            byte b = buffer.get(buffer.position());
            if (b != '\r' && b != '\n') {
                return;
            }
            buffer.get();
        }
    }

    /**
     * Returns where the head ends in the buffer: the index after the empty line, or 0 if the buffer has no empty line.
     */
    private static int end(ByteBuffer buffer) {
        int limit = buffer.limit();
        int lineStart = buffer.position();
        boolean isFirst = true;
        for (int i = lineStart; i < limit; i++) {
            if (buffer.get(i) == '\n') {
                if (i == lineStart || i == lineStart + 1 && buffer.get(lineStart) == '\r') {
                    return i + 1;
                }
                if (isFirst && !hasVersion(buffer, lineStart, i)) {
                    return i + 1;
                }
                isFirst = false;
                lineStart = i + 1;
            }
        }
        return 0;
    }

    /** Whether a first line ends with a version. A line without one belongs to HTTP/0.9, and no fields follow it. */
    private static boolean hasVersion(ByteBuffer buffer, int from, int to) {
        for (int i = from; i + 4 < to; i++) {
            if (buffer.get(i) == ' ' && buffer.get(i + 1) == 'H' && buffer.get(i + 4) == 'P') {
                return true;
            }
        }
        return false;
    }

    private static boolean endsHead(byte[] bytes, int length) {
        int lastLine = length - 2;
        if (lastLine >= 0 && bytes[lastLine] == '\r') {
            lastLine--;
        }
        if (lastLine >= 0 && bytes[lastLine] == '\n') {
            return true;
        }
        for (int i = 0; i < length - 1; i++) {
            if (bytes[i] == '\n') {
                return false;
            }
        }
        return !hasVersion(ByteBuffer.wrap(bytes), 0, length);
    }
}
