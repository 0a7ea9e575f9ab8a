package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Exchange;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.time.LocalTime;
import java.util.Date;

/**
 * The value of {@code expires}, which adds Expires and Cache-Control to a response.
 *
 * @param kind what the seconds count from
 * @param seconds the time in seconds; may be negative
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_headers_module.html#expires">expires</a>
 */
record Expiry(Kind kind, long seconds) {

    /** What the seconds count from, or a value without seconds. */
    enum Kind {
        OFF,
        NOW,
        MODIFIED,
        /** The response expires at this second of a day. */
        DAILY,
        EPOCH,
        MAX
    }

    private static final long DAY = 24 * 3600;

    /**
     * @param isModified whether {@code modified} stands before the value
     * @throws ConfException if the value is invalid; {@code d} names the line
     */
    static Expiry parse(String value, boolean isModified, Directive d) throws ConfException {
        switch (isModified ? "" : value) {
            case "off":
                return new Expiry(Kind.OFF, 0);
            case "epoch":
                return new Expiry(Kind.EPOCH, 0);
            case "max":
                return new Expiry(Kind.MAX, 0);
            default:
                break;
        }
        boolean isDaily = value.startsWith("@");
        boolean isNegative = value.startsWith("-");
        String text = isDaily || isNegative || value.startsWith("+") ? value.substring(1) : value;
        long seconds = Values.parseSeconds(text);
        if (isDaily && isModified) {
            throw d.directiveError("daily time cannot be used with \"modified\" parameter");
        }
        if (seconds < 0) {
            throw d.directiveError("invalid value");
        }
        if (isDaily) {
            if (seconds > DAY) {
                throw d.directiveError("daily time value must be less than 24 hours");
            }
            return new Expiry(Kind.DAILY, seconds);
        }
        return new Expiry(isModified ? Kind.MODIFIED : Kind.NOW, isNegative ? -seconds : seconds);
    }

    void apply(Exchange exchange) {
        HeaderMap out = exchange.responseHeaders();
        long now = System.currentTimeMillis() / 1000;
        switch (kind) {
            case OFF -> {
                // the fields of the app stay
            }
            case EPOCH -> put(out, "Thu, 01 Jan 1970 00:00:01 GMT", "no-cache");
            case MAX -> put(out, "Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000");
            case NOW -> put(out, now, now + seconds, seconds < 0);
            case DAILY -> {
                long left = seconds - LocalTime.now().toSecondOfDay();
                put(out, now, now + (left <= 0 ? left + DAY : left), false);
            }
            case MODIFIED -> {
                String modified = out.getFirst(Headers.LAST_MODIFIED);
                Date date = modified == null ? null : DateUtils.parseDate(modified);
                long from = date == null ? now : date.getTime() / 1000;
                put(out, now, from + seconds, from + seconds < now);
            }
        }
    }

    private static void put(HeaderMap out, long now, long expires, boolean isPast) {
        put(out, DateUtils.toDateString(new Date(expires * 1000)), isPast ? "no-cache" : "max-age=" + (expires - now));
    }

    private static void put(HeaderMap out, String expires, String cacheControl) {
        out.put(Headers.EXPIRES, expires);
        out.put(Headers.CACHE_CONTROL, cacheControl);
    }
}
