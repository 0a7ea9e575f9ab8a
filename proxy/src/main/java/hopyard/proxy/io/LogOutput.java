package hopyard.proxy.io;

/** Where the lines of a log go: a file, or a syslog server. */
public interface LogOutput {

    /**
     * Appends a line. Returns at once.
     *
     * @param severity how severe it is, as RFC 5424 counts: from 0 (emergency) to 7 (debug)
     * @param line a byte string without a line end
     */
    void append(int severity, String line);
}
