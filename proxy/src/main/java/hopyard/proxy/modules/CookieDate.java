package hopyard.proxy.modules;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates as nginx writes them in the attribute {@code expires} of cookies. */
final class CookieDate {

    /** The number of seconds that stands for a cookie that never ends. */
    static final long MAX = Long.MAX_VALUE;

    static final long TEN_YEARS = 315_360_000;

    /** The date that nginx gives to what never ends. */
    private static final String LATEST = "Thu, 31-Dec-37 23:55:55 GMT";

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private CookieDate() {}

    /** Returns the date in so many seconds; the latest one for {@link #MAX}. */
    static String in(long seconds) {
        return seconds == MAX ? LATEST : DATE.format(Instant.now().plusSeconds(seconds));
    }
}
