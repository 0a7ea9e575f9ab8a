package hopyard.proxy.conf;

import java.math.BigInteger;
import java.util.Collection;

/**
 * Sizes, times and switches as nginx.conf writes them.
 *
 * @see <a href="https://nginx.org/en/docs/syntax.html">Configuration file measurement units</a>
 */
public final class Values {

    /** The longest time: a hundred years, which still fits a long in nanoseconds. */
    private static final long MAX_MILLIS = 100L * 365 * 24 * 3600 * 1000;

    /**
     * The largest size: a pebibyte, more than anybody has. It still fits a long when it is multiplied by a thousand.
     */
    private static final long MAX_SIZE = 1L << 50;

    /** What a larger number is taken for; two of these still fit an int. */
    private static final int MAX_NUMBER = 1 << 30;

    private static final String TIME_UNITS = "yMwdhms";
    private static final long[] UNIT_SECONDS = {
        365L * 24 * 3600, 30L * 24 * 3600, 7L * 24 * 3600, 24L * 3600, 3600, 60, 1
    };
    /** The first unit for times that nginx counts in milliseconds: they have no years and months. */
    private static final int WEEKS = TIME_UNITS.indexOf('w');

    private Values() {}

    /** {@code on} or {@code off}. */
    public static boolean flag(Directive d) throws ConfException {
        String value = d.arg(0);
        if (value.equalsIgnoreCase("on")) {
            return true;
        }
        if (value.equalsIgnoreCase("off")) {
            return false;
        }
        throw d.error(
                "invalid value \"" + value + "\" in \"" + d.name() + "\" directive, it must be \"on\" or \"off\"");
    }

    /**
     * Returns which of the words that are known an argument is; case does not matter, as in nginx.
     *
     * @throws ConfException if it is none
     */
    public static String word(Directive d, String argument, Collection<String> known) throws ConfException {
        for (String each : known) {
            if (each.equalsIgnoreCase(argument)) {
                return each;
            }
        }
        throw d.error("invalid value \"" + argument + "\"");
    }

    /** A non-negative number. */
    public static int number(Directive d, int arg) throws ConfException {
        int n = parseNumber(d.arg(arg));
        if (n < 0) {
            throw d.directiveError("invalid number");
        }
        return n;
    }

    /** Returns the number, {@link #MAX_NUMBER} for a larger one, or -1 if the text is not one. */
    public static int parseNumber(String text) {
        if (!text.matches("[0-9]+")) {
            return -1;
        }
        BigInteger number = new BigInteger(text);
        return number.bitLength() > 63
                ? -1
                : number.min(BigInteger.valueOf(MAX_NUMBER)).intValue();
    }

    /** Bytes, a pebibyte at most: {@code 1024}, {@code 8k}, {@code 1m}. */
    public static long size(Directive d, int arg) throws ConfException {
        try {
            return parseSize(d.arg(arg));
        } catch (NumberFormatException e) {
            throw d.directiveError("invalid value");
        }
    }

    /** Bytes of a file or a content, where nginx has gigabytes, too: {@code 2g}. */
    public static long offset(Directive d, int arg) throws ConfException {
        try {
            return parseOffset(d.arg(arg));
        } catch (NumberFormatException e) {
            throw d.directiveError("invalid value");
        }
    }

    /**
     * Returns the bytes that a text stands for.
     *
     * @throws NumberFormatException if it is not a size
     */
    public static long parseSize(String text) {
        if (text.endsWith("g") || text.endsWith("G")) {
            throw new NumberFormatException(text);
        }
        return parseOffset(text);
    }

    /**
     * Returns the bytes that a text stands for, which may be in gigabytes.
     *
     * @throws NumberFormatException if it is not a size
     */
    public static long parseOffset(String text) {
        char unit = text.isEmpty() ? 0 : Character.toLowerCase(text.charAt(text.length() - 1));
        int shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
        String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
        if (!digits.matches("[0-9]+")) {
            throw new NumberFormatException(text);
        }
        BigInteger bytes = new BigInteger(digits).shiftLeft(shift);
        if (bytes.bitLength() > 62 || bytes.longValue() > MAX_SIZE) {
            throw new NumberFormatException(text);
        }
        return bytes.longValue();
    }

    /** Milliseconds: {@code 60}, {@code 60s}, {@code 1500ms}, {@code 1m 30s}. */
    public static long millis(Directive d, int arg) throws ConfException {
        long ms = parseMillis(d.arg(arg));
        if (ms < 0) {
            throw d.directiveError("invalid value");
        }
        return ms;
    }

    /** Seconds: {@code 60}, {@code 1h 30m}, {@code 1y}. */
    public static long seconds(Directive d, int arg) throws ConfException {
        long seconds = parseSeconds(d.arg(arg));
        if (seconds < 0) {
            throw d.directiveError("invalid value");
        }
        return seconds;
    }

    /**
     * Returns milliseconds, a hundred years at most, or -1 if the text is not a time. Units must get smaller; the
     * largest is a week. A number without a unit is in seconds and ends the text.
     */
    public static long parseMillis(String text) {
        return parseTime(text, WEEKS, true);
    }

    /** Returns seconds in the same way; the largest unit is a year, and the smallest a second. */
    public static long parseSeconds(String text) {
        long millis = parseTime(text, 0, false);
        return millis < 0 ? -1 : millis / 1000;
    }

    private static long parseTime(String text, int firstUnit, boolean hasMillis) {
        long total = 0;
        int unit = firstUnit - 1;
        int at = 0;
        try {
            while (at < text.length() && unit < TIME_UNITS.length()) {
                int start = at;
                while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                    at++;
                }
                long value = Long.parseLong(text.substring(start, at));
                long unitMillis = 1;
                int last = unit;
                if (at == text.length()) {
                    unit = TIME_UNITS.indexOf('s');
                } else if (hasMillis && text.startsWith("ms", at)) {
                    unit = TIME_UNITS.length();
                    at += 2;
                } else {
                    unit = TIME_UNITS.indexOf(text.charAt(at++));
                }
                if (unit <= last) {
                    return -1;
                }
                if (unit < TIME_UNITS.length()) {
                    unitMillis = UNIT_SECONDS[unit] * 1000;
                }
                total = Math.addExact(total, Math.multiplyExact(value, unitMillis));
                while (at < text.length() && text.charAt(at) == ' ') {
                    at++;
                }
            }
        } catch (NumberFormatException | ArithmeticException e) {
            return -1;
        }
        return at < text.length() || text.isEmpty() ? -1 : Math.min(total, MAX_MILLIS);
    }
}
