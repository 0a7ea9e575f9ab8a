package hopyard.proxy.server;

/** The counts of a server about its clients' connections. */
public interface ServerCounts {

    /** Returns how many connections are open. */
    long active();

    /** Returns how many connections were accepted since the server started. */
    long accepted();

    /** Returns how many of the accepted connections were not closed at once. */
    long handled();

    /** Returns how many requests have come since the server started. */
    long requests();

    /** Returns how many connections have a request whose header is being read. */
    long reading();

    /** Returns how many connections have a request that is being answered. */
    long writing();

    /** Returns how many connections wait for a request. */
    long waiting();
}
