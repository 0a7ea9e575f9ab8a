package hopyard.proxy.record;

/**
 * Where the time of an exchange went, in nanoseconds. The parts add up to the total.
 *
 * @param receive reading the request's content before anything was sent upstream, and choosing where to send it
 * @param retry attempts that failed before the one that counted
 * @param connect connecting to the upstream; 0 on a connection that was there already
 * @param await sending the request upstream and waiting for the response's head
 * @param send what is left: passing the response on, or making it
 */
public record Phases(long receive, long retry, long connect, long await, long send) {

    /** An exchange that no upstream was asked in. */
    static Phases alone(long total) {
        return new Phases(0, 0, 0, 0, total);
    }

    /**
     * @param first when the first attempt began
     * @param last when the one that counted did
     * @param connectNanos what connecting took; negative if nothing was connected
     * @param headerNanos from {@code last} to the response's head; negative if none came
     */
    static Phases of(long started, long ended, long first, long last, long connectNanos, long headerNanos) {
        long connect = Math.max(0, connectNanos);
        long await = headerNanos < 0 ? 0 : headerNanos - connect;
        long send = Math.max(0, ended - last - connect - await);
        return new Phases(first - started, last - first, connect, await, send);
    }
}
