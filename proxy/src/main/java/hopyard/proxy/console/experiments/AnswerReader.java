package hopyard.proxy.console.experiments;

import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ChunkedDecoder;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** What came back over a connection: reads it, and keeps the beginning. */
final class AnswerReader {

    /** What is kept of an answer's content, in bytes. */
    static final int MAX_KEPT = 64 << 10;

    private static final int MAX_HEAD = 64 << 10;
    private static final int PIECE = 8 << 10;

    /** Why there is no whole answer: a word for programs, and a text. */
    record Failure(String code, String text) {}

    private final boolean isHead;
    private final Pace pace;
    private final long started;
    private final BooleanSupplier isLate;
    private final List<Integer> interim = new ArrayList<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private int status;
    private byte[] head;
    private long headRead;
    private long contentLength;
    private boolean complete;
    private String endedBy = "";
    private Failure failure;

    /**
     * @param isHead whether the answer is one without content
     * @param started when all began, on the scale of {@link System#nanoTime()}
     * @param isLate whether the time is over
     */
    AnswerReader(boolean isHead, Pace pace, long started, BooleanSupplier isLate) {
        this.isHead = isHead;
        this.pace = pace;
        this.started = started;
        this.isLate = isLate;
    }

    /** Reads whatever comes, until the other end closes or is quiet. */
    void readAll(Socket socket, InputStream in) throws IOException {
        byte[] piece = new byte[PIECE];
        endedBy = "peer";
        try {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                if (headRead == 0) {
                    headRead = System.nanoTime();
                }
                keep(piece, n);
                socket.setSoTimeout(pace.quietMillis());
            }
            complete = true;
            if (contentLength == 0) {
                closedEarly();
            }
        } catch (SocketTimeoutException e) {
            endedBy = "quiet";
            complete = true;
        } catch (IOException e) {
            if (contentLength == 0 || !isLate.getAsBoolean()) {
                throw e;
            }
            endedBy = "time";
        }
        ByteBuffer all = ByteBuffer.wrap(kept.toByteArray());
        int end = ResponseHead.end(all, 3);
        if (end >= 0) {
            parse(all, end);
        }
    }

    private void keep(byte[] piece, int n) {
        kept.write(piece, 0, Math.min(n, MAX_KEPT - kept.size()));
        contentLength += n;
        Pace.await(started, contentLength, pace.rate(), isLate);
    }

    /** Reads one response, and those that announce it. */
    void readResponse(InputStream in) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(PIECE).flip();
        ResponseHead response = null;
        while (response == null || status < 200 && status != 101) {
            int end = ResponseHead.end(buffer, buffer.position() + 3);
            if (end < 0) {
                buffer = more(in, buffer);
                if (buffer == null) {
                    return;
                }
                continue;
            }
            response = parse(buffer, end);
            if (response == null) {
                garbage(buffer);
                return;
            }
            if (status < 200 && status != 101) {
                interim.add(status);
            }
        }
        headRead = System.nanoTime();
        BodyDecoder decoder = decoder(response);
        if (decoder == null) {
            garbage(buffer);
            return;
        }
        readContent(in, buffer, decoder);
    }

    /** Reads on in the head; {@code null} if it never ends. */
    private ByteBuffer more(InputStream in, ByteBuffer buffer) throws IOException {
        byte[] piece = new byte[PIECE];
        int n = buffer.remaining() > MAX_HEAD ? -1 : in.read(piece);
        if (n >= 0) {
            return ByteBuffer.allocate(buffer.remaining() + n)
                    .put(buffer)
                    .put(piece, 0, n)
                    .flip();
        }
        if (!buffer.hasRemaining()) {
            closedEarly();
        } else {
            garbage(buffer);
        }
        return null;
    }

    private void closedEarly() {
        fail("closed", "the connection was closed without a response");
    }

    private void garbage(ByteBuffer buffer) {
        headRead = headRead == 0 ? System.nanoTime() : headRead;
        status = 0;
        fail("garbage", "what came back is no HTTP/1.1 response, or only the beginning of one");
        byte[] rest = new byte[buffer.remaining()];
        buffer.get(rest);
        keep(rest, rest.length);
    }

    /** Takes a head from the buffer; {@code null} if it is none. */
    private ResponseHead parse(ByteBuffer buffer, int end) {
        ResponseHead response = new ResponseHead();
        int start = buffer.position();
        if (response.parse(buffer, end) != null) {
            buffer.position(start);
            return null;
        }
        status = response.status();
        head = response.toBytes();
        return response;
    }

    /** Where the content ends (RFC 9112 §6.3); {@code null} if that cannot be told. */
    private BodyDecoder decoder(ResponseHead response) {
        String coding = response.all(Headers.TRANSFER_ENCODING);
        String length = response.first(Headers.CONTENT_LENGTH);
        if (isHead || status == 101 || status == 204 || status == 304) {
            return BodyDecoder.ofLength(0);
        }
        if (coding != null) {
            return coding.toLowerCase(Locale.ROOT).endsWith("chunked")
                    ? new ChunkedDecoder()
                    : BodyDecoder.untilClose();
        }
        if (length == null) {
            return BodyDecoder.untilClose();
        }
        return length.matches("[0-9]{1,18}") ? BodyDecoder.ofLength(Long.parseLong(length)) : null;
    }

    private void readContent(InputStream in, ByteBuffer buffer, BodyDecoder decoder) throws IOException {
        byte[] piece = new byte[PIECE];
        decoder.decode(buffer);
        keep(Arrays.copyOfRange(buffer.array(), buffer.position(), buffer.limit()), buffer.remaining());
        while (!decoder.isDone()) {
            int n = in.read(piece);
            if (n < 0) {
                complete = decoder.isCompleteAtClose();
                if (!complete) {
                    fail("cut", "the connection was closed before the content had ended");
                }
                return;
            }
            ByteBuffer more = ByteBuffer.wrap(piece, 0, n);
            decoder.decode(more);
            keep(Arrays.copyOfRange(piece, more.position(), more.limit()), more.remaining());
        }
        complete = true;
    }

    private void fail(String code, String text) {
        failure = new Failure(code, text);
    }

    /** {@code null} if nothing was wrong with what came. */
    Failure failure() {
        return failure;
    }

    /** 0 if no head came. */
    int status() {
        return status;
    }

    /** The statuses of the responses that announced this one. */
    List<Integer> interim() {
        return interim;
    }

    /** The response's head as it came; {@code null} if none did. */
    byte[] head() {
        return head;
    }

    /** When there was a head or, where everything is content, something; 0 before. */
    long headRead() {
        return headRead;
    }

    /** What is kept of the content. */
    byte[] content() {
        return kept.toByteArray();
    }

    /** How much content came, in bytes. */
    long contentLength() {
        return contentLength;
    }

    boolean isComplete() {
        return complete;
    }

    /** Who ended what has no end of its own; empty where that is not so. */
    String endedBy() {
        return endedBy;
    }
}
