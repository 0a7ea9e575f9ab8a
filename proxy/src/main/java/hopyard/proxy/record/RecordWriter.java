package hopyard.proxy.record;

import hopyard.proxy.http.Clock;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.FieldLines;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Why;
import hopyard.proxy.record.Redactor.Part;
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

    private static final Stage[] STAGES = Stage.values();

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

    /** Writes down an exchange whose clock has stopped. */
    void write(Exchange exchange, Redactor redactor) {
        length = 0;
        cut = false;
        redactor.begin();
        number(System.currentTimeMillis());
        times(exchange.clock());
        number(exchange.status());
        number(exchange.outcome().ordinal());
        number(exchange.answeredBy().ordinal());
        reason(exchange.why());
        reason(exchange.interrupted());
        number(exchange.client().serial());
        number(exchange.client().requests());
        number(exchange.bodyBytesSent());
        number(exchange.bodyBytesReceived());
        text(exchange.requestIdIfAny());
        text(exchange.method());
        text(Part.TARGET, exchange.requestUri(), redactor);
        text(exchange.protocol());
        text(Part.HOST, exchange.host(), redactor);
        text(exchange.client().from());
        text(exchange.client().at());
        text(exchange.cacheStatus());
        fields(Part.FROM_CLIENT, exchange.http().getRequestHeaders(), redactor);
        response(exchange, redactor);
        List<UpstreamTry> tries = exchange.tries();
        number(tries.size());
        for (int i = 0; i < tries.size(); i++) {
            attempt(tries.get(i), exchange.clock(), redactor);
        }
        List<String> logged = exchange.logged();
        number(logged.size());
        for (int i = 0; i < logged.size(); i++) {
            text(Part.ERROR_LOG, Redaction.logLine(logged.get(i)), redactor);
        }
        number(cut ? 1 : 0);
    }

    /** How much of so many bytes may still be written. */
    private int allowed(int n) {
        int most = Math.max(0, largest - length);
        cut |= n > most;
        return Math.min(n, most);
    }

    private void times(Clock clock) {
        number(clock.begun());
        for (Stage each : STAGES) {
            number(clock.nanos(each));
        }
    }

    private void reason(Why reason) {
        number(reason == null ? -1 : reason.ordinal());
    }

    private void attempt(UpstreamTry attempt, Clock clock, Redactor redactor) {
        text(attempt.server());
        text(attempt.from());
        text(attempt.to());
        number(attempt.isReused() ? 1 : 0);
        number(attempt.status());
        reason(attempt.failure());
        number(attempt.startedAt());
        number(attempt.nanos(Stage.CONNECT, clock));
        number(attempt.nanos(Stage.SEND, clock));
        number(attempt.nanos(Stage.WAIT, clock));
        number(attempt.nanos(Stage.READ, clock));
        number(attempt.headerNanos());
        number(attempt.responseNanos());
        number(attempt.bytesReceived());
        head(Part.TO_UPSTREAM, attempt.sentHead(), redactor);
        head(Part.FROM_UPSTREAM, attempt.receivedHead(), redactor);
    }

    private void head(Part part, byte[] head, Redactor redactor) {
        if (head == null) {
            integer(-1);
        } else {
            redacted(part, head, 0, head.length, redactor);
        }
    }

    /** The fields as they were sent, if they were put together as bytes. */
    private void response(Exchange exchange, Redactor redactor) {
        FieldLines sent = exchange.sentLines();
        if (sent == null) {
            fields(Part.TO_CLIENT, exchange.responseHeaders(), redactor);
        } else {
            redacted(Part.TO_CLIENT, sent.bytes(), 0, sent.sectionLength(), redactor);
        }
    }

    /** Field lines. What is to be hidden in them is for a moment where the record goes. */
    private void fields(Part part, HeaderMap fields, Redactor redactor) {
        int start = length;
        integer(0);
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            for (int v = 0; v < values.size(); v++) {
                String value = values.get(v);
                int n = values.getHeaderName().length() + value.length() + 4;
                if (allowed(n) < n) {
                    break;
                }
                line(values.getHeaderName(), value);
            }
        }
        redactLast(part, start, redactor);
    }

    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that copies a byte string's bytes as they are
    private void text(Part part, String text, Redactor redactor) {
        if (text == null) {
            integer(-1);
            return;
        }
        int start = length;
        int n = allowed(text.length());
        reserve(n + 4);
        integer(0);
        text.getBytes(0, n, bytes, length);
        length += n;
        redactLast(part, start, redactor);
    }

    /** Redacts what has been written behind a number, which becomes how long it is. */
    private void redactLast(Part part, int start, Redactor redactor) {
        int end = length;
        length = start;
        redacted(part, bytes, start + 4, end, redactor);
        if (length < end) {
            Arrays.fill(bytes, length, end, (byte) 0);
        }
    }

    private void redacted(Part part, byte[] source, int from, int to, Redactor redactor) {
        redactor.redact(part, source, from, to);
        bytes(redactor.bytes(), redactor.start(), redactor.length());
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
        reserve(4);
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

    private void bytes(byte[] source, int from, int size) {
        int n = allowed(size);
        reserve(n + 4);
        integer(n);
        System.arraycopy(source, from, bytes, length, n);
        length += n;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
