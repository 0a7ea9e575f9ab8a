package hopyard.proxy.forward;

import java.util.Set;

/**
 * What is done with a response whose head is there, or after an attempt that brought none. It is a function of facts
 * and has no effect itself: {@link Forward} acts on it. The order of the rules is nginx's.
 */
sealed interface Decision {

    /** The decisions that need no further data. */
    enum Step implements Decision {
        /** The client gets the response. */
        PASS_ON,
        /** The next peer is asked. */
        NEXT_PEER,
        /** The upstream says that the kept response is still good, and it is sent. */
        REVALIDATED,
        /** The kept response is too old but better than none, and it is sent. */
        STALE,
        /** The configured error page is shown instead: {@code proxy_intercept_errors}. */
        INTERCEPT,
        /** The connections become a tunnel (RFC 9110 §7.8). */
        UPGRADE
    }

    /** The answer comes from another location: {@code X-Accel-Redirect}. */
    record Redirect(String target) implements Decision {}

    /** The response is invalid and counts as none. */
    record Invalid(String mistake) implements Decision {}

    /** The client gets an error. */
    record Fail(int status) implements Decision {}

    /** The upstream switched to a protocol that the client did not name, which a server must not do (RFC 9110 §7.8). */
    Decision UNASKED_SWITCH = new Invalid("upstream sent 101 without being asked to switch to that protocol");

    /** The upstream has switched to WebSockets without knowing what they are (RFC 6455 §4.1). */
    Decision WRONG_ACCEPT = new Invalid("upstream sent 101 with wrong \"Sec-WebSocket-Accept\" header");

    /** No peer has brought a response. */
    Decision BAD_GATEWAY = new Fail(502);

    /** The last peer took too long. */
    Decision GATEWAY_TIMEOUT = new Fail(504);

    /**
     * What is known when another peer might be asked.
     *
     * @param cases {@code proxy_next_upstream}
     * @param timeoutMillis {@code proxy_next_upstream_timeout}; 0 for none
     * @param isTryLeft whether there is a peer to ask, and {@code proxy_next_upstream_tries} lets it be asked
     * @param canRestart whether the request's content can be sent again
     * @param wasSent whether any of the request has left
     * @param tryingForNanos for how long the request has been forwarded
     */
    record Retry(
            Set<NextUpstream> cases,
            long timeoutMillis,
            boolean isTryLeft,
            boolean canRestart,
            boolean wasSent,
            String method,
            long tryingForNanos) {

        /** Methods that nginx does not send twice once a request may have been read. */
        private static final Set<String> NOT_IDEMPOTENT = Set.of("POST", "LOCK", "PATCH");

        /** There is no peer left to ask. */
        static final Retry NONE = new Retry(Set.of(), 0, false, false, false, "", 0);

        boolean mayFollow(NextUpstream reason) {
            if (!isTryLeft || !cases.contains(reason) || !canRestart) {
                return false;
            }
            if (timeoutMillis > 0 && tryingForNanos > timeoutMillis * 1_000_000) {
                return false;
            }
            // RFC 9110 §9.2.2: a request that may have had its effect must not be sent twice
            return !wasSent || !NOT_IDEMPOTENT.contains(method) || cases.contains(NextUpstream.NON_IDEMPOTENT);
        }
    }

    /**
     * What is done with a response, by what is known when its head is there. The facts are parameters and no record,
     * so that the usual response costs no object.
     *
     * @param protocolSwitch what a 101 comes to; {@code null} for other statuses
     * @param retry {@code null} if there is no {@link NextUpstream} for the status
     * @param isConditional whether the upstream was asked only whether the kept response has changed
     * @param hasStale whether a response that is too old is kept and may be sent instead of one with this status
     * @param redirect what {@code X-Accel-Redirect} says, if it is obeyed; {@code null} for nothing
     * @param hasErrorPage whether the status has an error page, and {@code proxy_intercept_errors} has it shown
     */
    static Decision onHead(
            int status,
            Decision protocolSwitch,
            Retry retry,
            boolean isConditional,
            boolean hasStale,
            String redirect,
            boolean hasErrorPage) {
        if (status == 101) {
            return protocolSwitch;
        }
        if (retry != null && retry.mayFollow(NextUpstream.of(status))) {
            return Step.NEXT_PEER;
        }
        if (isConditional && status == 304) {
            return Step.REVALIDATED;
        }
        if (hasStale) {
            return Step.STALE;
        }
        if (redirect != null) {
            return new Redirect(redirect);
        }
        return hasErrorPage ? Step.INTERCEPT : Step.PASS_ON;
    }

    /**
     * What is done after an attempt that brought no response.
     *
     * @param hasStale whether something too old is kept that may be sent after such a failure
     */
    static Decision afterFailure(NextUpstream reason, Retry retry, boolean hasStale) {
        if (retry.mayFollow(reason)) {
            return Step.NEXT_PEER;
        }
        if (hasStale) {
            return Step.STALE;
        }
        return reason == NextUpstream.TIMEOUT ? GATEWAY_TIMEOUT : BAD_GATEWAY;
    }
}
