package hopyard.proxy.forward;

import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.Inclusions;
import hopyard.proxy.exchange.RangeRequest;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The slices that a response is put together from. The upstream is asked for one range after the other, each by a
 * subrequest, so that the cache keeps them apart.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_slice_module.html">ngx_http_slice_module</a>
 */
public final class Slicing {

    private static final ExchangeKey<Slicing> KEY = new ExchangeKey<>();

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes  *([0-9]{1,18}) *- *([0-9]{1,18}) */ *(\\*|[0-9]{1,18}) *");

    private static final Pattern RANGE = Pattern.compile("(?i)bytes= *([0-9]{1,18})[^,]*");

    private final long size;
    /** The first byte of the slice that is asked for. */
    private long asked;
    /** The first byte behind the slices that have come. */
    private long next;
    /** How long the content is that is put together. */
    private long length;

    private String tag;
    private boolean hasCome;
    private RangeRequest wanted;

    private Slicing(long size, long asked) {
        this.size = size;
        this.asked = asked;
    }

    /**
     * Returns the range that is to be asked for next: {@code $slice_range}. The first call for a request begins
     * slicing.
     *
     * @param size how long a slice is, in bytes
     * @return {@code null} if the response is not put together from slices
     */
    public static String range(Exchange exchange, long size) {
        Slicing its = exchange.get(KEY);
        if (its == null) {
            if (exchange.isSubrequest() || exchange.response().isStarted()) {
                return null;
            }
            its = new Slicing(size, size * (firstByte(exchange) / size));
            exchange.put(KEY, its);
        }
        return "bytes=" + its.asked + "-" + (its.asked + its.size - 1);
    }

    /** Returns the first byte that the client wants; 0 if it is not clear that it wants one range. */
    private static long firstByte(Exchange exchange) {
        String range = exchange.header(Headers.IF_RANGE) == null ? exchange.header(Headers.RANGE) : null;
        Matcher matcher = range == null ? null : RANGE.matcher(range);
        return matcher != null && matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** Returns that of an exchange; {@code null} if its response is no slice. */
    static Slicing of(Exchange exchange) {
        return exchange.get(KEY);
    }

    /**
     * Whether a response may be used as far as slices go: it is the slice that was asked for, or none was. For the
     * client's own request, another response than 206 is passed on as it is.
     */
    static boolean accepts(Exchange exchange, ResponseHead response) {
        Slicing its = exchange.get(KEY);
        return its == null
                || its.isStatusRight(exchange, response.status())
                        && (of(exchange) == null || its.isNext(exchange, response));
    }

    /**
     * Handles a response that this server makes by itself where a slice was asked for, such as an error: a
     * {@link hopyard.proxy.exchange.HeaderFilter}.
     */
    public static void check(Exchange exchange) {
        Slicing its = exchange.get(KEY);
        if (its != null
                && !its.hasCome
                && !its.isStatusRight(exchange, exchange.response().status())) {
            refuse(exchange);
        }
    }

    /** Ends everything, because the content cannot be put together. */
    static void refuse(Exchange exchange) {
        Inclusions.root(exchange).lifetime().abort();
    }

    private boolean isStatusRight(Exchange exchange, int status) {
        if (status == 206) {
            return true;
        }
        if (!exchange.isSubrequest()) {
            exchange.put(KEY, null);
            return true;
        }
        exchange.log(ErrorLog.Level.ERROR, "unexpected status code " + status + " in slice response");
        return false;
    }

    private boolean isNext(Exchange exchange, ResponseHead response) {
        String its = response.first(Headers.ETAG);
        if (tag != null && !tag.equals(its)) {
            exchange.log(ErrorLog.Level.ERROR, "etag mismatch in slice response");
            return false;
        }
        tag = its;
        String range = response.first(Headers.CONTENT_RANGE);
        Matcher matcher = range == null ? null : CONTENT_RANGE.matcher(range);
        if (matcher == null || !matcher.matches()) {
            exchange.log(ErrorLog.Level.ERROR, "invalid range in slice response");
            return false;
        }
        if (matcher.group(3).equals("*")) {
            exchange.log(ErrorLog.Level.ERROR, "no complete length in slice response");
            return false;
        }
        long start = Long.parseLong(matcher.group(1));
        long end = Long.parseLong(matcher.group(2)) + 1;
        long complete = Long.parseLong(matcher.group(3));
        if (start != asked || end != Math.min(start + size, complete)) {
            exchange.log(ErrorLog.Level.ERROR, "unexpected range in slice response: " + start + "-" + end);
            return false;
        }
        length = complete;
        next = end;
        hasCome = true;
        return true;
    }

    /** Returns where in the whole content the slice begins that has come. */
    long offset() {
        return asked;
    }

    /** Makes of the slice's header that of the whole content. */
    void complete(Exchange exchange) {
        exchange.response().status(200);
        exchange.response().reasonPhrase(null);
        HeaderMap out = exchange.responseHeaders();
        out.remove(Headers.CONTENT_RANGE);
        out.remove(Headers.ACCEPT_RANGES);
        out.put(Headers.CONTENT_LENGTH, length);
    }

    /** Returns what of the slice is sent; {@code null} if the client wants none of the content: the status is 416. */
    RangeRequest wanted(Exchange exchange) {
        RangeRequest its = RangeRequest.of(exchange.requestHeaders(), exchange.responseHeaders(), length, 1);
        if (its == null) {
            return null;
        }
        its.slice(asked, next);
        if (!exchange.isSubrequest() && ContentFilters.haveContent(exchange)) {
            wanted = its;
            Inclusions.of(exchange).after(() -> goOn(exchange));
        }
        return its;
    }

    /** Asks for the next slice. Returns false if there is none. */
    private boolean goOn(Exchange exchange) {
        if (!hasCome) {
            exchange.log(ErrorLog.Level.ERROR, "missing slice response");
            refuse(exchange);
            return false;
        }
        RangeRequest.Part part = wanted.whole();
        if (next + size <= part.start()) {
            next = size * (part.start() / size);
        }
        if (next >= part.end()) {
            return false;
        }
        asked = next;
        hasCome = false;
        Inclusions.of(exchange)
                .includeAgain(
                        each -> {
                            each.requestLog().isFor("slice");
                            each.put(KEY, this);
                        },
                        (each, hasContent) -> {});
        return true;
    }
}
