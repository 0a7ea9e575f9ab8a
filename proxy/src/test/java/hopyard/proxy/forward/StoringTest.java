package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import hopyard.proxy.cache.Freshness;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a response is kept, and for how long, as a table. No socket is opened, and the time stands still. */
class StoringTest {

    /** Thu, 02 Jul 2026 00:00:00 GMT. */
    private static final long NOW = 1_782_950_400_000L;

    private static final Storing.Rules NO_RULES = new Storing.Rules(Set.of(), Map.of());

    /** {@code proxy_cache_valid 200 10s; proxy_cache_valid any 1s}. */
    private static final Storing.Rules VALID = new Storing.Rules(Set.of(), Map.of(200, 10_000L, 0, 1_000L));

    /** A head whose lines are separated by semicolons here. */
    private static ResponseHead head(int status, String lines) {
        String fields = lines.isEmpty() ? "" : lines.replace("; ", "\r\n") + "\r\n";
        byte[] all = ("HTTP/1.1 " + status + " x\r\n" + fields + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        ResponseHead head = new ResponseHead();
        assertNull(head.parse(ByteBuffer.wrap(all), all.length));
        return head;
    }

    private static Storing until(long validMillis, long updatingMillis, long errorMillis) {
        return new Storing.Until(new Freshness(NOW + validMillis, NOW + updatingMillis, NOW + errorMillis));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Cache-Control: max-age=5                                   |   5
            Cache-Control: MAX-AGE=5                                   |   5
            Cache-Control: public, max-age=5                           |   5
            Cache-Control: max-age=5, s-maxage=7                       |   7
            Cache-Control: s-maxage=7; Expires: Thu, 02 Jul 2026 00:00:09 GMT |   7
            Expires: Thu, 02 Jul 2026 00:00:09 GMT                     |   9
            X-Accel-Expires: 3                                         |   3
            X-Accel-Expires: @1782950404                               |   4
            X-Accel-Expires: @1782950390                               | -10
            X-Accel-Expires: 3; X-Accel-Expires: 0                     |   3
            X-Accel-Expires: soon                                      |  10
            X-Accel-Expires: @0                                        |  10
            X-Accel-Expires: 3; Cache-Control: no-store                |   3
            X-Accel-Expires: 3; Cache-Control: max-age=9               |   3
            Cache-Control: max-age=99999999999                         | 2147483647
            """)
    void whatTheResponseSaysOfItselfComesBeforeTheConfiguration(String lines, long seconds) {
        long millis = seconds * 1000;
        assertEquals(until(millis, millis, millis), Storing.of(head(200, lines), VALID, NOW));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Set-Cookie: a=b                                    | SETS_COOKIE
            Set-Cookie: a=b; X-Accel-Expires: 9                | SETS_COOKIE
            Cache-Control: no-cache                            | FORBIDDEN
            Cache-Control: max-age=9, no-store                 | FORBIDDEN
            Cache-Control: Private                             | FORBIDDEN
            Cache-Control: max-age=0                           | HAS_NO_TIME
            Cache-Control: max-age=9, s-maxage=0               | HAS_NO_TIME
            Expires: Thu, 02 Jul 2026 00:00:00 GMT             | HAS_NO_TIME
            Expires: never                                     | HAS_NO_TIME
            X-Accel-Expires: 0                                 | HAS_NO_TIME
            Cache-Control: max-age=x                           | HAS_NO_TIME
            Cache-Control: max-age=9, stale-if-error=x         | HAS_NO_TIME
            Vary: *                                            | VARIES_BY_ALL
            Cache-Control: max-age=9; Vary: Accept, *          | VARIES_BY_ALL
            """)
    void someResponsesAreNotKept(String lines, Storing.Not why) {
        assertEquals(why, Storing.of(head(200, lines), VALID, NOW));
    }

    @Test
    void theConfigurationSaysHowLongByStatus() {
        assertEquals(until(10_000, 10_000, 10_000), Storing.of(head(200, ""), VALID, NOW));
        assertEquals(until(1_000, 1_000, 1_000), Storing.of(head(404, ""), VALID, NOW));
        assertEquals(Storing.Not.HAS_NO_TIME, Storing.of(head(200, ""), NO_RULES, NOW));
        assertEquals(
                Storing.Not.HAS_NO_TIME,
                Storing.of(head(302, ""), new Storing.Rules(Set.of(), Map.of(200, 10_000L)), NOW));
    }

    @Test
    void whatIsStillGoodIsGoodForAsLongAsThatIsSaidOrAsItSaysItselfOrAsItsStatusIs() {
        String control = "Cache-Control: max-age=5";
        assertEquals(until(10_000, 10_000, 10_000), Storing.again(head(304, ""), head(200, ""), VALID, NOW));
        assertEquals(until(5_000, 5_000, 5_000), Storing.again(head(304, control), head(200, ""), VALID, NOW));
        assertEquals(until(5_000, 5_000, 5_000), Storing.again(head(304, ""), head(200, control), VALID, NOW));
        assertEquals(
                until(9_000, 9_000, 9_000),
                Storing.again(head(304, "Cache-Control: max-age=9"), head(200, control), VALID, NOW));
    }

    @Test
    void whatMayBeUsedWhileItIsUpdatedMayBeUsedIfThatFails() {
        String control = "Cache-Control: max-age=5, stale-while-revalidate=20";
        assertEquals(until(5_000, 25_000, 25_000), Storing.of(head(200, control), NO_RULES, NOW));
    }

    @Test
    void aResponseMaySayForHowLongItIsOfUseWhenItIsTooOld() {
        String control = "Cache-Control: max-age=5, stale-while-revalidate=20, stale-if-error=30";
        assertEquals(until(5_000, 25_000, 35_000), Storing.of(head(200, control), NO_RULES, NOW));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Set-Cookie: a=b             | Set-Cookie
            Cache-Control: no-store     | Cache-Control
            Cache-Control: max-age=99   | Cache-Control
            Expires: never              | Expires
            X-Accel-Expires: 0          | X-Accel-Expires
            Vary: *                     | Vary
            """)
    void whatIsIgnoredSaysNothing(String lines, String ignored) {
        Storing.Rules rules = new Storing.Rules(Set.of(new HttpString(ignored)), Map.of(200, 10_000L));
        assertEquals(until(10_000, 10_000, 10_000), Storing.of(head(200, lines), rules, NOW));
    }

    @Test
    void aDirectiveWhoseNameEndsLikeAnotherIsNotThatOne() {
        assertInstanceOf(Storing.Not.class, Storing.of(head(200, "Cache-Control: xmax-age=5"), NO_RULES, NOW));
    }

    @Test
    void blanksAndEmptyElementsOfVaryMeanNothing() {
        assertEquals("a,b", Storing.vary(head(200, "Vary: ,, A , ,b ,"), NO_RULES));
    }

    @Test
    void theFieldsThatAResponseVariesByAreInLowerCaseAndWithoutSpaces() {
        assertEquals(
                "accept-encoding,x-a,x-b", Storing.vary(head(200, "Vary: Accept-Encoding, X-A; Vary: X-B"), NO_RULES));
        assertEquals("", Storing.vary(head(200, ""), NO_RULES));
        assertEquals(
                "", Storing.vary(head(200, "Vary: X-A"), new Storing.Rules(Set.of(new HttpString("vary")), Map.of())));
    }
}
