package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The records of one response: what an app writes to its standard output is taken out of them, and what it writes to
 * its standard error is logged.
 *
 * @see <a href="https://fastcgi-archives.github.io/FastCGI_Specification.html#S3.3">FastCGI §3.3</a>
 */
final class FastCgiRecords {

    static final int VERSION = 1;
    /** The one that is on a connection at a time. */
    static final int REQUEST_ID = 1;
    /** The length of a record's header, in bytes. */
    static final int HEADER = 8;

    static final int STDIN = 5;
    private static final int END_REQUEST = 3;
    private static final int STDOUT = 6;
    private static final int STDERR = 7;

    /** Where a record's header holds what. */
    private static final int TYPE = 1;

    private static final int ID = 2;
    private static final int LENGTH = 4;
    private static final int PADDING = 6;

    /** How much of the header has been read. */
    private int headerRead;

    private int type;
    private int length;
    private int padding;
    private int outputEnd;
    private boolean isStdoutClosed;
    private boolean hasEnded;
    private boolean hasMore;

    /** Returns where the output ended in the buffer that was looked at last. */
    int outputEnd() {
        return outputEnd;
    }

    /** Whether no more content comes. */
    boolean isOver() {
        return isStdoutClosed || hasEnded;
    }

    /** Whether the record that ends the request is there, with what fills it up. */
    boolean hasEnded() {
        return hasEnded && padding == 0;
    }

    /** Whether that record is the last thing that has come. */
    boolean endsCleanly() {
        return hasEnded() && !hasMore;
    }

    /** Whether the end of the app's output has been read. */
    boolean isStdoutClosed() {
        return isStdoutClosed;
    }

    /**
     * Takes the bytes of a head out of a buffer, in place. Behind the head, records stay as they are.
     *
     * @param buffer its new bytes; the head begins where the buffer does
     * @param caught texts of the standard error that make the response invalid
     * @return {@code null}, or what is wrong
     */
    String unwrapHead(Exchange exchange, ByteBuffer buffer, List<String> caught) {
        return unwrap(exchange, buffer, caught, true);
    }

    /** Takes content out of a buffer, in place; returns {@code null}, or what is wrong. */
    String unwrap(Exchange exchange, ByteBuffer buffer) {
        return unwrap(exchange, buffer, List.of(), false);
    }

    private String unwrap(Exchange exchange, ByteBuffer buffer, List<String> caught, boolean isHead) {
        int to = buffer.position();
        int at = to;
        int limit = buffer.limit();
        boolean goesOn = true;
        while (at < limit && goesOn && !hasEnded()) {
            if (headerRead < HEADER) {
                String mistake = header(headerRead++, buffer.get(at++) & 0xff);
                if (mistake != null) {
                    return mistake;
                }
                isStdoutClosed |= headerRead == HEADER && type == STDOUT && length == 0;
            } else if (length > 0) {
                int n = Math.min(length, limit - at);
                if (type == STDOUT) {
                    buffer.put(to, buffer.duplicate(), at, n);
                    goesOn = !isHead
                            || CgiHeads.end(buffer.duplicate().position(0).limit(to + n), to) < 0;
                    to += n;
                } else if (type == STDERR) {
                    String mistake = stderr(exchange, buffer, at, n, caught);
                    if (mistake != null) {
                        return mistake;
                    }
                }
                length -= n;
                at += n;
            } else {
                int n = Math.min(padding, limit - at);
                padding -= n;
                at += n;
            }
            endRecord();
        }
        outputEnd = to;
        if (goesOn) {
            hasMore |= at < limit;
            buffer.limit(to);
        } else {
            buffer.put(to, buffer.duplicate(), at, limit - at);
            buffer.limit(to + limit - at);
        }
        return null;
    }

    private void endRecord() {
        if (headerRead == HEADER && length == 0) {
            hasEnded |= type == END_REQUEST;
            headerRead = padding == 0 ? 0 : HEADER;
        }
    }

    /** Takes one byte of a record's header; returns what is wrong with it, or {@code null}. */
    private String header(int at, int b) {
        switch (at) {
            case 0 -> {
                return b == VERSION ? null : "upstream sent unsupported FastCGI protocol version: " + b;
            }
            case TYPE -> {
                type = b;
                return b == STDOUT || b == STDERR || b == END_REQUEST
                        ? null
                        : "upstream sent invalid FastCGI record type: " + b;
            }
            case ID -> {
                return b == 0 ? null : "upstream sent unexpected FastCGI request id high byte: " + b;
            }
            case ID + 1 -> {
                return b == REQUEST_ID ? null : "upstream sent unexpected FastCGI request id low byte: " + b;
            }
            case LENGTH -> length = b << 8;
            case LENGTH + 1 -> length |= b;
            case PADDING -> padding = b;
            default -> {
                // reserved
            }
        }
        return null;
    }

    /** Logs a piece of the standard error, without what ends its lines. */
    private static String stderr(Exchange exchange, ByteBuffer buffer, int at, int n, List<String> caught) {
        byte[] bytes = new byte[n];
        buffer.get(at, bytes);
        int end = n;
        while (end > 1 && "\n\r. ".indexOf(bytes[end - 1]) >= 0) {
            end--;
        }
        String text = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        String line = "FastCGI sent in stderr: \"" + text + "\"";
        if (caught.stream().anyMatch(text::contains)) {
            return line;
        }
        exchange.log(ErrorLog.Level.ERROR, line);
        return null;
    }
}
