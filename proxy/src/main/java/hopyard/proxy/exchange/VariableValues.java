package hopyard.proxy.exchange;

import hopyard.proxy.server.Captures;

/**
 * The values of variables for one request: those of {@code set} and {@code map}, and captures of regular expressions.
 */
public final class VariableValues {

    /** How deep look-ups of values may be nested: nginx's {@code ngx_http_variable_depth}. */
    private static final int MAX_EVALUATING = 100;

    private final int slotCount;
    private String[] slots;
    private Captures captures;
    /** How many look-ups are under way, each for the value of the one before. */
    private int evaluating;

    private boolean isInCircle;

    VariableValues(int slotCount) {
        this.slotCount = slotCount;
    }

    /** Makes the values of a subrequest, which shares the slots of the client's request. */
    VariableValues(VariableValues outer) {
        slotCount = outer.slotCount;
        slots = outer.slots();
    }

    /** Returns the values of changeable variables by slot; an element is {@code null} if it is not set yet. */
    public String[] slots() {
        if (slots == null) {
            slots = new String[slotCount];
        }
        return slots;
    }

    /**
     * Begins to look up the value of a variable, which may ask for the values of others.
     *
     * @return false if the variables ask for each other without end: then this one has no value, as in nginx
     */
    boolean beginLookUp() {
        // each value in the circle may ask for several values, so the number of look-ups would grow exponentially
        isInCircle |= evaluating == MAX_EVALUATING;
        evaluating += isInCircle ? 0 : 1;
        return !isInCircle;
    }

    /** Ends a look-up. */
    void endLookUp() {
        isInCircle &= --evaluating > 0;
    }

    /** Whether a circle has been found whose look-ups are still under way. */
    boolean isInCircle() {
        return isInCircle;
    }

    /** Keeps the captures of a regular expression, for {@code $1} and so on. */
    void capture(Captures found) {
        captures = found;
    }

    /** Returns what the last regular expression captured in a group; {@code null} for nothing. */
    public String capture(int group) {
        return captures == null ? null : captures.group(group);
    }

    /** Takes over the captures of another exchange. */
    void captureAs(VariableValues other) {
        captures = other.captures;
    }

    /** Forgets the captures. */
    public void forgetCaptures() {
        captures = null;
    }
}
