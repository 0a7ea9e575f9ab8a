package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.forward.Decision.Fail;
import hopyard.proxy.forward.Decision.Redirect;
import hopyard.proxy.forward.Decision.Retry;
import hopyard.proxy.forward.Decision.Step;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The decision as a table: facts on the left, what is done on the right. No socket is opened. */
class DecisionTest {

    private static final Set<NextUpstream> ALL = EnumSet.allOf(NextUpstream.class);
    private static final Set<NextUpstream> ALL_BUT_NON_IDEMPOTENT =
            EnumSet.complementOf(EnumSet.of(NextUpstream.NON_IDEMPOTENT));

    /** Another peer may be asked in all cases. */
    private static final Retry ANY = new Retry(ALL, 0, true, true, true, "GET", 0);

    /** See {@link Decision#onHead}. */
    private record HeadFacts(
            int status,
            Decision protocolSwitch,
            Retry retry,
            boolean isConditional,
            boolean hasStale,
            String redirect,
            boolean hasErrorPage) {

        Decision decision() {
            return Decision.onHead(status, protocolSwitch, retry, isConditional, hasStale, redirect, hasErrorPage);
        }
    }

    /** What is known of a plain response; the other facts are added to it. */
    private static HeadFacts plain(int status) {
        return new HeadFacts(
                status,
                status == 101 ? Decision.UNASKED_SWITCH : null,
                retry(status, Retry.NONE),
                false,
                false,
                null,
                false);
    }

    private static Retry retry(int status, Retry its) {
        return NextUpstream.of(status) == null ? null : its;
    }

    private static HeadFacts retriable(HeadFacts its) {
        return new HeadFacts(
                its.status(),
                its.protocolSwitch(),
                retry(its.status(), ANY),
                its.isConditional(),
                its.hasStale(),
                its.redirect(),
                its.hasErrorPage());
    }

    private static HeadFacts revalidating(HeadFacts its) {
        return new HeadFacts(
                its.status(),
                its.protocolSwitch(),
                its.retry(),
                true,
                its.hasStale(),
                its.redirect(),
                its.hasErrorPage());
    }

    private static HeadFacts withStale(HeadFacts its) {
        return new HeadFacts(
                its.status(),
                its.protocolSwitch(),
                its.retry(),
                its.isConditional(),
                true,
                its.redirect(),
                its.hasErrorPage());
    }

    private static HeadFacts redirecting(HeadFacts its) {
        return new HeadFacts(
                its.status(),
                its.protocolSwitch(),
                its.retry(),
                its.isConditional(),
                its.hasStale(),
                "/kept",
                its.hasErrorPage());
    }

    private static HeadFacts intercepted(HeadFacts its) {
        return new HeadFacts(
                its.status(),
                its.protocolSwitch(),
                its.retry(),
                its.isConditional(),
                its.hasStale(),
                its.redirect(),
                true);
    }

    static Stream<Arguments> heads() {
        return Stream.of(
                // what nothing is said about is passed on
                Arguments.of(plain(200), Step.PASS_ON),
                Arguments.of(plain(206), Step.PASS_ON),
                Arguments.of(plain(304), Step.PASS_ON),
                Arguments.of(plain(404), Step.PASS_ON),
                Arguments.of(plain(418), Step.PASS_ON),
                Arguments.of(plain(503), Step.PASS_ON),
                Arguments.of(plain(599), Step.PASS_ON),
                // a switch of protocols is nothing else, and must have been asked for
                Arguments.of(new HeadFacts(101, Step.UPGRADE, null, false, false, null, false), Step.UPGRADE),
                Arguments.of(new HeadFacts(101, Step.UPGRADE, null, true, true, "/kept", true), Step.UPGRADE),
                Arguments.of(plain(101), Decision.UNASKED_SWITCH),
                Arguments.of(redirecting(plain(101)), Decision.UNASKED_SWITCH),
                // the next peer comes before all else
                Arguments.of(retriable(plain(503)), Step.NEXT_PEER),
                Arguments.of(retriable(plain(404)), Step.NEXT_PEER),
                Arguments.of(retriable(intercepted(redirecting(withStale(plain(502))))), Step.NEXT_PEER),
                Arguments.of(retriable(plain(200)), Step.PASS_ON),
                Arguments.of(retriable(plain(501)), Step.PASS_ON),
                // then comes what is kept
                Arguments.of(revalidating(plain(304)), Step.REVALIDATED),
                Arguments.of(revalidating(redirecting(intercepted(plain(304)))), Step.REVALIDATED),
                Arguments.of(revalidating(plain(200)), Step.PASS_ON),
                Arguments.of(revalidating(plain(503)), Step.PASS_ON),
                Arguments.of(withStale(plain(503)), Step.STALE),
                Arguments.of(revalidating(withStale(plain(503))), Step.STALE),
                Arguments.of(withStale(redirecting(intercepted(plain(500)))), Step.STALE),
                // then another location, then an error page
                Arguments.of(redirecting(plain(200)), new Redirect("/kept")),
                Arguments.of(redirecting(plain(503)), new Redirect("/kept")),
                Arguments.of(redirecting(intercepted(plain(404))), new Redirect("/kept")),
                Arguments.of(intercepted(plain(404)), Step.INTERCEPT),
                Arguments.of(intercepted(revalidating(plain(401))), Step.INTERCEPT));
    }

