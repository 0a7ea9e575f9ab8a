package hopyard.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HopTraceTest {

    private static final Hop PROXY = Hop.received("proxy", "127.0.0.1:53422", "127.0.0.1:80", 7, 1)
            .answered(200, 2.31)
            .forwarded("127.0.0.1:41822", "127.0.0.1:8000", true, -1, 1.9, -1);
    private static final Hop APP =
            Hop.received("app", "127.0.0.1:41822", "127.0.0.1:8000", 3, 12).answered(200, 1.2);

    @Test
    void writesTheMembersInPathOrder() {
        assertEquals(
                "proxy;from=\"127.0.0.1:53422\";at=\"127.0.0.1:80\";conn=7;req=1;status=200;dur=2.31;"
                        + "via=\"127.0.0.1:41822\";to=\"127.0.0.1:8000\";reused=?1;ttfb=1.9, "
                        + "app;from=\"127.0.0.1:41822\";at=\"127.0.0.1:8000\";conn=3;req=12;status=200;dur=1.2",
                HopTrace.format(List.of(PROXY, APP)));
    }

    @Test
    void readsWhatItWrites() {
        assertEquals(
                List.of(PROXY, APP),
                HopTrace.parse(HopTrace.format(List.of(PROXY, APP))).orElseThrow());
    }

    @Test
    void tellsOfTlsOnBothConnectionsAndOfTheHandshakeWithTheFirstRequest() {
        HopTls first = new HopTls("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519", "http/1.1", "localhost", false, 2.5);
        Hop hop = PROXY.encrypted(first, HopTls.of("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"));
        String value = HopTrace.format(List.of(hop));
        assertEquals(
                "proxy;from=\"127.0.0.1:53422\";at=\"127.0.0.1:80\";conn=7;tls=\"TLSv1.3\""
                        + ";cipher=\"TLS_AES_128_GCM_SHA256\";req=1;group=\"X25519\";alpn=\"http/1.1\""
                        + ";sni=\"localhost\";resumed=?0;handshake=2.5;status=200;dur=2.31;via=\"127.0.0.1:41822\""
                        + ";to=\"127.0.0.1:8000\";to-tls=\"TLSv1.2\";to-cipher=\"ECDHE-RSA-AES128-GCM-SHA256\""
                        + ";reused=?1;ttfb=1.9",
                value);
        assertEquals(List.of(hop), HopTrace.parse(value).orElseThrow());
    }

    @Test
    void whatIsTheSameForAConnectionGoesTogetherWithTheRest() {
        HopTls tls = new HopTls("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519", null, "localhost", true, 0.7);
        String member = HopTrace.connection("proxy", "127.0.0.1:53422", "127.0.0.1:443", 7, tls)
                + "1"
                + HopTrace.handshake(tls)
                + HopTrace.upstream("127.0.0.1:41822", "127.0.0.1:8443", HopTls.of("TLSv1.3", "X"));
        Hop hop = HopTrace.parse(member).orElseThrow().get(0);
        assertEquals(tls, hop.tls());
        assertEquals(HopTls.of("TLSv1.3", "X"), hop.toTls());
        assertEquals(member, HopTrace.format(List.of(hop)));
    }

    @Test
    void tellsOfADatabaseBehindTheApp() {
        Hop postgres = Hop.database(
                "postgres",
                "127.0.0.1:41234",
                "127.0.0.1:5432",
                3,
                17,
                4.21,
                new HopDatabase(12345, 0.12, 3, 12, null));
        String value = HopTrace.format(List.of(PROXY, APP, postgres));
        assertTrue(
                value.endsWith(
                        ", postgres;from=\"127.0.0.1:41234\";at=\"127.0.0.1:5432\";conn=3;req=17;pid=12345;wait=0.12"
                                + ";queries=3;rows=12;dur=4.21"),
                value);
        assertEquals(List.of(PROXY, APP, postgres), HopTrace.parse(value).orElseThrow());
    }

    @Test
    void aDatabaseThatWasNotReachedHasNoConnectionAndSaysWhy() {
        Hop postgres =
                Hop.database("postgres", null, null, -1, -1, -1, new HopDatabase(-1, 3000.5, -1, -1, "pool_timeout"));
        String value = HopTrace.format(List.of(postgres));
        assertEquals("postgres;wait=3000.5;error=pool_timeout", value);
        assertEquals(List.of(postgres), HopTrace.parse(value).orElseThrow());
    }

    @Test
    void anErrorThatIsNoTokenIsAString() {
        Hop postgres = Hop.database("postgres", null, null, -1, -1, -1, new HopDatabase(-1, -1, -1, -1, "no \"luck\""));
        String value = HopTrace.format(List.of(postgres));
        assertEquals("postgres;error=\"no \\\"luck\\\"\"", value);
        assertEquals(List.of(postgres), HopTrace.parse(value).orElseThrow());
    }

    @Test
    void whoIsNoDatabaseHasNothingOfOne() {
        assertEquals(
                null, HopTrace.parse("edge;colour=green").orElseThrow().get(0).database());
        assertEquals(
                null,
                HopTrace.parse(HopTrace.format(List.of(APP)))
                        .orElseThrow()
                        .get(0)
                        .database());
    }

    @Test
    void readsAnEmptyFieldAsNoHops() {
        assertEquals(List.of(), HopTrace.parse("  ").orElseThrow());
    }

    @Test
    void skipsParametersThatItDoesNotKnow() {
        Hop hop = HopTrace.parse("edge;colour=green;n=-3;b=?0;flag;at=\"x:1\"")
                .orElseThrow()
                .get(0);
        assertEquals("x:1", hop.at());
    }

    @Test
    void escapesQuotesAndReplacesWhatAStringCannotHold() {
        String value = HopTrace.format(List.of(Hop.received("a", "q\"\\\r\n", "b", 1, 1)));
        assertTrue(value.startsWith("a;from=\"q\\\"\\\\??\";"), value);
        assertTrue(HopTrace.parse(value).isPresent());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy,",
                ",proxy",
                "proxy;",
                "proxy;from=",
                "proxy;from=\"open",
                "proxy;from=\"bad\\x\"",
                "proxy;conn=\"one\"",
                "proxy;conn=1.5",
                "proxy;dur=1.2345",
                "proxy;dur=1234567890123",
                "proxy;ttfb=999999999999.999",
                "proxy;status=4294967496",
                "proxy;conn=1234567890123456",
                "proxy;reused=?2",
                "proxy;tls=1.3",
                "proxy;tls=\"TLSv1.3\";resumed=1",
                "proxy;tls=\"TLSv1.3\";handshake=\"2\"",
                "proxy;to-tls=?1",
                "postgres;pid=\"12\"",
                "postgres;queries=1.5",
                "postgres;rows=4294967496",
                "postgres;wait=999999999999.999",
                "postgres;error=?1",
                "proxy;UPPER=1",
                "two words",
                "(a b)",
                "1proxy",
                "proxy;from=\"\u00e9\"",
            })
    void refusesWhatIsNotAWellFormedList(String value) {
        assertTrue(HopTrace.parse(value).isEmpty(), value);
    }

    @Test
    void refusesMoreHopsThanAPathCanHave() {
        assertTrue(HopTrace.parse("a" + ", a".repeat(64)).isEmpty());
    }
}
