package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.StrictApp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a request whose head would hold what no head may hold, and what the error log says of it. */
class HeadGateTest {

    private static final String LINE = "%0d%0aX-Inj:%201";

    @TempDir
    private Path directory;

    private StrictApp app;

    @BeforeEach
    void start() throws IOException {
        app = new StrictApp(request -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }

    @AfterEach
    void stop() throws IOException {
        app.close();
        assertEquals(List.of(), app.complaints());
    }

    private ProxyUnderTest proxy(String directives) {
        return ProxyUnderTest.withServer(directory, directives.replace("@APP@", app.address()));
    }

    private static String statusOf(String response) {
        return response.substring(9, 12);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "proxy_set_header X-Uri $uri;|400|request header \"X-Uri\" for upstream holds a control character",
                "proxy_set_header Host $uri;|400|request header \"Host\" for upstream holds a control character",
                "proxy_set_header X-Bytes $binary_remote_addr;|500|request header \"X-Bytes\" for upstream holds",
                "proxy_method $arg_m;|400|request method \"\" for upstream is no token",
                "rewrite ^ none break;|500|request target \"none\" for upstream does not begin with \"/\"",
            })
    void theAppIsNotAskedAndTheLogSaysWhichLineIsToBlame(String directive, String status, String message)
            throws IOException {
        String path = status.equals("400") ? "/a" + LINE : "/a";
        try (ProxyUnderTest proxy = proxy("location / { " + directive + " proxy_pass http://@APP@; }")) {
            assertEquals(status, statusOf(RawClient.get(proxy.port(), path)));
            String line = proxy.errorLine(message);
            assertTrue(line.contains("nginx.conf:1"), line);
            assertEquals(List.of(), app.requests());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "proxy_pass http://$u$uri$is_args$args;, /a%0D%0AX-Inj:%201",
        "proxy_pass http://$u/$arg_x;, /%0d%0aX-Inj:%201",
        "proxy_pass http://$u/w?q=$uri;, /w?q=/a%0D%0AX-Inj:%201",
    })
    void whatATargetCannotHoldIsEncoded(String directive, String target) throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { set $u @APP@; " + directive + " }")) {
            String query = directive.contains("arg_x") ? "?x=" + LINE : "";
            assertEquals("200", statusOf(RawClient.get(proxy.port(), "/a" + LINE + query)));
            assertEquals(
                    "GET " + target + query(directive, query) + " HTTP/1.0",
                    app.requests().get(0).lines().get(0));
            assertEquals(1, app.requests().size());
        }
    }

    private static String query(String directive, String query) {
        return directive.contains("$is_args") ? query : "";
    }

    @Test
    void aRequestThatIsSentTwiceIsOneRequestInAPath() throws IOException {
        String path = "/a%20HTTP/1.1%0d%0aHost:%20h%0d%0a%0d%0aGET%20/smuggled";
        try (ProxyUnderTest proxy = proxy("location / { set $u @APP@; proxy_http_version 1.1;"
                + " proxy_set_header Connection ''; proxy_pass http://$u$uri$is_args$args; }")) {
            assertEquals("200", statusOf(RawClient.get(proxy.port(), path)));
            assertEquals(
                    List.of("GET /a%20HTTP/1.1%0D%0AHost:%20h%0D%0A%0D%0AGET%20/smuggled HTTP/1.1"),
                    app.requests().stream().map(r -> r.lines().get(0)).toList());
        }
    }

    @Test
    void aRedirectWithALineEndIsRefused() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { return 301 https://$host$uri; }")) {
            String response = RawClient.get(proxy.port(), "/a" + LINE);
            assertEquals("400", statusOf(response));
            assertFalse(response.contains("X-Inj"), response);
            proxy.errorLine("redirect URL holds a control character: \"https://test/a\\x0D\\x0AX-Inj: 1\"");
        }
    }

    @Test
    void aFieldOfAResponseGetsBlanksAndTheLogSaysWhichLineIsToBlame() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { add_header X-Uri $uri; return 200 ok; }")) {
            String response = RawClient.get(proxy.port(), "/a" + LINE);
            assertTrue(response.contains("\r\nX-Uri: /a  X-Inj: 1\r\n"), response);
            String line = proxy.errorLine("response header \"X-Uri\" holds a control character");
            assertTrue(line.contains("see \"add_header\" in ") && line.contains("nginx.conf:1"), line);
        }
    }

    @Test
    void aValueThatStandsOnSeveralLinesInTheConfigurationIsOneLine() throws IOException {
        try (ProxyUnderTest proxy =
                proxy("location / { add_header X-Policy \"a;\n b\"; proxy_set_header X-To \"a\nb $host\";"
                        + " proxy_pass http://@APP@; }")) {
            String response = RawClient.get(proxy.port(), "/");
            assertTrue(response.contains("\r\nX-Policy: a;  b\r\n"), response);
            assertEquals("a b test", app.requests().get(0).field("x-to"));
        }
    }

    @Test
    void aNameThatIsNoTokenIsLeftOutWithAWarning() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { add_header X-Frame-Options: DENY; add_trailer 'X T' a;"
                + " proxy_set_header 'X-A: b\nX-B' c; proxy_pass http://@APP@; }")) {
            String response = RawClient.get(proxy.port(), "/");
            assertEquals("200", statusOf(response));
            assertFalse(response.contains("X-Frame-Options"), response);
            assertFalse(
                    app.requests().get(0).lines().toString().contains("X-"),
                    app.requests().toString());
            List<String> warnings = proxy.server().configuration().warnings();
            assertEquals(3, warnings.size(), warnings.toString());
            assertTrue(warnings.get(0).startsWith("invalid header name \"X-Frame-Options:\" in "), warnings.toString());
        }
    }

    @Test
    void aTrailerOfTheClientsDoesNotTakeThePlaceOfWhatTheConfigurationSets() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { proxy_http_version 1.1; proxy_request_buffering off;"
                + " proxy_set_header X-Real-IP $remote_addr; proxy_pass http://@APP@; }")) {
            RawClient.exchange(
                    proxy.port(),
                    "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
                            + "X-Real-IP: 6.6.6.6\r\nX_Under: 1\r\nX-Mine: 1\r\n\r\n");
            assertEquals(List.of("X-Mine: 1"), app.requests().get(0).trailers());
        }
    }
}
