package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheZone;
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

    /** See {@link #seconds}. */
    long ABSENT = -1;

    /** See {@link #seconds}. */
    long MALFORMED = -2;

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

        /** Returns until when a response is kept that does not say so itself; 0 if it is not kept. */
        long valid(int status, long now) {
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
     * Whether and how long a kept response stays, after a response that says it is still good: for as long as that one
     * says, else as the kept one says, else as the configuration says for the kept one's status.
     *
     * @param now in ms since 1970
     */
    static Storing again(ResponseHead response, ResponseHead kept, Rules rules, long now) {
        Storing said = of(response, 0, new Rules(rules.ignored, Map.of()), now);
        return said instanceof Until ? said : of(kept, kept.status(), rules, now);
    }

    private static Storing of(ResponseHead response, int status, Rules rules, long now) {
        if (rules.obeyed(response, Headers.SET_COOKIE) != null) {
            return Not.SETS_COOKIE;
        }
        String control = rules.obeyed(response, Headers.CACHE_CONTROL);
        control = control == null ? "" : control.toLowerCase(Locale.ROOT);
        long accel = rules.ignored.contains(AccelHeaders.EXPIRES)
                ? 0
                : accelExpires(response.first(AccelHeaders.EXPIRES), now);
        long until;
        if (accel != 0) {
            until = accel;
        } else if (control.contains("no-cache") || control.contains("no-store") || control.contains("private")) {
            return Not.FORBIDDEN;
        } else if (seconds(control, "s-maxage=") != ABSENT) {
            until = now + seconds(control, "s-maxage=") * 1000;
        } else if (seconds(control, "max-age=") != ABSENT) {
            until = now + seconds(control, "max-age=") * 1000;
        } else if (rules.obeyed(response, Headers.EXPIRES) != null) {
            until = Preconditions.seconds(response.first(Headers.EXPIRES)) * 1000;
        } else {
            until = rules.valid(status, now);
        }
        long updating = seconds(control, "stale-while-revalidate=");
        long error = seconds(control, "stale-if-error=");
        if (until <= now && accel <= 0 || updating == MALFORMED || error == MALFORMED) {
            return Not.HAS_NO_TIME;
        }
        // what may be used while it is updated may be used, too, if that fails
        updating = Math.max(0, updating);
        error = error == ABSENT ? updating : error;
        return new Until(new Freshness(until, until + 1000 * updating, until + 1000 * error));
    }

    /** Returns the request fields that a response depends on, in lower case and separated by commas; empty for none. */
    static String vary(ResponseHead response, Rules rules) {
        String vary = rules.obeyed(response, Headers.VARY);
        return vary == null ? "" : CacheZone.elements(vary.toLowerCase(Locale.ROOT));
    }

    /**
     * {@code X-Accel-Expires}: seconds from now, or {@code @} and seconds since 1970, which may have passed: then the
     * response is kept although it is too old.
     *
     * @return a time in ms since 1970; negative if the response must not be kept, 0 if nothing is said
     */
    private static long accelExpires(String value, long now) {
        boolean isTime = value != null && value.startsWith("@");
        String digits = isTime ? value.substring(1) : value;
        if (digits == null || !digits.matches("[0-9]{1,12}")) {
            return 0;
        }
        long seconds = Long.parseLong(digits);
        return isTime ? seconds * 1000 : seconds == 0 ? -1 : now + seconds * 1000;
    }

    /**
     * Returns the number that a {@code Cache-Control} directive gives: {@link #ABSENT} if the directive is not there,
     * {@link #MALFORMED} if it is no number.
     */
    private static long seconds(String control, String directive) {
        int at = control.indexOf(directive);
        while (at > 0 && Character.isLetter(control.charAt(at - 1))) {
            at = control.indexOf(directive, at + 1);
        }
        if (at < 0) {
            return ABSENT;
        }
        long n = 0;
        for (int i = at + directive.length(); i < control.length() && ",; ".indexOf(control.charAt(i)) < 0; i++) {
            if (!Character.isDigit(control.charAt(i))) {
                return MALFORMED;
            }
            n = Math.min(n * 10 + control.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return n;
    }
}
