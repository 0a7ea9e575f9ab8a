package hopyard.proxy.exchange;

import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Date;

/**
 * Evaluates the preconditions of a request by nginx's rules. These differ from RFC 9110 §13.2.2: a date counts beside
 * an entity tag.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#if_modified_since">if_modified_since</a>
 */
public final class Preconditions {

    /** The values of {@code if_modified_since}. */
    public enum Comparison {
        OFF,
        EXACT,
        BEFORE
    }

    private Preconditions() {}

    /**
     * Returns the status of the response: 200, or 304 or 412 by the preconditions.
     *
     * @param request the fields of the request
     * @param out the fields of the response, with its tag and date
     * @param dates how dates are compared
     */
    public static int check(HeaderMap request, HeaderMap out, Comparison dates) {
        long modified = seconds(out.getFirst(Headers.LAST_MODIFIED));
        String tag = out.getFirst(Headers.ETAG);
        String unmodifiedSince = request.getFirst(Headers.IF_UNMODIFIED_SINCE);
        if (unmodifiedSince != null && (modified < 0 || seconds(unmodifiedSince) < modified)) {
            return 412;
        }
        String match = request.getFirst(Headers.IF_MATCH);
        if (match != null && !matches(match, tag, false)) {
            return 412;
        }
        String since = request.getFirst(Headers.IF_MODIFIED_SINCE);
        String noneMatch = request.getFirst(Headers.IF_NONE_MATCH);
        if (since == null && noneMatch == null
                || since != null && isModified(since, modified, dates)
                || noneMatch != null && !matches(noneMatch, tag, true)) {
            return 200;
        }
        return 304;
    }

    /** Removes the fields that a 304 must not have. */
    public static void strip(HeaderMap out) {
        for (HttpString name : new HttpString[] {
            Headers.CONTENT_LENGTH, Headers.CONTENT_TYPE, Headers.ACCEPT_RANGES, Headers.CONTENT_ENCODING
        }) {
            out.remove(name);
        }
    }

    private static boolean isModified(String since, long modified, Comparison how) {
        if (modified < 0 || how == Comparison.OFF) {
            return true;
        }
        long known = seconds(since);
        return known != modified && (how == Comparison.EXACT || known < modified);
    }

    private static boolean matches(String list, String tag, boolean weak) {
        if (list.trim().equals("*")) {
            return true;
        }
        if (tag == null) {
            return false;
        }
        String wanted = weak ? strong(tag) : tag;
        for (String each : list.split(",")) {
            if ((weak ? strong(each.trim()) : each.trim()).equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static String strong(String tag) {
        return tag.startsWith("W/") ? tag.substring(2) : tag;
    }

    /** Parses a date. Returns seconds since 1970; negative if there is no date, or it cannot be parsed. */
    public static long seconds(String date) {
        Date parsed = date == null ? null : DateUtils.parseDate(date);
        return parsed == null ? -1 : parsed.getTime() / 1000;
    }
}
