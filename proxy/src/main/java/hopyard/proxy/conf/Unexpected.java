package hopyard.proxy.conf;

/**
 * The last defence of start, test and reload: an unforeseen exception refuses the configuration, and ends nothing else.
 */
public final class Unexpected {

    private Unexpected() {}

    /** Returns a ConfException for an exception or error that no configuration should be able to cause. */
    public static ConfException during(String what, Throwable cause) {
        StackTraceElement[] trace = cause.getStackTrace();
        return ConfException.anywhere("internal error: " + cause + " while " + what
                + (trace.length == 0 ? "" : ", at " + trace[0]) + ": nothing of it is used");
    }
}
