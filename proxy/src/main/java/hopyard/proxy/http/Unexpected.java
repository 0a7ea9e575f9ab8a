package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;

/** The last line of defence of start, test and reload: what nobody has foreseen refuses a configuration and ends nothing else. */
final class Unexpected {

    private Unexpected() {}

    /** The mistake that stands for an exception or error that no configuration should be able to cause. */
    static ConfException during(String what, Throwable cause) {
        StackTraceElement[] trace = cause.getStackTrace();
        return ConfException.anywhere("internal error: " + cause + " while " + what
                + (trace.length == 0 ? "" : ", at " + trace[0]) + ": nothing of it is used");
    }
}