    @ParameterizedTest
    @MethodSource("heads")
    void aResponseIsPassedOnUnlessAFactSaysOtherwise(HeadFacts facts, Decision decision) {
        assertEquals(decision, facts.decision());
    }

    @ParameterizedTest
    @CsvSource({
        "500, HTTP_500",
        "502, HTTP_502",
        "503, HTTP_503",
        "504, HTTP_504",
        "403, HTTP_403",
        "404, HTTP_404",
        "429, HTTP_429"
    })
    void aStatusIsRetriedOnlyInItsOwnCase(int status, NextUpstream its) {
        Retry only = new Retry(EnumSet.of(its), 0, true, true, true, "GET", 0);
        Retry others = new Retry(EnumSet.complementOf(EnumSet.of(its)), 0, true, true, true, "GET", 0);
        assertEquals(Step.NEXT_PEER, new HeadFacts(status, null, only, false, false, null, false).decision());
        assertEquals(Step.PASS_ON, new HeadFacts(status, null, others, false, false, null, false).decision());
    }

    static Stream<Arguments> failures() {
        Retry none = Retry.NONE;
        return Stream.of(
                Arguments.of(NextUpstream.ERROR, ANY, false, Step.NEXT_PEER),
                Arguments.of(NextUpstream.TIMEOUT, ANY, false, Step.NEXT_PEER),
                Arguments.of(NextUpstream.INVALID_HEADER, ANY, false, Step.NEXT_PEER),
                Arguments.of(NextUpstream.ERROR, ANY, true, Step.NEXT_PEER),
                Arguments.of(NextUpstream.ERROR, none, true, Step.STALE),
                Arguments.of(NextUpstream.TIMEOUT, none, true, Step.STALE),
                Arguments.of(NextUpstream.ERROR, none, false, new Fail(502)),
                Arguments.of(NextUpstream.INVALID_HEADER, none, false, new Fail(502)),
                Arguments.of(NextUpstream.TIMEOUT, none, false, new Fail(504)));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void afterAFailureComesTheNextPeerThenWhatIsTooOldThenAnError(
            NextUpstream reason, Retry retry, boolean hasStale, Decision decision) {
        assertEquals(decision, Decision.afterFailure(reason, retry, hasStale));
    }

    static Stream<Arguments> retries() {
        long ms = 1_000_000;
        return Stream.of(
                // nothing stands against it
                Arguments.of(new Retry(ALL, 0, true, true, true, "GET", 0), true),
                // a peer must be left, the case be named, and the content be there
                Arguments.of(new Retry(ALL, 0, false, true, true, "GET", 0), false),
                Arguments.of(new Retry(EnumSet.of(NextUpstream.TIMEOUT), 0, true, true, true, "GET", 0), false),
                Arguments.of(new Retry(Set.of(), 0, true, true, false, "GET", 0), false),
                Arguments.of(new Retry(ALL, 0, true, false, true, "GET", 0), false),
                Arguments.of(new Retry(ALL, 0, true, false, false, "GET", 0), false),
                // proxy_next_upstream_timeout
                Arguments.of(new Retry(ALL, 100, true, true, true, "GET", 100 * ms), true),
                Arguments.of(new Retry(ALL, 100, true, true, true, "GET", 100 * ms + 1), false),
                Arguments.of(new Retry(ALL, 0, true, true, true, "GET", Long.MAX_VALUE), true),
                // what may have had its effect is not done twice
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, true, "POST", 0), false),
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, true, "LOCK", 0), false),
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, true, "PATCH", 0), false),
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, true, "PUT", 0), true),
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, true, "DELETE", 0), true),
                Arguments.of(new Retry(ALL_BUT_NON_IDEMPOTENT, 0, true, true, false, "POST", 0), true),
                Arguments.of(new Retry(ALL, 0, true, true, true, "POST", 0), true));
    }

    @ParameterizedTest
    @MethodSource("retries")
    void anotherPeerIsAskedOnlyWhereThatIsSafeAndWanted(Retry facts, boolean may) {
        assertEquals(may, facts.mayFollow(NextUpstream.ERROR));
        assertEquals(may ? Step.NEXT_PEER : new Fail(502), Decision.afterFailure(NextUpstream.ERROR, facts, false));
    }

    @Test
    void whereNobodyIsLeftNoFailureIsRetried() {
        for (NextUpstream reason : NextUpstream.values()) {
            assertEquals(false, Retry.NONE.mayFollow(reason), reason.word());
        }
    }
}
