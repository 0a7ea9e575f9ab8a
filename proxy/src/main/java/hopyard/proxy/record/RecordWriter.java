package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.FieldLines;
import hopyard.proxy.http.UpstreamTry;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an exchange down as bytes, in an array that is used again for the next one. Nothing that it writes needs an
 * object of its own to be kept, so recording gives the garbage collector nothing to carry along. Read by
 * {@link RecordReader}, in the same order.
 */
final class RecordWriter {

    private final int largest;
    private byte[] bytes = new byte[1024];
    private int length;
    /** Whether something has been left out. */
    private boolean cut;

    /**
     * @param largest how long a record may be, in bytes; of a longer one, fields and the ends of texts are left out
     */
    RecordWriter(int largest) {
        this.largest = largest;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Lets go of an array that is larger than most records need. */
    void shrink() {
        if (bytes.length > Slot.MOST_KEPT) {
            bytes = new byte[1024];
        }
    }

    void write(Exchange exchange, long now) {
        length = 0;
        cut = false;
        number(System.currentTimeMillis());
        number(exchange.startNanos());
        number(now);
        number(exchange.status());
        number(exchange.client().serial());
        number(exchange.client().requests());
        number(exchange.bodyBytesSent());
        number(exchange.http().getRequestContentLength());
        text(exchange.requestIdIfAny());
        text(exchange.method());
        text(Redaction.url(exchange.requestUri()));
        text(exchange.protocol());
        text(exchange.host());
        text(exchange.client().from());
        text(exchange.client().at());
        text(exchange.proxyError());
        fields(exchange.http().getRequestHeaders());
        response(exchange);
        List<UpstreamTry> tries = exchange.tries();
        number(tries.size());
        for (int i = 0; i < tries.size(); i++) {
            attempt(tries.get(i));
        }
        number(cut ? 1 : 0);
    }

    /** How much of so many bytes may still be written. */
    private int allowed(int n) {
        int most = Math.max(0, largest - length);
        cut |= n > most;
        return Math.min(n, most);
    }

    private void attempt(UpstreamTry attempt) {
        text(attempt.server());
        text(attempt.from());
        text(attempt.to());
        number(attempt.isReused() ? 1 : 0);
        number(attempt.status());
        number(attempt.startedAt());
        number(attempt.connectNanos());
        number(attempt.headerNanos());
        number(attempt.responseNanos());
        bytes(attempt.sentHead());
        bytes(attempt.receivedHead());
    }

    /** The fields as they were sent, if they were put together as bytes. */
    private void response(Exchange exchange) {
        FieldLines sent = exchange.sentLines();
        if (sent == null
                || sent.hasAnyOf(Redaction.CONCERNED)
                || hasAnyOf(exchange.http().getResponseHeaders())) {
            fields(exchange.responseHeaders());
        } else {
            int n = allowed(sent.sectionLength());
            reserve(n + 4);
            integer(n);
            System.arraycopy(sent.bytes(), 0, bytes, length, n);
            length += n;
        }
    }

    private static boolean hasAnyOf(HeaderMap fields) {
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            if (Redaction.CONCERNED.contains(fields.fiCurrent(i).getHeaderName())) {
                return true;
            }
        }
        return false;
    }

    /** Field lines, without what is to be hidden in them. */
    private void fields(HeaderMap fields) {
        int lengthAt = length;
        reserve(4);
        length += 4;
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            HttpString name = values.getHeaderName();
            boolean redacted = Redaction.CONCERNED.contains(name);
            for (int v = 0; v < values.size(); v++) {
                String value = values.get(v);
                int n = name.length() + value.length() + 4;
                if (allowed(n) < n) {
                    break;
                }
                line(name, redacted ? Redaction.value(name.toString(), value) : value);
            }
        }
        Numbers.putInt(bytes, lengthAt, length - lengthAt - 4);
    }

    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that copies a byte string's bytes as they are
    private void line(HttpString name, String value) {
        int n = name.length();
        int end = n + 2 + value.length();
        reserve(end + 2);
        name.copyTo(0, bytes, length, n);
        bytes[length + n] = ':';
        bytes[length + n + 1] = ' ';
        value.getBytes(0, value.length(), bytes, length + n + 2);
        bytes[length + end] = '\r';
        bytes[length + end + 1] = '\n';
        length += end + 2;
    }

    private void number(long value) {
        reserve(8);
        Numbers.putLong(bytes, length, value);
        length += 8;
    }

    private void integer(int value) {
        Numbers.putInt(bytes, length, value);
        length += 4;
    }

    /** A byte string; {@code null} is something else than an empty one. */
    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that copies a byte string's bytes as they are
    private void text(String text) {
        int n = text == null ? -1 : allowed(text.length());
        reserve(Math.max(0, n) + 4);
        integer(n);
        if (n > 0) {
            text.getBytes(0, n, bytes, length);
            length += n;
        }
    }

    private void bytes(byte[] source) {
        int n = source == null ? -1 : allowed(source.length);
        reserve(Math.max(0, n) + 4);
        integer(n);
        if (n > 0) {
            System.arraycopy(source, 0, bytes, length, n);
            length += n;
        }
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
