package hopyard.proxy.record;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.Clock;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExportedTrace;
import hopyard.proxy.exchange.MessageSizes;
import hopyard.proxy.exchange.RequestLine;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Upgrade;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.FieldLines;
import hopyard.proxy.modules.AuthRequestModule;
import hopyard.proxy.record.Redactor.Part;
import hopyard.proxy.record.redaction.Redaction;
import hopyard.proxy.record.redaction.SecretMark;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.TlsFacts;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an exchange as bytes into an array that is used again for the next exchange. Recording makes no objects that
 * live on, so the garbage collector has nothing to copy. {@link RecordReader} reads the bytes in the same order, after
 * {@linkplain #redact secrets have been taken out}.
 */
final class RecordWriter {

    /** How much memory may be kept for the next record, in bytes. */
    static final int MAX_KEPT = 4096;

    private static final Stage[] STAGES = Stage.values();
    private static final Part[] PARTS = Part.values();

    private final int largest;
    private byte[] bytes = new byte[1024];
    private int length;
    /**
     * The parts that may hold secrets. Two numbers for each: the part's kind, and where its length stands, before it.
     */
    private int[] parts = new int[16];

    private int partsEnd;
    /** Whether something has been left out. */
    private boolean cut;

    private TlsFacts[] tls;

    /**
     * @param largest how long a record may be, in bytes; a longer one lacks fields and the ends of texts
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

    /**
     * Returns what is shared with other records: what was agreed on for TLS with the client, and then for each attempt;
     * {@code null} where TLS was not spoken.
     */
    TlsFacts[] tls() {
        return tls;
    }

    /** Whether the record may hold secrets. */
    boolean isRaw() {
        return partsEnd > 0;
    }

    /** Returns a copy. If another thread writes a record meanwhile, the copy is of no use. */
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

    /** Forgets the record. */
    void clear() {
        length = 0;
        partsEnd = 0;
        tls = null;
        Arrays.fill(bytes, (byte) 0);
    }

    /** Replaces arrays that are larger than most records need. */
    void shrink() {
        if (bytes.length > MAX_KEPT) {
            bytes = new byte[1024];
            parts = new int[16];
        }
    }

    /** Takes the secrets out of the record for good. */
    void redact(Redactor redactor) {
        if (!isRaw()) {
            return;
        }
        redactor.begin();
        int grown = 0;
        for (int i = 0; i < partsEnd; i += 2) {
            int at = parts[i + 1] + grown;
            int size = LittleEndian.getInt(bytes, at);
            redactor.redact(PARTS[parts[i]], bytes, at + 4, at + 4 + size);
            if (redactor.bytes() != bytes) {
                grown += replace(at, size, redactor);
            }
        }
        partsEnd = 0;
        LittleEndian.putLong(bytes, length - 8, cut ? 1 : 0);
        Arrays.fill(bytes, length, bytes.length, (byte) 0);
    }

    /** Replaces a part by what the redactor has made of it. Returns how many bytes longer the record is now. */
    private int replace(int at, int size, Redactor redactor) {
        int from = at + 4;
        int n = Math.min(redactor.length(), Math.max(size, largest - length + size));
        cut |= n < redactor.length();
        reserve(Math.max(0, n - size));
        System.arraycopy(bytes, from + size, bytes, from + n, length - from - size);
        System.arraycopy(redactor.bytes(), redactor.start(), bytes, from, n);
        LittleEndian.putInt(bytes, at, n);
        length += n - size;
        return n - size;
    }

    /** Writes an exchange whose clock has stopped. The record may hold secrets. */
    void write(Exchange exchange) {
        length = 0;
        partsEnd = 0;
        cut = false;
        tls = TlsUse.shared(exchange);
        number(System.currentTimeMillis());
        number(exchange.clock().begun());
        for (Stage each : STAGES) {
            number(exchange.clock().nanos(each));
        }
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
        if (exchange.stream() > 0) {
            number(exchange.stream());
        }
        text(Part.HOST, exchange.host());
        text(exchange.client().from());
        text(exchange.client().ends().at());
        text(exchange.upstream().cacheStatus());
        text(ExportedTrace.idOf(exchange));
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
        if (tls != null) {
            tls(exchange.client().tls(), true);
            for (int i = 0; i < tries.size(); i++) {
                tls(tries.get(i).tls(), false);
            }
        }
        number(cut ? 1 : 0);
    }

    /** Writes what is not shared, if TLS was spoken. */
    private void tls(TlsConnection its, boolean isClients) {
        if (its == null) {
            return;
        }
        number(its.isSessionReused() ? 1 : 0);
        number(its.handshakeNanos());
        text(Part.HOST, its.serverName());
        if (isClients) {
            TlsUse.ClientCertificate certificate = TlsUse.ClientCertificate.of(its);
            number(certificate == null ? -1 : certificate.until());
            if (certificate != null) {
                text(Paths.toBytes(certificate.subject()));
                text(Paths.toBytes(certificate.issuer()));
                text(certificate.verified());
            }
        }
    }

    /** Returns how many of {@code n} bytes may still be written. */
    private int allowed(int n) {
        int most = Math.max(0, largest - length);
        cut |= n > most;
        return Math.min(n, most);
    }

    private void reason(Why reason) {
        number(reason == null ? -1 : reason.ordinal());
    }

    /** Writes the subrequest of {@code auth_request}, or that there was none. */
    private void authRequest(Exchange asked) {
        number(asked == null ? -1 : asked.upstream().count());
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
        text(attempt.failedModule());
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

    /** Writes the fields of the response: as they were sent, if they were put together as bytes. */
    private void response(Exchange exchange) {
        FieldLines sent = exchange.response().sentLines();
        if (sent == null) {
            fields(Part.TO_CLIENT, exchange.responseHeaders());
        } else {
            lines(Part.TO_CLIENT, sent.bytes(), sent.sectionLength());
        }
    }

    /** Writes as many whole lines as there is room for: nobody could tell whether half a line is a secret. */
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
        LittleEndian.putInt(bytes, start, length - start - 4);
    }

    /**
     * Writes a text that may hold secrets. A text too long is left out: nobody could tell whether half of it is a
     * secret.
     */
    private void text(Part part, String text) {
        if (text != null && allowed(text.length()) < text.length()) {
            text(SecretMark.of(text));
            return;
        }
        if (text != null) {
            begins(part);
        }
        text(text);
    }

    /** Notes that the part that is written next, its length first, may hold secrets. */
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
        LittleEndian.putLong(bytes, length, value);
        length += 8;
    }

    private void integer(int value) {
        reserve(4);
        LittleEndian.putInt(bytes, length, value);
        length += 4;
    }

    /** Writes a byte string; {@code null} is told from an empty one. */
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
