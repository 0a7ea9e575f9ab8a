package hopyard.proxy.record;

import hopyard.proxy.http.ClientContent;
import hopyard.proxy.http.Clock;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.FieldLines;
import hopyard.proxy.http.MessageSizes;
import hopyard.proxy.http.RequestLine;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.TunnelEnd;
import hopyard.proxy.http.Upgrade;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Why;
import hopyard.proxy.modules.AuthRequestModule;
import hopyard.proxy.record.Redactor.Part;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an exchange down as bytes, in an array that is used again for the next one. Nothing that it writes needs an
 * object of its own to be kept, so recording gives the garbage collector nothing to carry along. Read by
 * {@link RecordReader}, in the same order, once {@linkplain #redact secrets have been taken out}.
 */
final class RecordWriter {

    private static final Stage[] STAGES = Stage.values();
    private static final Part[] PARTS = Part.values();

    private final int largest;
    private byte[] bytes = new byte[1024];
    private int length;
    /** What may hold secrets: by turns which part it is, and where its length stands, with itself behind. */
    private int[] parts = new int[16];

    private int partsEnd;
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

    /** Whether there may be secrets in what is written. */
    boolean isRaw() {
        return partsEnd > 0;
    }

    /** A copy, which makes no sense if a record is being written meanwhile. */
    RecordWriter copy() {
        RecordWriter copy = new RecordWriter(largest);
        byte[] its = bytes;
        copy.length = Math.min(its.length, length);
        copy.bytes = Arrays.copyOf(its, copy.length);
        int[] itsParts = parts;
        copy.partsEnd = Math.min(itsParts.length, partsEnd);
        copy.parts = Arrays.copyOf(itsParts, copy.partsEnd);
        copy.cut = cut;
        return copy;
    }

    /** Holds nothing any more. */
    void clear() {
        length = 0;
        partsEnd = 0;
        Arrays.fill(bytes, (byte) 0);
    }

    /** Lets go of arrays that are larger than most records need. */
    void shrink() {
        if (bytes.length > Slot.MAX_KEPT) {
            bytes = new byte[1024];
            parts = new int[16];
        }
    }

    /** Takes secrets out of what is written, for good. */
    void redact(Redactor redactor) {
        if (!isRaw()) {
            return;
        }
        redactor.begin();
        int grown = 0;
        for (int i = 0; i < partsEnd; i += 2) {
            int at = parts[i + 1] + grown;
            int size = Numbers.getInt(bytes, at);
            redactor.redact(PARTS[parts[i]], bytes, at + 4, at + 4 + size);
            if (redactor.bytes() != bytes) {
                grown += replace(at, size, redactor);
            }
        }
        partsEnd = 0;
        Numbers.putLong(bytes, length - 8, cut ? 1 : 0);
        Arrays.fill(bytes, length, bytes.length, (byte) 0);
    }

    /** Puts what the redactor has made of a part in its place. Returns how many bytes more that is. */
    private int replace(int at, int size, Redactor redactor) {
        int from = at + 4;
        int n = Math.min(redactor.length(), Math.max(size, largest - length + size));
        cut |= n < redactor.length();
        reserve(Math.max(0, n - size));
        System.arraycopy(bytes, from + size, bytes, from + n, length - from - size);
        System.arraycopy(redactor.bytes(), redactor.start(), bytes, from, n);
        Numbers.putInt(bytes, at, n);
        length += n - size;
        return n - size;
    }

    /** Writes down an exchange whose clock has stopped, as it was. */
    void write(Exchange exchange) {
        length = 0;
        partsEnd = 0;
        cut = false;
        number(System.currentTimeMillis());
        times(exchange.clock());
        number(exchange.status());
        number(exchange.ending().outcome().ordinal());
        number(exchange.ending().answeredBy().ordinal());
        reason(exchange.ending().why());
        reason(exchange.ending().interrupted());
        number(exchange.client().serial());
        number(exchange.client().requests());
        number(MessageSizes.contentSent(exchange));
        number(ClientContent.received(exchange));
        text(exchange.requestIdIfAny());
        text(exchange.method());
        text(Part.TARGET, RequestLine.shownTarget(exchange));
        text(exchange.protocol());
        text(Part.HOST, exchange.host());
        text(exchange.client().from());
        text(exchange.client().at());
        text(exchange.upstream().cacheStatus());
        fields(Part.FROM_CLIENT, exchange.requestHeaders());
        response(exchange);
        authRequest(AuthRequestModule.askedFor(exchange));
        List<UpstreamTry> tries = exchange.upstream().tries();
        number(tries.size());
        for (int i = 0; i < tries.size(); i++) {
            attempt(tries.get(i), exchange.clock());
        }
        List<String> logged = exchange.requestLog().lines();
        number(logged.size());
        for (int i = 0; i < logged.size(); i++) {
            text(Part.ERROR_LOG, Redaction.logLine(logged.get(i)));
        }
        if (exchange.status() == StatusCodes.SWITCHING_PROTOCOLS) {
            TunnelEnd end = Upgrade.endOf(exchange);
            text(end == null ? null : end.text());
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

    /** Of the subrequest that decides whether the client may: where it went, what it came to, whom it asked last. */
    private void authRequest(Exchange asked) {
        number(asked == null ? -1 : asked.upstream().tries().size());
        if (asked == null) {
            return;
        }
        text(Part.TARGET, asked.uri());
        number(asked.response().isStarted() ? asked.status() : 0);
        for (UpstreamTry each : asked.upstream().tries()) {
            long total = Math.max(0, each.responseNanos());
            long header = each.headerNanos() < 0 ? total : each.headerNanos();
            long connect = each.connectNanos() < 0 ? total : each.connectNanos();
            ends(each);
            number(connect);
            number(0);
            number(header - connect);
            number(total - header);
            result(each);
        }
    }

    private void attempt(UpstreamTry attempt, Clock clock) {
        ends(attempt);
        number(clock.nanos(Stage.CONNECT, attempt));
        number(clock.nanos(Stage.SEND, attempt));
        number(clock.nanos(Stage.WAIT, attempt));
        number(clock.nanos(Stage.READ, attempt));
        result(attempt);
    }

    private void ends(UpstreamTry attempt) {
        text(attempt.server());
        text(attempt.from());
        text(attempt.to());
        number(attempt.isReused() ? 1 : 0);
        number(attempt.status());
        reason(attempt.failure());
        number(attempt.startedAt());
    }

    private void result(UpstreamTry attempt) {
        number(attempt.headerNanos());
        number(attempt.responseNanos());
        number(attempt.headerNanos() < 0 ? attempt.bytesRead() : attempt.bytesReceived());
        head(Part.TO_UPSTREAM, attempt.sentHead());
        head(Part.FROM_UPSTREAM, attempt.receivedHead());
    }

    private void head(Part part, byte[] head) {
        if (head == null) {
            integer(-1);
        } else {
            lines(part, head, head.length);
        }
    }

    /** The fields as they were sent, if they were put together as bytes. */
    private void response(Exchange exchange) {
        FieldLines sent = exchange.response().sentLines();
        if (sent == null) {
            fields(Part.TO_CLIENT, exchange.responseHeaders());
        } else {
            lines(Part.TO_CLIENT, sent.bytes(), sent.sectionLength());
        }
    }

    /** Lines, as many as there is room for: of half a line nobody could tell whether it is a secret. */
    private void lines(Part part, byte[] source, int size) {
        begins(part);
        int n = allowed(size);
        while (n < size && n > 0 && source[n - 1] != '\n') {
            n--;
        }
        reserve(n + 4);
        integer(n);
        System.arraycopy(source, 0, bytes, length, n);
        length += n;
    }

    private void fields(Part part, HeaderMap fields) {
        begins(part);
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
        Numbers.putInt(bytes, start, length - start - 4);
    }

    /** A text that may hold secrets; one that there is no room for is left out, because of half of it nobody could tell. */
    private void text(Part part, String text) {
        if (text != null && allowed(text.length()) < text.length()) {
            text(Redaction.mark(text));
            return;
        }
        if (text != null) {
            begins(part);
        }
        text(text);
    }

    /** What comes next, its length and itself, may hold secrets. */
    private void begins(Part part) {
        if (partsEnd == parts.length) {
            parts = Arrays.copyOf(parts, 2 * partsEnd);
        }
        parts[partsEnd++] = part.ordinal();
        parts[partsEnd++] = length;
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

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
