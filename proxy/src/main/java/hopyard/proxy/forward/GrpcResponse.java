package hopyard.proxy.forward;

import hopyard.http.Tokens;
import hopyard.http.http2.HpackField;
import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.upstream.Http2Response;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What comes of a response over HTTP/2: its head, as one of HTTP/1.1 with the same meaning; content; trailers. What
 * nginx refuses is refused with its words.
 */
final class GrpcResponse implements Http2Response {

    /** How much longer than its field block a head may be, in bytes: compressed texts and known fields are short. */
    private static final int SPREAD = 2;

    private static final int SPREAD_OF_SHORT = 1024;

    /** The most fields of trailers. */
    private static final int MAX_TRAILERS = 127;

    private final long maxHead;
    private final HeadWriter head = new HeadWriter();
    private boolean hasStatus;
    private boolean isHead = true;
    private HeaderMap trailers;
    private long fieldsSize;

    private String mistake;
    /** What else is to be said of the mistake; {@code null} for nothing. */
    private String detail;

    /** How much content is to come, in bytes; negative if that is not known. */
    private long left = -1;

    private int contentEnd;

    /** @param maxHead how long its fields may be, in bytes */
    GrpcResponse(long maxHead) {
        this.maxHead = maxHead;
    }

    /** Returns what is wrong with it; {@code null} if nothing is. */
    String mistake() {
        return mistake;
    }

    /** Returns what is to be said of the mistake before it; {@code null} for nothing. */
    String detail() {
        return detail;
    }

    /** Notes that something is wrong with it. */
    void wrong(String what) {
        mistake = what;
    }

    /** Notes that something is wrong with the fields that come. */
    void wrongFields(String what) {
        detail = what;
        mistake = isHead ? "upstream sent invalid header" : "upstream sent invalid trailer";
    }

    // ---- fields

    @Override
    public String fieldsBegin(int length) {
        fieldsSize = 0;
        if (isHead) {
            head.clear();
            hasStatus = false;
        } else {
            trailers = new HeaderMap();
        }
        return length > maxHead ? tooBig() : null;
    }

    private static String tooBig() {
        return "upstream sent too big header";
    }

    @Override
    public void field(HpackField field) {
        fieldsSize += field.size();
        if (mistake != null) {
            return;
        }
        if (fieldsSize > SPREAD * maxHead + SPREAD_OF_SHORT) {
            mistake = tooBig();
        } else if (isHead) {
            headField(field);
        } else {
            trailer(field);
        }
    }

    private void headField(HpackField field) {
        if (field.isPseudo()) {
            status(field);
        } else if (!hasStatus) {
            mistake = "upstream sent no :status header";
        } else if (!isGood(field)) {
            wrongFields(invalid(field));
        } else {
            // nginx has a form of its own for this name
            boolean isType = field.name().equals(Headers.CONTENT_TYPE);
            head.passed(isType ? Headers.CONTENT_TYPE : field.name(), field.value());
        }
    }

    private static String invalid(HpackField field) {
        return field.name().length() == 0
                ? "upstream sent zero http2 header name length"
                : "upstream sent invalid header: \"" + field + "\"";
    }

    private static boolean isGood(HpackField field) {
        return field.hasGoodName() && (field.hasGoodValue() || isText(field.value()));
    }

    private static boolean isText(String value) {
        return value.chars().allMatch(c -> Tokens.isFieldText((byte) c));
    }

    private void status(HpackField field) {
        String value = field.value();
        if (!field.name().toString().equals(":status")) {
            mistake = "upstream sent invalid header \"" + field + "\"";
        } else if (hasStatus) {
            mistake = "upstream sent duplicate :status header";
        } else if (!value.matches("[0-9]{3}")) {
            mistake = "upstream sent invalid :status \"" + value + "\"";
        } else if (value.compareTo("100") < 0 || value.equals("101")) {
            mistake = "upstream sent unexpected :status \"" + value + "\"";
        } else {
            hasStatus = true;
            int status = Integer.parseInt(value);
            String reason = ErrorPages.reason(status);
            reason = reason == null ? StatusCodes.getReason(status) : reason;
            head.text("HTTP/1.1 ").text(value).text(" ").text(reason).text("\r\n");
        }
    }

    private void trailer(HpackField field) {
        if (field.isPseudo()) {
            mistake = "upstream sent invalid trailer \"" + field + "\"";
        } else if (!isGood(field)) {
            wrongFields(invalid(field));
        } else if (trailers.size() == MAX_TRAILERS) {
            mistake = "upstream sent invalid trailer";
        } else {
            trailers.add(field.name(), field.value());
        }
    }

    @Override
    public String fieldsEnded(boolean isLast) {
        if (mistake == null && isHead && !hasStatus) {
            mistake = "upstream sent no :status header";
        } else if (mistake == null && !isHead && !isLast) {
            mistake = "upstream sent trailer without end stream flag";
        }
        return mistake;
    }

    /** Returns the head that has come. */
    ByteBuffer head() {
        head.text("\r\n");
        return ByteBuffer.wrap(Arrays.copyOf(head.bytes(), head.length()));
    }

    /** Notes that the head was the final one. What follows are trailers. */
    void headEnds() {
        isHead = false;
    }

    /** Returns the trailers; {@code null} if there are none. */
    HeaderMap trailers() {
        return trailers;
    }

    // ---- content

    /** Sets how much content there is, in bytes. */
    void length(long bytes) {
        left = bytes;
    }

    /** Whether less has come than the length says. */
    boolean lacksContent() {
        return left > 0;
    }

    /** Sets where in the buffer that is read the content goes. */
    void contentGoesTo(int index) {
        contentEnd = index;
    }

    /** Returns where the content ends that has come. */
    int contentEnd() {
        return contentEnd;
    }

    @Override
    public String content(ByteBuffer content) {
        int n = content.remaining();
        if (left >= 0 && n > left) {
            return "upstream sent response body larger than indicated content length";
        }
        left -= left < 0 ? 0 : n;
        content.put(contentEnd, content.duplicate(), content.position(), n);
        contentEnd += n;
        content.position(content.limit());
        return null;
    }
}
