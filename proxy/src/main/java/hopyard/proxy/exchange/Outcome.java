package hopyard.proxy.exchange;

import java.util.Locale;

/** How an exchange has ended. */
public enum Outcome {
    /** The client got a complete response that was meant, with any status. */
    OK,
    /** This server has refused the request. */
    REJECTED,
    /** There was no response to send. */
    FAILED,
    /** The response began and is not complete. */
    CUT,
    /** The client has gone, or has stopped reading. */
    CLIENT_LEFT,
    /** The connection was closed without a response, as the configuration says. */
    CLOSED;

    private final String text = name().toLowerCase(Locale.ROOT);

    @Override
    public String toString() {
        return text;
    }
}
