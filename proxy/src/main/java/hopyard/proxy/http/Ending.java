package hopyard.proxy.http;

/** How an exchange ends: who answers the client, and why, and what has cut that short. */
public final class Ending {

    private final Response response;
    private Who source = Who.PROXY;
    private Why why;
    /** What has ended the exchange before its response was complete; {@code null} if nothing has. */
    private Why interrupted;

    private int status;

    Ending(Response response) {
        this.response = response;
    }

    /**
     * Why the client gets what it gets. The first reason counts: an error page is no reason of its own. Where an upstream has left
     * the answer to this server, and no file comes of that, it is what comes of it.
     */
    public void because(Why reason) {
        if (why == null || why == Why.ACCEL_REDIRECT && reason != Why.STATIC && reason != Why.OTHER) {
            why = reason;
        }
    }

    /** The same of an upstream that was asked: it counts more than what had it asked, as for an error page. */
    public void becauseOfUpstream(Why reason) {
        why = reason;
    }

    /**
     * The response is somebody else's, whatever has gone wrong before.
     *
     * @param reason {@code null} where there is nothing to say
     */
    public void answeredBy(Who whose, Why reason) {
        source = whose;
        why = reason;
    }

    /** Whose response the client gets. */
    public Who answeredBy() {
        return response.isStarted() ? source : Who.NOBODY;
    }

    /** Why; {@code null} if there is nothing to say. */
    public Why why() {
        return why;
    }

    /** Why the proxy itself failed the request: an error type of RFC 9209 §2.3, or {@code null}. */
    public String proxyError() {
        return why == null ? null : why.proxyError();
    }

    /** The response ends before it is complete; the first reason counts. */
    public void interrupt(Why reason) {
        if (interrupted == null) {
            interrupted = reason;
        }
    }

    /** The response is complete, whatever has come in between. */
    void complete() {
        interrupted = null;
    }

    /** Why the response is not complete; {@code null} if it is. */
    public Why interrupted() {
        return interrupted;
    }

    /** How an exchange that is over has ended. */
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

    /** Has logs show that status code, whatever the response has. */
    void status(int code) {
        status = code;
    }

    /** The status code that logs show in place of the response's; 0 for that one. */
    int status() {
        return status;
    }
}
