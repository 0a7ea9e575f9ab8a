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

    private static final String TIME_UNITS = "ywdhms";
    private static final long[] UNIT_SECONDS = {365L * 24 * 3600, 7L * 24 * 3600, 24L * 3600, 3600, 60, 1};

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

    /** Returns the number, or -1 if the text is not one. */
    public static int parseNumber(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }

    /** Bytes, a pebibyte at most: {@code 1024}, {@code 8k}, {@code 1m}, {@code 2g}. */
    public static long size(Directive d, int arg) throws ConfException {
        try {
            return parseSize(d.arg(arg));
        } catch (NumberFormatException e) {
            throw d.directiveError("invalid value");
        }
    }

    /**
     * Returns the bytes that a text from a request stands for.
     *
     * @throws NumberFormatException if it is not a size
     */
    public static long parseSize(String text) {
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

    /**
     * Returns milliseconds, or -1 if the text is not a time, or is longer than anybody can wait. Units must get
     * smaller. A number without a unit is in seconds and ends the text.
     */
    public static long parseMillis(String text) {
        long total = 0;
        int lastUnit = -1;
        int at = 0;
        if (text.isEmpty()) {
            return -1;
        }
        while (at < text.length()) {
            int start = at;
            while (at < text.length() && Character.isDigit(text.charAt(at))) {
                at++;
            }
            if (at == start || at - start > 10) {
                return -1;
            }
            long n = Long.parseLong(text.substring(start, at));
            long unitMillis = 1000;
            boolean isLast = true;
            if (at == text.length()) {
                if (lastUnit >= 5) {
                    return -1;
                }
            } else if (text.startsWith("ms", at)) {
                if (at + 2 != text.length()) {
                    return -1;
                }
                unitMillis = 1;
            } else {
                isLast = false;
                char c = text.charAt(at++);
                if (c == 'M') {
                    unitMillis = 30L * 24 * 3600 * 1000;
                } else {
                    int unit = TIME_UNITS.indexOf(c);
                    if (unit < 0 || unit <= lastUnit) {
                        return -1;
                    }
                    lastUnit = unit;
                    unitMillis = UNIT_SECONDS[unit] * 1000;
                }
            }
            if (n > MAX_MILLIS / unitMillis) {
                return -1;
            }
            total += n * unitMillis;
            if (total > MAX_MILLIS) {
                return -1;
            }
            if (isLast) {
                return total;
            }
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
        }
        return total;
    }
}
