package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * memcached's text protocol, as far as a value is fetched by its key: {@code get KEY}, and the answer {@code VALUE KEY
 * FLAGS LENGTH}, the value, {@code END}; or {@code END} alone.
 *
 * @see <a href="https://github.com/memcached/memcached/blob/master/doc/protocol.txt">memcached: Protocol</a>
 */
public final class MemcachedProtocol implements ResponseProtocol {

    private static final ExchangeKey<String> ASKED = new ExchangeKey<>();

    private static final String VALUE = "VALUE ";

    /** What follows a value. */
    private static final byte[] TRAILER = "\r\nEND\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final int gzipFlag;

    /** @param gzipFlag the bit of the flags that tells that a value is compressed; 0 for none */
    public MemcachedProtocol(int gzipFlag) {
        this.gzipFlag = gzipFlag;
    }

    /** Writes the request for a key. */
    public static void ask(Exchange exchange, String key, HeadWriter out) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c <= ' ' || c == '%') {
                HEX.toHexDigits(escaped.append('%'), (byte) c);
            } else {
                escaped.append(c);
            }
        }
        exchange.put(ASKED, escaped.toString());
        out.text("get ").text(escaped.toString()).text("\r\n");
    }

    @Override
    public int end(ByteBuffer buffer, int from) {
        for (int i = buffer.position(); i < buffer.limit(); i++) {
            if (buffer.get(i) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    @Override
    public String mistake(ByteBuffer buffer) {
        return null;
    }

    @Override
    public String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end) {
        byte[] bytes = new byte[end - buffer.position()];
        buffer.get(bytes);
        String whole = new String(bytes, StandardCharsets.ISO_8859_1);
        String line = whole.substring(0, whole.length() - (whole.endsWith("\r\n") ? 2 : 1));
        String key = exchange.get(ASKED);
        if (whole.endsWith("\r\n") && line.equals("END")) {
            exchange.log(ErrorLog.Level.INFO, "key: \"" + key + "\" was not found by memcached");
            return take(into, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
        if (!whole.endsWith("\r\n") || !line.startsWith(VALUE)) {
            return "memcached sent invalid response: \"" + line + "\"";
        }
        String after = " in response \"" + line + "\" for key \"" + key + "\"";
        if (!line.startsWith(key, VALUE.length())) {
            return "memcached sent invalid key" + after;
        }
        String[] rest = line.substring(VALUE.length() + key.length()).split(" ", 3);
        if (rest.length < 3 || !rest[0].isEmpty()) {
            return "memcached sent invalid response: \"" + line + "\"";
        }
        if (gzipFlag != 0 && !rest[1].matches("[0-9]{1,10}")) {
            return "memcached sent invalid flags" + after;
        }
        if (!rest[2].matches("[0-9]{1,18}")) {
            return "memcached sent invalid length" + after;
        }
        boolean isPacked = gzipFlag != 0 && (Long.parseLong(rest[1]) & gzipFlag) != 0;
        String type = exchange.core().typeOf(exchange.uri());
        return take(
                into,
                "HTTP/1.1 200 OK\r\nContent-Length: " + rest[2] + "\r\n"
                        + (type.isEmpty() ? "" : "Content-Type: " + type + "\r\n")
                        + (isPacked ? "Content-Encoding: gzip\r\n" : "") + "\r\n");
    }

    /** Has the head be that of HTTP with the same meaning. */
    private static String take(ResponseHead into, String head) {
        byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        return into.parse(ByteBuffer.wrap(bytes), bytes.length);
    }

    @Override
    public ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead) {
        ResponseFraming framing = ResponseFraming.of(head, false);
        return head.status() == 200
                ? new ResponseFraming(new Value(exchange, framing.length()), framing.length(), true, null)
                : framing;
    }

    @Override
    public boolean replacesErrors() {
        return true;
    }

    /** Takes off what follows a value. */
    private static final class Value extends BodyDecoder {
        private final Exchange exchange;
        private long left;
        private int trailer;
        private boolean isWrong;

        Value(Exchange exchange, long length) {
            this.exchange = exchange;
            left = length;
        }

        @Override
        public void decode(ByteBuffer buffer) {
            int content = (int) Math.min(left, buffer.remaining());
            left -= content;
            int end = buffer.position() + content;
            for (int i = end; i < buffer.limit() && !isWrong; i++) {
                isWrong = trailer == TRAILER.length || buffer.get(i) != TRAILER[trailer];
                trailer++;
                if (isWrong) {
                    exchange.log(ErrorLog.Level.ERROR, "memcached sent invalid trailer");
                }
            }
            buffer.limit(end);
        }

        @Override
        public boolean isDone() {
            return left == 0 && (isWrong || trailer == TRAILER.length);
        }

        @Override
        public boolean hasExcess() {
            return false;
        }

        @Override
        public boolean leavesCleanConnection() {
            return !isWrong;
        }
    }
}
