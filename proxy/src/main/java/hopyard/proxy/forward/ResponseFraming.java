package hopyard.proxy.forward;

import hopyard.http.Tokens;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ChunkedDecoder;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.function.LongFunction;

/**
 * How an upstream's response ends (RFC 9112 §6.3), and whether its connection persists.
 *
 * @param mistake what is wrong with the framing, or {@code null}
 * @param length the value of {@code Content-Length}; -1 without one
 */
public record ResponseFraming(BodyDecoder decoder, long length, boolean isPersistent, String mistake) {

    /** Fields that say something about the connection to the upstream alone (RFC 9110 §7.6.1). */
    static final List<HttpString> HOP_BY_HOP = List.of(
            Headers.CONNECTION, Headers.KEEP_ALIVE, Headers.TRANSFER_ENCODING, new HttpString("Proxy-Connection"));

    private static final String BOTH =
            "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time";

    /** There is no length. */
    private static final long ABSENT = -1;

    /** The length is not a number. */
    private static final long MALFORMED = -2;

    /** There is more than one length. */
    private static final long REPEATED = -3;

    /** A length with more digits than a long can surely hold is invalid. */
    private static final int MAX_DIGITS = 18;

    /** Returns the length, or {@link #MALFORMED} (RFC 9110 §8.6). Long.parseLong is less strict. */
    private static long parseLength(String value) {
        long length = value.isEmpty() || value.length() > MAX_DIGITS ? MALFORMED : 0;
        for (int i = 0; i < value.length() && length >= 0; i++) {
            int digit = value.charAt(i) - '0';
            length = digit >= 0 && digit <= 9 ? length * 10 + digit : MALFORMED;
        }
        return length;
    }

    /** Returns the framing of a response from the cache. */
    static ResponseFraming ofCached(long length) {
        return new ResponseFraming(null, length, false, null);
    }

    static ResponseFraming of(ResponseHead response, boolean isHead) {
        String transferCoding = response.all(Headers.TRANSFER_ENCODING);
        long length = contentLength(response);
        if (length < ABSENT) {
            return wrongLength(response, length);
        }
        if (transferCoding != null) {
            if (length >= 0) {
                return wrong(BOTH);
            }
            if (!response.isHttp11()) {
                return wrong("upstream sent HTTP/1.0 response with \"Transfer-Encoding\" header");
            }
            if (!transferCoding.equalsIgnoreCase("chunked")) {
                return wrong("upstream sent unknown \"Transfer-Encoding\": \"" + transferCoding + "\"");
            }
        }
        boolean persistent = persists(response);
        int status = response.status();
        if (isHead || status == 204 || status == 304) {
            return new ResponseFraming(BodyDecoder.ofLength(0), length, persistent, null);
        }
        if (transferCoding != null) {
            return new ResponseFraming(new ChunkedDecoder(), -1, persistent, null);
        }
        return length >= 0
                ? new ResponseFraming(BodyDecoder.ofLength(length), length, persistent, null)
                : new ResponseFraming(BodyDecoder.untilClose(), -1, false, null);
    }

    /**
     * Returns how a response of CGI ends, in which a transfer coding would have no meaning (RFC 3875 §6.3.4).
     *
     * @param ends makes the decoder for the length of the content, which is negative if it is not known
     */
    static ResponseFraming ofCgi(ResponseHead response, boolean isPersistent, LongFunction<BodyDecoder> ends) {
        long length = contentLength(response);
        if (length < ABSENT) {
            return wrongLength(response, length);
        }
        if (length >= 0 && response.all(Headers.TRANSFER_ENCODING) != null) {
            return wrong(BOTH);
        }
        boolean isEmpty = response.status() == 204 || response.status() == 304;
        return new ResponseFraming(ends.apply(isEmpty ? 0 : length), length, isPersistent, null);
    }

    /** Returns how a response over HTTP/2 ends, in which frames say so; the length has to agree (RFC 9113 §8.1.1). */
    static ResponseFraming ofHttp2(ResponseHead response, LongFunction<BodyDecoder> ends) {
        long length = contentLength(response);
        if (length < ABSENT) {
            return wrongLength(response, length);
        }
        boolean isEmpty = response.status() == 204 || response.status() == 304;
        return new ResponseFraming(ends.apply(isEmpty ? 0 : length), length, true, null);
    }

    /** Returns the value of {@code Content-Length}, {@link #ABSENT}, {@link #MALFORMED} or {@link #REPEATED}. */
    private static long contentLength(ResponseHead response) {
        long length = ABSENT;
        for (int i = 0; i < response.count() && length >= ABSENT; i++) {
            if (response.name(i).equals(Headers.CONTENT_LENGTH)) {
                length = length == ABSENT ? parseLength(response.value(i)) : REPEATED;
            }
        }
        return length;
    }

    private static ResponseFraming wrongLength(ResponseHead response, long length) {
        return wrong(
                length == REPEATED
                        ? "upstream sent duplicate header line: \"Content-Length\""
                        : "upstream sent invalid \"Content-Length\" header: \"" + response.first(Headers.CONTENT_LENGTH)
                                + "\"");
    }

    private static boolean persists(ResponseHead response) {
        String connection = response.all(Headers.CONNECTION);
        return response.isHttp11() ? !Tokens.contains(connection, "close") : Tokens.contains(connection, "keep-alive");
    }

    private static ResponseFraming wrong(String mistake) {
        return new ResponseFraming(null, -1, false, mistake);
    }
}
