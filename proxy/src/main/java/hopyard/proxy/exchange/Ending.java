package hopyard.proxy.exchange;

/** How an exchange ends: who answers the client, why, and what has interrupted the response. */
public final class Ending {

    private final Response response;
    private Who source = Who.PROXY;
    private Why why;
    /** Why the exchange ended before its response was complete; {@code null} if it did not. */
    private Why interrupted;

    private int status;

    Ending(Response response) {
        this.response = response;
    }

    /**
     * Sets why the client gets this response. The first reason counts, since an error page is not a reason of its own.
     * Only {@link Why#ACCEL_REDIRECT} is replaced by a later reason, unless this server then sends a file.
     */
    public void because(Why reason) {
        if (why == null || why == Why.ACCEL_REDIRECT && reason != Why.STATIC && reason != Why.OTHER) {
            why = reason;
        }
    }

    /** Sets a reason that an upstream gives. It replaces the reason for asking the upstream, such as an error page. */
    public void becauseOfUpstream(Why reason) {
        why = reason;
    }

    /**
     * Sets whose response the client gets, whatever has gone wrong before.
     *
     * @param reason why; {@code null} if there is nothing to say
     */
    public void answeredBy(Who whose, Why reason) {
        source = whose;
        why = reason;
    }

    /** Returns whose response the client gets. */
    public Who answeredBy() {
        return response.isStarted() ? source : Who.NOBODY;
    }

    /** Returns why the client gets this response; {@code null} if there is nothing to say. */
    public Why why() {
        return why;
    }

    /** Returns why the proxy failed the request: an error type of RFC 9209 §2.3; {@code null} if it did not. */
    public String proxyError() {
        return why == null ? null : why.proxyError();
    }

    /** Notes that the response ends before it is complete. The first reason counts. */
    public void interrupt(Why reason) {
        if (interrupted == null) {
            interrupted = reason;
        }
    }

    /** Notes that the response is complete, even if {@link #interrupt} was called before. */
    void complete() {
        interrupted = null;
    }

    /** Returns why the response is not complete; {@code null} if it is. */
    public Why interrupted() {
        return interrupted;
    }

    /** Returns how an exchange that is over has ended. */
    public Outcome outcome() {
        if (interrupted != null) {
            return switch (interrupted) {
                case CLIENT_LEFT, CLIENT_TIMEOUT -> Outcome.CLIENT_LEFT;
                case CLOSED -> Outcome.CLOSED;
                default -> response.isStarted() ? Outcome.CUT : Outcome.FAILED;
            };
        }
        return why == null || source == Who.APP ? Outcome.OK : why.outcome();
    }

    /** Sets the status code that logs show in place of the response's. */
    void status(int code) {
        status = code;
    }

    /** Returns the status code that logs show in place of the response's; 0 if they show the response's. */
    int status() {
        return status;
    }
}
