package hopyard.http.server;

import hopyard.http.HeadGate;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the status line and the fields of a response (RFC 9112 §4, §5). */
final class ResponseHeadWriter {

    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] SEPARATOR = ascii(": ");
    private static final byte[] LINE_END = ascii("\r\n");

    /** The first lines of responses with the standard reason phrases, by status code. */
    private static final byte[][] STATUS_LINES = new byte[1000][];

    /** {@code null} for none. */
    private HttpServerExchange exchange;

    private byte[] lines;
    private int linesLength;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Sets the exchange whose response's head is written next. */
    void reset(HttpServerExchange newExchange) {
        exchange = newExchange;
        lines = null;
    }

    /**
     * Sets the fields that are written in place of those of the exchange's map.
     *
     * @param bytes field lines and the empty line at their end; they are read only when the head is written
     */
    void fields(byte[] bytes, int length) {
        lines = bytes;
        linesLength = length;
    }

    /** Forgets the exchange: there is no response any more. */
    void forget() {
        exchange = null;
    }

    /** Whether there is no response to write a head for. */
    boolean isNone() {
        return exchange == null;
    }

    /** Returns the most bytes that the head may have. */
    int length() {
        String reason = exchange.getReasonPhrase();
        int length = 64 + (reason == null ? 0 : reason.length());
        if (lines != null) {
            return length + linesLength;
        }
        HeaderMap fields = exchange.getResponseHeaders();
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            for (int v = 0; v < values.size(); v++) {
                length += values.getHeaderName().length() + values.get(v).length() + 4;
            }
        }
        return length;
    }

    /** Writes the head. */
    void writeInto(ByteBuffer buffer) {
        putStatusLine(buffer);
        if (lines == null) {
            putFields(buffer);
        } else {
            buffer.put(lines, 0, linesLength);
            lines = null;
        }
    }

    private void putStatusLine(ByteBuffer buffer) {
        int status = exchange.getStatusCode();
        String own = exchange.getReasonPhrase();
        if (own != null) {
            buffer.put(VERSION).put(ascii(status + " "));
            putValue(buffer, own);
            buffer.put(LINE_END);
            return;
        }
        byte[] line = STATUS_LINES[status];
        if (line == null) {
            line = ascii("HTTP/1.1 " + status + " " + StatusCodes.getReason(status) + "\r\n");
            STATUS_LINES[status] = line;
        }
        buffer.put(line);
    }

    private void putFields(ByteBuffer buffer) {
        HeaderMap fields = exchange.getResponseHeaders();
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            HttpString name = values.getHeaderName();
            for (int v = 0; v < values.size(); v++) {
                name.appendTo(buffer);
                buffer.put(SEPARATOR);
                putValue(buffer, values.get(v));
                buffer.put(LINE_END);
            }
        }
        buffer.put(LINE_END);
    }

    private static void putValue(ByteBuffer buffer, String value) {
        String cleaned = HeadGate.cleaned(value);
        for (int i = 0; i < cleaned.length(); i++) {
            buffer.put((byte) cleaned.charAt(i));
        }
    }
}
