package hopyard.proxy.pcre;

/** A mistake in a pattern, in PCRE2's words. */
public final class PatternError extends Exception {

    private static final long serialVersionUID = 1;

    /** Where it is: the index of a byte of the pattern. */
    private final int offset;

    private final transient Fault fault;

    /** A pattern that should be UTF-8 is not. */
    PatternError(MatchError notUtf8, int offset) {
        super(notUtf8.getMessage());
        fault = null;
        this.offset = offset;
    }

    PatternError(Fault fault, int offset) {
        super(fault.text());
        this.fault = fault;
        this.offset = offset;
    }

    Fault fault() {
        return fault;
    }

    /** Returns where the mistake is, as PCRE2 counts: the index of a byte of the pattern, or its length. */
    public int offset() {
        return offset;
    }
}
