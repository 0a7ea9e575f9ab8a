package hopyard.proxy.exchange;

import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The parts of a content that a request asks for by Range (RFC 9110 §14), by nginx's rules.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#max_ranges">max_ranges</a>
 */
public final class RangeRequest {

    /**
     * A part of the content.
     *
     * @param before the bytes to send before the part
     * @param start the index of the part's first byte
     * @param end the index behind the part's last byte
     */
    public record Part(byte[] before, long start, long end) {}

    /** The key of an exchange's parts of the content. What is sent is decided when the header is sent. */
    public static final ExchangeKey<RangeRequest> KEY = new ExchangeKey<>();

    private static final byte[] NOTHING = {};

    private final long length;
    private final List<long[]> wanted;
    /** What the response must be for parts of it to be sent (RFC 9110 §13.1.5); {@code null} for whatever it is. */
    private final String ifRange;

    private List<Part> parts;
    private byte[] after = NOTHING;
    /** The slice that there is of the content; {@code null} for all of it. */
    private Part slice;
    /** How much content has passed {@link #window}, in bytes. */
    private long passed;

    private RangeRequest(long length, List<long[]> wanted, String ifRange) {
        this.length = length;
        this.wanted = wanted;
        this.ifRange = ifRange;
        parts = List.of(new Part(NOTHING, 0, length));
    }

    /** Returns the parts, in the order in which they are sent. */
    public List<Part> parts() {
        if (slice == null) {
            return parts;
        }
        Part whole = parts.get(0);
        Part its = new Part(NOTHING, Math.max(whole.start, slice.start), Math.min(whole.end, slice.end));
        return its.start < its.end ? List.of(its) : List.of();
    }

    /** Returns the only part, whether or not all of it is there. */
    public Part whole() {
        return parts.get(0);
    }

    /** Says that only this slice of the content is there. */
    public void slice(long start, long end) {
        slice = new Part(NOTHING, start, end);
        passed = start;
    }

    /** Returns the bytes to send behind the last part. */
    public byte[] after() {
        return after;
    }

    /** Returns the range of a content that is always sent whole. */
    public static RangeRequest none(long length) {
        return new RangeRequest(length, null, null);
    }

    /**
     * Reads the ranges that a request asks for.
     *
     * @param request the fields of the request
     * @param out the fields of the response, with its ETag and Last-Modified already
     * @param length the length of the whole content, in bytes
     * @param most how many parts a request may ask for; if it asks for more, the whole content is sent
     * @return the parts; {@code null} if none of them exists: then the status must be 416, for which the fields are set
     */
    public static RangeRequest of(HeaderMap request, HeaderMap out, long length, int most) {
        String range = request.getFirst(Headers.RANGE);
        boolean isAsked =
                most > 0 && range != null && range.length() >= 7 && range.regionMatches(true, 0, "bytes=", 0, 6);
        if (!isAsked) {
            return new RangeRequest(length, List.of(), null);
        }
        String ifRange = request.getFirst(Headers.IF_RANGE);
        List<long[]> wanted = parse(range, length, most);
        if (wanted == null && isCurrent(ifRange, out)) {
            out.put(Headers.CONTENT_RANGE, "bytes */" + length);
            return null;
        }
        return new RangeRequest(length, wanted == null ? List.of() : wanted, ifRange);
    }

    /** Sets the status and the fields of the response, if parts are sent. */
    void apply(Response response) {
        HeaderMap out = response.fields();
        // content that a filter has encoded has another length, and is sent whole
        if (wanted == null || response.status() != 200 || out.contains(Headers.CONTENT_ENCODING)) {
            return;
        }
        // add_header may have set another ETag or Last-Modified by now
        if (wanted.isEmpty() || !isCurrent(ifRange, out)) {
            out.put(Headers.ACCEPT_RANGES, "bytes");
            return;
        }
        response.status(206);
        response.reasonPhrase(ErrorPages.reason(206));
        out.remove(Headers.ACCEPT_RANGES);
        if (wanted.size() == 1) {
            single(out, wanted.get(0));
        } else {
            multiple(out);
        }
    }

