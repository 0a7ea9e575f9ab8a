package hopyard.http.server.http2;

import hopyard.http.http2.HpackEncoder;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import java.nio.charset.StandardCharsets;

/** Makes a field block of a response's head that is written for HTTP/1.1 (RFC 9113 §8.2.2 and §8.3.2). */
final class ResponseFields {

    /** Fields about a connection of HTTP/1.1, which HTTP/2 does not have. */
    private static final byte[][] HOP_BY_HOP = {
        bytes("connection"),
        bytes("keep-alive"),
        bytes("transfer-encoding"),
        bytes("upgrade"),
        bytes("proxy-connection")
    };

    private ResponseFields() {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Writes a block.
     *
     * @param lines {@code name ": " value CRLF} each, up to an empty line
     */
    static void write(HpackEncoder encoder, int status, byte[] lines, int from, int to) {
        encoder.begin();
        encoder.status(status);
        int at = from;
        while (at < to && lines[at] != '\r') {
            int colon = at;
            while (lines[colon] != ':') {
                colon++;
            }
            int end = colon;
            while (lines[end] != '\r') {
                end++;
            }
            int value = colon + 1;
            while (value < end && lines[value] == ' ') {
                value++;
            }
            int valueEnd = end;
            while (valueEnd > value && (lines[valueEnd - 1] == ' ' || lines[valueEnd - 1] == '\t')) {
                valueEnd--;
            }
            if (!isHopByHop(lines, at, colon)) {
                encoder.field(lines, at, colon, value, valueEnd);
            }
            at = end + 2;
        }
    }

    private static boolean isHopByHop(byte[] lines, int from, int to) {
        for (byte[] name : HOP_BY_HOP) {
            if (name.length == to - from && isSame(name, lines, from)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSame(byte[] name, byte[] lines, int from) {
        for (int i = 0; i < name.length; i++) {
            if ((lines[from + i] | 0x20) != name[i] && lines[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    /** Writes the block of trailers (§8.1). */
    static void writeTrailers(HpackEncoder encoder, HeaderMap fields) {
        encoder.begin();
        for (HeaderValues field : fields) {
            for (String value : field) {
                encoder.field(field.getHeaderName(), value);
            }
        }
    }
}
