package hopyard.trace;

/**
 * One hop of a request's path as that hop itself saw it: a member of the {@code Hop-Trace} list.
 *
 * <p>Addresses are {@code host:port} texts. A component that a hop does not know, or that has no meaning in the
 * direction at hand, is {@code null} (texts and flags) or negative (numbers). Durations are milliseconds; there are
 * never wall-clock times, because hosts' clocks differ.
 *
 * @param name the hop's name, an RFC 9651 token such as {@code proxy}
 * @param from the far end of the connection that the request came in on
 * @param at the near end of that connection: the port that the hop listens on
 * @param conn serial number of that connection, counted by the hop from 1
 * @param req number of the request on that connection, from 1
 * @param status the status code that the hop answered with; response only
 * @param dur from the first request byte to the last response header byte, in ms; response only
 * @param via the near end of the connection that the hop forwarded on: its ephemeral port
 * @param to the far end of that connection
 * @param reused whether that connection had carried an earlier request
 * @param connect time to open that connection, in ms; negative when it was reused
 * @param ttfb from the start of the request to the first response byte, in ms
 * @param tries how many upstream servers were tried
 * @param tls TLS on the connection that the request came in on
 * @param toTls TLS on the connection that the hop forwarded on
 * @param database what it did, if it is a database; response only
 */
public record Hop(
        String name,
        String from,
        String at,
        long conn,
        long req,
        int status,
        double dur,
        String via,
        String to,
        Boolean reused,
        double connect,
        double ttfb,
        int tries,
        HopTls tls,
        HopTls toTls,
        HopDatabase database) {

    /** A hop as it stands on a request: who connected to whom, and the serial numbers. */
    public static Hop received(String name, String from, String at, long conn, long req) {
        return new Hop(name, from, at, conn, req, -1, -1, null, null, null, -1, -1, -1, null, null, null);
    }

    /**
     * A database as the app before it saw it: the connection that was used, and what was done on it.
     *
     * @param name the hop's name, such as {@code postgres}
     * @param from the app's end of the connection; {@code null} if none was to be had
     * @param at the database's end of it, likewise
     * @param conn serial number of that connection, counted by the app from 1
     * @param req how often the connection has been used for a request, with this one
     * @param dur how long the request had the connection, in ms
     * @param database what was done
     */
    public static Hop database(
            String name, String from, String at, long conn, long req, double dur, HopDatabase database) {
        return new Hop(name, from, at, conn, req, -1, dur, null, null, null, -1, -1, -1, null, null, database);
    }

    /** The same hop with its answer: the member that an origin server puts on its response. */
    public Hop answered(int status, double dur) {
        return new Hop(
                name, from, at, conn, req, status, dur, via, to, reused, connect, ttfb, tries, tls, toTls, database);
    }

    /** The same hop with the connection that it forwarded the request on. */
    public Hop forwarded(String via, String to, Boolean reused, double connect, double ttfb, int tries) {
        return new Hop(
                name, from, at, conn, req, status, dur, via, to, reused, connect, ttfb, tries, tls, toTls, database);
    }

    /** The same hop with TLS on its connections; {@code null} where it is not spoken. */
    public Hop encrypted(HopTls in, HopTls out) {
        return new Hop(
                name, from, at, conn, req, status, dur, via, to, reused, connect, ttfb, tries, in, out, database);
    }
}
