package hopyard.proxy.exchange;

import java.util.Locale;

/** What the time of an exchange goes into, in the usual order. */
public enum Stage {
    /** The client has not sent all of its request yet. */
    RECEIVE,
    /** The configuration holds the exchange back: a rate, a delay, a lock. */
    QUEUE,
    /** A subrequest decides whether the client may. */
    AUTH,
    /** A name is looked up. */
    RESOLVE,
    /** All attempts before the last. */
    RETRY,
    /** A connection to the upstream is being made. */
    CONNECT,
    /** The upstream has not taken all of the request yet. */
    SEND,
    /** The upstream has the request and has not answered. */
    WAIT,
    /** The upstream has not sent all of its response yet. */
    READ,
    /** The client has not taken the part of the response that is ready. */
    WRITE,
    /** The connection is a tunnel, after an upgrade. */
    TUNNEL,
    /** This server works itself, and waits for nobody. */
    OWN;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Whether the exchange waits for an upstream in this stage. */
    boolean isOfUpstream() {
        return this == RETRY || this == CONNECT || this == SEND || this == WAIT || this == READ;
    }

    @Override
    public String toString() {
        return text;
    }
}