    private void single(HeaderMap out, long[] part) {
        out.put(Headers.CONTENT_RANGE, "bytes " + part[0] + "-" + (part[1] - 1) + "/" + length);
        length(out, part[1] - part[0]);
        parts = List.of(new Part(NOTHING, part[0], part[1]));
    }

    private void multiple(HeaderMap out) {
        String boundary = String.format("%020d", ThreadLocalRandom.current().nextLong(Long.MAX_VALUE));
        String type = out.getFirst(Headers.CONTENT_TYPE);
        parts = new ArrayList<>();
        long total = 0;
        for (long[] part : wanted) {
            String before = "\r\n--" + boundary + (type == null ? "" : "\r\nContent-Type: " + type)
                    + "\r\nContent-Range: bytes " + part[0] + "-" + (part[1] - 1) + "/" + length + "\r\n\r\n";
            parts.add(new Part(before.getBytes(StandardCharsets.ISO_8859_1), part[0], part[1]));
            total += before.length() + part[1] - part[0];
        }
        after = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
        out.put(Headers.CONTENT_TYPE, "multipart/byteranges; boundary=" + boundary);
        length(out, total + after.length);
    }

    private static void length(HeaderMap out, long bytes) {
        // content that is sent in chunks, for trailer fields, has no Content-Length
        if (!out.contains(Headers.TRANSFER_ENCODING)) {
            out.put(Headers.CONTENT_LENGTH, bytes);
        }
    }

    /**
     * Whether a range begins at an offset or behind it, or is counted from the end.
     *
     * @param range the field; {@code null} for none
     */
    public static boolean beginsBehind(String range, long offset) {
        if (offset == Long.MAX_VALUE || range == null || !range.regionMatches(true, 0, "bytes=", 0, 6)) {
            return false;
        }
        String first = range.substring(6).strip();
        int end = 0;
        while (end < first.length() && Character.isDigit(first.charAt(end))) {
            end++;
        }
        // a number that is too long is behind everything
        return first.startsWith("-") || end > 18 || end > 0 && Long.parseLong(first.substring(0, end)) >= offset;
    }

    /** Narrows the next piece of the content to the bytes that belong to the only part that is sent. */
    public void window(ByteBuffer piece) {
        Part part = parts.get(0);
        int n = piece.remaining();
        int from = piece.position();
        int start = (int) Math.min(n, Math.max(0, part.start() - passed));
        int end = (int) Math.min(n, Math.max(start, part.end() - passed));
        passed += n;
        piece.position(from + start).limit(from + end);
    }

    /** Whether If-Range, if present, matches the current version of the content (RFC 9110 §13.1.5). */
    private static boolean isCurrent(String ifRange, HeaderMap out) {
        if (ifRange == null) {
            return true;
        }
        if (ifRange.length() >= 2 && ifRange.endsWith("\"")) {
            return ifRange.equals(out.getFirst(Headers.ETAG));
        }
        long modified = Preconditions.seconds(out.getFirst(Headers.LAST_MODIFIED));
        return modified >= 0 && modified == Preconditions.seconds(ifRange);
    }

    /** Returns the start and the end of each part; an empty list for the whole content, {@code null} for 416. */
    private static List<long[]> parse(String range, long length, int most) {
        List<long[]> out = new ArrayList<>();
        long total = 0;
        for (String text : range.substring(6).split(",", -1)) {
            String part = text.replaceAll("^ +| *(-) *|[ ]+$", "$1");
            int dash = part.indexOf('-');
            String from = dash < 0 ? part : part.substring(0, dash);
            String to = dash < 0 ? "" : part.substring(dash + 1);
            if (dash < 0
                    || !from.matches("[0-9]{0,18}")
                    || !to.matches("[0-9]{0,18}")
                    || from.isEmpty() && to.isEmpty()) {
                return null;
            }
            long start = from.isEmpty() ? Math.max(0, length - Long.parseLong(to)) : Long.parseLong(from);
            long end = from.isEmpty() || to.isEmpty() ? length : Math.min(length, Long.parseLong(to) + 1);
            if (start < end) {
                if (out.size() == most) {
                    return List.of();
                }
                out.add(new long[] {start, end});
                total += end - start;
            } else if (start == 0) {
                return List.of();
            }
        }
        return out.isEmpty() ? null : total > length ? List.of() : out;
    }
}
