package hopyard.proxy.http;

import java.util.Locale;

/** How an exchange has ended. */
public enum Outcome {
    /** With a complete response on purpose, whatever it says. */
    OK,
    /** This server has turned the request down. */
    REJECTED,
    /** There was no response to be had. */
    FAILED,
    /** The response has begun and is not complete. */
    CUT,
    /** The client has gone, or took nothing any more. */
    CLIENT_LEFT,
    /** Without a response, as the configuration says. */
    CLOSED;

    private final String text = name().toLowerCase(Locale.ROOT);

    @Override
    public String toString() {
        return text;
    }
}
