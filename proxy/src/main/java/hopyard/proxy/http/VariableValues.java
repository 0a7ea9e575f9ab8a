package hopyard.proxy.http;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;

/** The values that variables have for one request: those of {@code set} and {@code map}, and what regular expressions captured. */
public final class VariableValues {

    /** nginx's {@code ngx_http_variable_depth}. */
    private static final int MAX_EVALUATING = 100;

    private final int slotCount;
    private String[] slots;
    private MatchResult captures;
    /** How many variables' values are being looked up, each for the one before. */
    private int evaluating;

    private boolean isInCircle;

    VariableValues(int slotCount) {
        this.slotCount = slotCount;
    }

    /** Those of a subrequest, which shares the slots of the request that it is made for. */
    VariableValues(VariableValues outer) {
        slotCount = outer.slotCount;
        slots = outer.slots();
    }

    /** The values of changeable variables; {@code null} where none is set yet. */
    public String[] slots() {
        if (slots == null) {
            slots = new String[slotCount];
        }
        return slots;
    }

    /**
     * The value of a variable is going to be looked up, which may ask for others' values.
     *
     * @return false if there is none, as in nginx for one of those that ask for each other without end
     */
    boolean beginLookUp() {
        // each value in the circle may ask several times: by and by that would be powers of two
        isInCircle |= evaluating == MAX_EVALUATING;
        evaluating += isInCircle ? 0 : 1;
        return !isInCircle;
    }

    /** It has been looked up. */
    void endLookUp() {
        isInCircle &= --evaluating > 0;
    }

    /** Whether values that ask for each other without end have just been found. */
    boolean isInCircle() {
        return isInCircle;
    }

    /** Remembers what a regular expression captured, for {@code $1} and so on. */
    public void capture(Matcher matcher) {
        captures = matcher.toMatchResult();
    }

    /** What the last regular expression captured in that group, or {@code null}. */
    public String capture(int group) {
        return captures == null || group > captures.groupCount() ? null : captures.group(group);
    }

    /** Forgets what was captured. */
    public void forgetCaptures() {
        captures = null;
    }
}
