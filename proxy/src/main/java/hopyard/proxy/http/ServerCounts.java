package hopyard.proxy.http;

/** What a server counts about its clients' connections. */
public interface ServerCounts {

    /** Connections that are open. */
    long active();

    /** Connections that were accepted since the server started. */
    long accepted();

    /** Those of them that were not turned away at once. */
    long handled();

    /** Requests since the server started. */
    long requests();

    /** Connections whose request header is being read. */
    long reading();

    /** Connections whose request is being answered. */
    long writing();

    /** Connections that wait for a request. */
    long waiting();
}
