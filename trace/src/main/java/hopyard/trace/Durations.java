package hopyard.trace;

/** How durations are written in header fields: milliseconds with at most two digits after the point. */
public final class Durations {

    private Durations() {}

    /** Appends {@code ms} rounded to hundredths, without trailing zeros: {@code 2.31}, {@code 1.9}, {@code 3}. */
    public static void appendMillis(StringBuilder out, double ms) {
        appendHundredths(out, Math.round(ms * 100));
    }

    private static void appendHundredths(StringBuilder out, long hundredths) {
        out.append(hundredths / 100);
        int rest = (int) (hundredths % 100);
        if (rest != 0) {
            out.append('.').append(rest / 10);
            if (rest % 10 != 0) {
                out.append(rest % 10);
            }
        }
    }

    /** The milliseconds between two readings of {@link System#nanoTime()}. */
    public static double millisBetween(long startNanos, long endNanos) {
        return (endNanos - startNanos) / 1e6;
    }
}
