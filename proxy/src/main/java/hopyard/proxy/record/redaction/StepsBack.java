package hopyard.proxy.record.redaction;

/**
 * Counts how often the search for secrets in one text goes back over a character. Only a text that is encoded many
 * times over, in turns more and less often, needs more than a few steps for each character. Such a text is hidden
 * whole, so that the time is bounded by the text's length.
 */
final class StepsBack {

    /** The most steps, on average for each character. */
    static final int MAX = 8;

    private final int most;
    private int count;

    StepsBack(int length) {
        most = MAX * length;
    }

    void add(int steps) {
        count += steps;
    }

    boolean areTooMany() {
        return count > most;
    }
}
