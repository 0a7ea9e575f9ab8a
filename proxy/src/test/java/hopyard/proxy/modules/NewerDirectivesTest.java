package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Directives that nginx 1.22 does not have, as nginx's documentation has them. */
class NewerDirectivesTest {

    @TempDir
    private Path directory;

    private static final String HINTS =
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Accel-Expires: 1\r\n\r\n";

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    // ---- headers

    @ParameterizedTest
    @CsvSource({
        "/own,own",
        "/merged,'own,outer'",
        "/off,",
        "/offown,own",
        "/inherits,outer",
        "/merged/deep,'deep,own,outer'"
    })
    void addHeaderInheritSaysWhatIsTakenOver(String path, String expected) throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, """
                add_header X outer;
                location /own { add_header X own; return 200; }
                location /merged { add_header_inherit merge; add_header X own; return 200;
                    location /merged/deep { add_header X deep; return 200; } }
                location /off { add_header_inherit off; return 200; }
                location /offown { add_header_inherit off; add_header X own; return 200; }
                location /inherits { return 200; }
                """)) {
            List<String> values = RawClient.get(proxy.port(), path)
                    .lines()
                    .filter(line -> line.startsWith("X: "))
                    .map(line -> line.substring(3))
                    .toList();
            assertEquals(expected == null ? "" : expected, String.join(",", values));
        }
    }

    @Test
    void addTrailerInheritDoesTheSameForTrailers() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, """
                add_trailer X outer;
                location /merged { add_trailer_inherit merge; add_trailer Y own; return 200 text; }
                location /off { add_trailer_inherit off; return 200 text; }
                """)) {
            String merged = RawClient.get(proxy.port(), "/merged");
            assertTrue(merged.contains("Y: own\r\n") && merged.contains("X: outer\r\n"), merged);
            assertTrue(RawClient.get(proxy.port(), "/off").endsWith("\r\n\r\ntext"));
        }
    }

    @Test
    void aRequestWithMoreHeaderLinesThanMaxHeadersIs400() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, "max_headers 4; location / { return 200; }")) {
            String request = "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nX: 1\r\n";
            assertTrue(
                    RawClient.exchange(proxy.port(), request + "X: 2\r\n\r\n").startsWith("HTTP/1.1 200 "));
            assertTrue(RawClient.exchange(proxy.port(), request + "X: 2\r\nX: 3\r\n\r\n")
                    .startsWith("HTTP/1.1 400 "));
            proxy.errorLine("client sent too many header lines while reading client request headers");
        }
    }

    @Test
    void theHostOfHttp2IsNoHeaderLine() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, "server { listen 127.0.0.1:0 http2; max_headers 2; location / { return 200; } }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/", "x: 1", "x: 2").get(3, "/", "x: 1", "x: 2", "x: 3");
            assertEquals(200, client.response(1).status());
            assertEquals(400, client.response(3).status());
        }
    }

    // ---- hints, trailers

    private static RawUpstream hinting(String hints) throws IOException {
        return new RawUpstream(c -> {
            c.readHead();
            c.send(hints);
            c.send(OK);
        });
    }

    @Test
    void earlyHintsArePassedOnWhereTheyAreWanted() throws IOException {
        try (RawUpstream app = hinting(HINTS + HINTS);
                ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, """
                        proxy_pass_header X-None;
                        location / { early_hints $arg_hints; proxy_pass http://APP; }
                        location /none { proxy_pass http://APP; }
                        """.replace("APP", app.address()))) {
            String passed = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
            String wanted = RawClient.get(proxy.port(), "/?hints=1");
            assertTrue(wanted.startsWith(passed + passed + "HTTP/1.1 200 OK\r\n"), wanted);
            for (String path : List.of("/?hints=0", "/", "/none")) {
                assertTrue(RawClient.get(proxy.port(), path).startsWith("HTTP/1.1 200 OK\r\n"), path);
            }
            String old = RawClient.exchange(proxy.port(), "GET /?hints=1 HTTP/1.0\r\n\r\n");
            assertTrue(old.startsWith("HTTP/1.1 200 OK\r\n"), old);
        }
    }

    @Test
    void earlyHintsAloneAreNoResponse() throws IOException {
        try (RawUpstream app = new RawUpstream(c -> {
                    c.readHead();
                    c.send(HINTS);
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "early_hints 1; location / { proxy_pass http://" + app.address() + "; }")) {
            String answer = RawClient.get(proxy.port(), "/");
            assertTrue(answer.startsWith("HTTP/1.1 103 ") && answer.contains("HTTP/1.1 502 "), answer);
        }
    }

    @Test
    void earlyHintsThatAreLargerThanAHeadMayBeAreLeftOut() throws IOException {
        String large = "HTTP/1.1 103 Early Hints\r\nLink: " + "x".repeat(2500) + "\r\n\r\n";
        try (RawUpstream app = hinting(large + large);
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "early_hints 1; location / { proxy_pass http://" + app.address() + "; }")) {
            assertEquals(2, RawClient.get(proxy.port(), "/").split("HTTP/1.1 ").length - 1);
            proxy.errorLine("upstream sent too big early hints");
        }
    }

    @ParameterizedTest
    @CsvSource({"'',true", "proxy_pass_trailers on;,true", "proxy_pass_trailers off;,false"})
    void proxyPassTrailersSaysWhetherTrailersArePassedOn(String directive, boolean passed) throws IOException {
        try (RawUpstream app = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        directive + " proxy_http_version 1.1; location / { proxy_pass http://" + app.address()
                                + "; }")) {
            assertEquals(passed, RawClient.get(proxy.port(), "/").contains("X-Sum: 1"));
        }
    }

    // ---- connections

    @Test
    void anOldConnectionIsClosedAfterItsNextRequest() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory, "keepalive_time 300ms; server { listen 127.0.0.1:0; location / { return 200 done; } }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                client.readThrough("done");
                long since = System.nanoTime();
                Wait.until("the connection to be old", () -> System.nanoTime() - since > 400_000_000);
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                assertTrue(client.readAll().contains("Connection: close\r\n"));
            }
        }
    }

    @Test
    void anIdleConnectionSurvivesTheEndForKeepaliveMinTimeout() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "keepalive_min_timeout 1h; server { listen 127.0.0.1:0; location / { return 200 done; }"
                        + " location /short { keepalive_min_timeout 0; return 200 done; } }")) {
            try (RawClient kept = new RawClient(proxy.port());
                    RawClient idle = new RawClient(proxy.port())) {
                kept.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("done");
                idle.send("GET /short HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("done");
                proxy.server().drain();
                assertEquals("", idle.readAll());
                kept.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                String last = kept.readAll();
                assertTrue(last.startsWith("HTTP/1.1 200 ") && last.contains("Connection: close\r\n"), last);
            }
        }
    }

    // ---- sticky

    private static RawUpstream app(String name) throws IOException {
        return RawUpstream.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nSet-Cookie: session=" + name + "1; Path=/\r\n\r\n" + name);
    }

    private ProxyUnderTest withUpstream(String lines) {
        return ProxyUnderTest.withHttp(
                directory,
                "upstream u { " + lines + " } server { listen 127.0.0.1:0; location / { proxy_pass http://u; } }",
                1);
    }

    private static String ask(ProxyUnderTest proxy, String path, String cookie) throws IOException {
        return RawClient.exchange(
                proxy.port(),
                "GET " + path + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\nCookie: " + cookie + "\r\n\r\n");
    }

    private static String whoAnswers(ProxyUnderTest proxy, String path, String cookie) throws IOException {
        String answer = ask(proxy, path, cookie);
        return answer.substring(answer.length() - 1);
    }

    @Test
    void aCookieLeadsBackToTheServer() throws IOException {
        try (RawUpstream a = app("a");
                RawUpstream b = app("b");
                ProxyUnderTest proxy = withUpstream("server " + a.address() + "; server " + b.address()
                        + "; sticky cookie srv expires=1h domain=d.example httponly secure samesite=$arg_s path=/;")) {
            String first = ask(proxy, "/?s=lax", "x=y");
            Matcher cookie = Pattern.compile("Set-Cookie: srv=([0-9a-f]{32}); expires=\\w{3}, \\d\\d-\\w{3}-\\d\\d "
                            + "\\d\\d:\\d\\d:\\d\\d GMT; max-age=3600; domain=d.example; httponly; secure; "
                            + "samesite=lax; path=/\r\n")
                    .matcher(first);
            assertTrue(cookie.find(), first);
            String who = first.substring(first.length() - 1);
            for (int i = 0; i < 4; i++) {
                String again = ask(proxy, "/?s=wrong", "srv=" + cookie.group(1));
                assertTrue(again.endsWith(who) && again.contains("srv=" + cookie.group(1)), again);
                assertTrue(again.contains("samesite=strict"), again);
            }
            assertNotEquals(whoAnswers(proxy, "/", "srv=other"), whoAnswers(proxy, "/", "srv=other"));
        }
    }

    @Test
    void aRouteLeadsToItsServerAndADrainingOneGetsNobodyElse() throws IOException {
        try (RawUpstream a = app("a");
                RawUpstream b = app("b");
                ProxyUnderTest proxy = withUpstream("server " + a.address() + " route=one drain; server " + b.address()
                        + " route=two; sticky route $arg_none $arg_r;")) {
            for (int i = 0; i < 3; i++) {
                assertEquals("a", whoAnswers(proxy, "/?r=one", "x=y"));
                assertEquals("b", whoAnswers(proxy, "/?r=two", "x=y"));
                assertEquals("b", whoAnswers(proxy, "/", "x=y"));
                assertEquals("b", whoAnswers(proxy, "/?r=three", "x=y"));
            }
        }
    }

    @Test
    void aServerThatIsDownGivesItsClientsAway() throws IOException {
        try (RawUpstream a = app("a");
                RawUpstream b = app("b")) {
            String dead = a.address();
            a.close();
            try (ProxyUnderTest proxy = withUpstream(
                    "server " + dead + " route=one; server " + b.address() + " route=two; sticky route $arg_r;")) {
                assertEquals("b", whoAnswers(proxy, "/?r=one", "x=y"));
                assertEquals("b", whoAnswers(proxy, "/?r=one", "x=y"));
            }
        }
    }

    @Test
    void aSessionThatAnAnswerBeginsBelongsToWhoAnswered() throws IOException {
        try (RawUpstream a = app("a");
                RawUpstream b = app("b");
                ProxyUnderTest proxy = withUpstream(
                        "server " + a.address() + "; server " + b.address()
                                + "; sticky learn create=$upstream_cookie_session lookup=$cookie_session zone=s:32k timeout=1h;")) {
            String first = whoAnswers(proxy, "/", "x=y");
            for (int i = 0; i < 4; i++) {
                assertEquals(first, whoAnswers(proxy, "/", "session=" + first + "1"));
            }
            assertFalse(ask(proxy, "/", "x=y").contains("srv="));
        }
    }
}
