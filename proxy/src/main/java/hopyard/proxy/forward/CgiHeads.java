package hopyard.proxy.forward;

import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Heads of responses as CGI has them: fields, of which {@code Status} is one, in the place of a status line.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-6">RFC 3875 §6</a>
 */
final class CgiHeads {

    static final HttpString STATUS = new HttpString("Status");

    private static final byte[] OK = ascii("HTTP/1.1 200 OK\r\n");
    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte DELETE = 0x7f;
    private static final String FOUND = "302 Moved Temporarily";

    private CgiHeads() {}

    /** Returns the index behind the head in a buffer; -1 if it is not all there yet. A head may have no fields. */
    static int end(ByteBuffer buffer, int from) {
        int at = buffer.position();
        if (at < buffer.limit() && buffer.get(at) == '\r') {
            at++;
        }
        return at < buffer.limit() && buffer.get(at) == '\n' ? at + 1 : ResponseHead.end(buffer, from);
    }

    /**
     * Takes a head, as one of HTTP with the same meaning.
     *
     * @param end where it ends
     * @return {@code null}, or what is wrong with it
     */
    static String parse(ResponseHead into, ByteBuffer buffer, int end) {
        byte[] fields = new byte[end - buffer.position()];
        buffer.get(fields);
        String mistake = take(into, OK, fields);
        if (mistake != null) {
            return mistake;
        }
        String status = into.first(STATUS);
        if (status == null && into.first(Headers.LOCATION) == null) {
            return null;
        }
        String line = status == null ? FOUND : status;
        if (!line.matches("[2-5][0-9][0-9]([ ].*)?")) {
            return "upstream sent invalid status \"" + line + "\"";
        }
        byte[] statusLine = new byte[VERSION.length + line.length() + LINE_END.length];
        ByteBuffer.wrap(statusLine).put(VERSION).put(ascii(line)).put(LINE_END);
        return take(into, statusLine, fields);
    }

    /**
     * Returns what is wrong with the names of fields, as far as they have come; {@code null} if nothing is. nginx does
     * not wait for the rest of such a line either.
     */
    static String mistake(ByteBuffer buffer) {
        int line = buffer.position();
        boolean isName = true;
        for (int i = line; i < buffer.limit(); i++) {
            byte b = buffer.get(i);
            if (b == '\n') {
                line = i + 1;
                isName = true;
            } else if (isName && b == ':' && i > line) {
                isName = false;
            } else if (isName && b != '\r' && (b >= 0 && b <= ' ' || b == DELETE || b == ':')) {
                byte[] begun = new byte[i - line];
                buffer.get(line, begun);
                return ResponseHead.invalidField(new String(begun, StandardCharsets.ISO_8859_1), b);
            }
        }
        return null;
    }

    private static String take(ResponseHead into, byte[] statusLine, byte[] fields) {
        ByteBuffer head = ByteBuffer.allocate(statusLine.length + fields.length);
        head.put(statusLine).put(fields).flip();
        String mistake = into.parse(head, head.limit());
        into.ofCgi();
        return mistake;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
