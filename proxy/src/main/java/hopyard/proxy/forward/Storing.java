package hopyard.proxy.forward;

import hopyard.proxy.cache.Freshness;
import hopyard.proxy.exchange.Preconditions;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Whether a response is kept in the cache, and for how long: a function of its head, the configuration and the time.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid">proxy_cache_valid</a>
 */
sealed interface Storing {

    /** The response is kept. */
    record Until(Freshness freshness) implements Storing {}

    /** Why the response is not kept. */
    enum Not implements Storing {
        SETS_COOKIE,
        /** {@code Cache-Control} says so. */
        FORBIDDEN,
        /** {@code Vary: *}. */
        VARIES_BY_ALL,
        /** Neither the response nor {@code proxy_cache_valid} says for how long, or that time has passed already. */
        HAS_NO_TIME
    }

    /**
     * What the configuration says.
     *
     * @param ignored {@code proxy_ignore_headers}
     * @param validMillis how long a response is kept that does not say so itself, by status; status 0 is any status
     */
    record Rules(Set<HttpString> ignored, Map<Integer, Long> validMillis) {

        private String obeyed(ResponseHead response, HttpString field) {
            return ignored.contains(field) ? null : response.all(field);
        }

        private long valid(int status, long now) {
            Long millis = validMillis.getOrDefault(status, validMillis.get(0));
            return millis == null ? 0 : now + millis;
        }
    }

    /**
     * Whether a new response is kept.
     *
     * @param now in ms since 1970
     */
    static Storing of(ResponseHead response, Rules rules, long now) {
        Storing its = of(response, response.status(), rules, now);
        return its instanceof Until && vary(response, rules).contains("*") ? Not.VARIES_BY_ALL : its;
    }

    /**
     * Whether and how long a kept response stays, after a response that brings it up to date.
     *
     * @param status the status of the kept response
     * @param now in ms since 1970
     */
    static Storing of(ResponseHead response, int status, Rules rules, long now) {
        if (rules.obeyed(response, Headers.SET_COOKIE) != null) {
            return Not.SETS_COOKIE;
        }
        String control = rules.obeyed(response, Headers.CACHE_CONTROL);
        control = control == null ? "" : control.toLowerCase(Locale.ROOT);
        String expires = rules.obeyed(response, AccelHeaders.EXPIRES);
        long until;
        if (expires != null) {
            until = accelExpires(expires, now);
        } else if (control.contains("no-cache") || control.contains("no-store") || control.contains("private")) {
            return Not.FORBIDDEN;
        } else if (seconds(control, "s-maxage=") >= 0) {
            until = now + seconds(control, "s-maxage=") * 1000;
        } else if (seconds(control, "max-age=") >= 0) {
            until = now + seconds(control, "max-age=") * 1000;
        } else if (rules.obeyed(response, Headers.EXPIRES) != null) {
            until = Preconditions.seconds(response.first(Headers.EXPIRES)) * 1000;
        } else {
            until = rules.valid(status, now);
        }
        return until <= now
                ? Not.HAS_NO_TIME
                : new Until(new Freshness(
                        until,
                        until + 1000 * Math.max(0, seconds(control, "stale-while-revalidate=")),
                        until + 1000 * Math.max(0, seconds(control, "stale-if-error="))));
    }

    /** Returns the request fields that a response depends on, in lower case and separated by commas; empty for none. */
    static String vary(ResponseHead response, Rules rules) {
        String vary = rules.obeyed(response, Headers.VARY);
        return vary == null ? "" : vary.toLowerCase(Locale.ROOT).replace(" ", "");
    }

    /** {@code X-Accel-Expires}: seconds from now, or {@code @} and seconds since 1970. */
    private static long accelExpires(String value, long now) {
        String digits = value.startsWith("@") ? value.substring(1) : value;
        if (!digits.matches("[0-9]{1,12}")) {
            return 0;
        }
        long seconds = Long.parseLong(digits);
        return value.startsWith("@") ? seconds * 1000 : seconds == 0 ? 0 : now + seconds * 1000;
    }

    /** Returns the number that a {@code Cache-Control} directive gives; negative if the directive is not there. */
    private static long seconds(String control, String directive) {
        int at = control.indexOf(directive);
        while (at > 0 && Character.isLetter(control.charAt(at - 1))) {
            at = control.indexOf(directive, at + 1);
        }
        if (at < 0) {
            return -1;
        }
        long n = 0;
        for (int i = at + directive.length(); i < control.length() && Character.isDigit(control.charAt(i)); i++) {
            n = Math.min(n * 10 + control.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return n;
    }
}
