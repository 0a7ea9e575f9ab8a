package hopyard.proxy.console.endpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask the console, and who may change something. */
class GuardTest {

    private static final RequestBody NOTHING = RequestBody.create(new byte[0], null);

    @TempDir
    private Path directory;

    @Test
    void thereIsNoConsoleUnlessItIsConfigured() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "", "return 404;")) {
            assertEquals(404, console.get("/_hops/exchanges").status());
        }
    }

    @Test
    void anAddressThatIsNotAllowedGets403() throws IOException {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "", "hop_console; allow 10.0.0.0/8; deny all;")) {
            assertEquals(403, console.get("/_hops/").status());
            console.proxy.errorLine("access forbidden by rule, client: 127.0.0.1");
            assertEquals(200, console.get("/").status());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:8080, 200",
        "localhost., 200",
        "app.localhost, 200",
        "127.0.0.1, 200",
        "127.1.2.3:80, 200",
        "[::1]:80, 200",
        "test.example, 200",
        "second.example, 200",
        "evil.example, 403",
        "a.wild.example, 403",
        "127.0.0.1.evil.example, 403",
        "localhost.evil.example, 403",
        "evil-localhost, 403",
        "6.6.6.6, 403",
        "192.168.1.5, 403",
        "0.0.0.0, 403",
        "999.0.0.1, 403",
        "2130706433, 403",
        "127.1, 403",
        "[::2], 403",
        "[fe80::1]:80, 403",
        "[::], 403"
    })
    void anotherNameForThisMachineIsRefused(String host, int status) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(
                    status,
                    console.send(console.request("/_hops/stats").header("Host", host))
                            .status());
        }
    }

    /** What a page of another origin can have a browser say; each line alone is enough to be refused. */
    private static String[] foreign(int port) {
        return new String[] {
            "Origin: http://evil.example",
            "Origin: null",
            "Origin: http://127.0.0.1:1",
            "Origin: https://127.0.0.1:" + port,
            "Origin: http://localhost:" + port,
            "Origin: http://127.0.0.1:" + port + "/",
            "Origin: http://127.0.0.1:" + port + ", http://evil.example",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
            "Sec-Fetch-Site: same-origin, cross-site",
            "Sec-Fetch-Site: Same-Origin",
            "Sec-Fetch-Site:",
            "Referer: http://evil.example/",
            "Referer: http://127.0.0.1:" + port + ".evil.example/",
            "Referer: http://127.0.0.1:" + port + "@evil.example/",
            "Origin: http://127.0.0.1:" + port + "\r\nSec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example",
            "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site",
            "Origin: http://127.0.0.1:" + port + "\r\nOrigin: http://evil.example",
            "Referer: http://127.0.0.1:" + port + "/\r\nReferer: http://evil.example/",
            // a browser that says nothing
            "Accept-Language: en",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"})
    void aPageFromElsewhereGetsNothingWhateverItAsks(String method) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            List<String> paths = new ArrayList<>(List.of("", "none", "compare/x?path=/&n=30", "exchanges/1?wait=3000"));
            console.json("/_hops/").get("endpoints").forEach(name -> paths.add(name.asText()));
            assertTrue(paths.size() > 14, paths.toString());
            for (String path : paths) {
                for (String fields : foreign(console.proxy.port())) {
                    String head = method + " /_hops/" + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + console.proxy.port()
                            + "\r\n" + fields + "\r\n";
                    int status = statusOf(console, head);
                    // a line too many is no HTTP at all for some fields
                    assertTrue(status == 403 || status == 400 && fields.contains("\n"), status + " for " + head);
                }
            }
            assertEquals(0, console.upstream.connections());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET http://localhost/_hops/ HTTP/1.1, localhost, 200",
        "GET http://localhost/_hops/ HTTP/1.1, evil.example, 200",
        "GET http://evil.example/_hops/ HTTP/1.1, localhost, 403",
        "GET http://localhost@evil.example/_hops/ HTTP/1.1, localhost, 400",
        "GET http://localhost./_hops/ HTTP/1.1, localhost, 200",
    })
    void aTargetWithAHostIsForThatHost(String line, String host, int status) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(status, statusOf(console, line + "\r\nHost: " + host + "\r\n"));
        }
    }

    @Test
    void aRequestThatNamesNoHostIsRefused() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(403, statusOf(console, "GET /_hops/ HTTP/1.0\r\n"));
            assertEquals(
                    403,
                    statusOf(
                            console,
                            "GET /_hops/ HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n"
                                    + "Forwarded: host=localhost\r\n"));
        }
    }

    @Test
    void aPageOfAServerNameMayWhereBrowsersSendNoSecFetchSite() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String browser = "GET /_hops/compare?path=/&n=1 HTTP/1.1\r\nHost: second.example\r\n"
                    + "Accept-Language: en\r\nUser-Agent: Mozilla/5.0\r\n";
            assertEquals(403, statusOf(console, browser));
            assertEquals(403, statusOf(console, browser + "Referer: http://test.example/\r\n"));
            assertEquals(200, statusOf(console, browser + "Referer: http://second.example/\r\n"));
        }
    }

    @Test
    void nobodyIsLedIntoTheConsole() throws IOException {
        RawUpstream app = RawUpstream.answering(
                "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /_hops/exchanges\r\nContent-Length: 0\r\n\r\n");
        try (ConsoleUnderTest console = ConsoleUnderTest.of(
                app,
                ProxyUnderTest.withHttp(
                        directory,
                        "server { listen 127.0.0.1:0; proxy_http_version 1.1; location / { proxy_pass http://"
                                + app.address() + "; }"
                                + " location /rewritten { rewrite ^ /_hops/stats last; }"
                                + " location /failed { error_page 404 /_hops/stats; return 404; }"
                                + " location /tried { root /none; try_files $uri /_hops/stats; }"
                                + " location /asked { auth_request /_hops/stats; root /none; }"
                                + " location /_hops/ { rewrite ^/_hops/moved$ /x break; hop_console edit; } }"))) {
            for (String path : List.of("/accelerated", "/rewritten", "/tried", "/asked", "/_hops/moved")) {
                assertEquals(403, console.get(path).status(), path);
            }
            // an error page is shown with the status of the error
            ConsoleUnderTest.Answer answer = console.get("/failed");
            assertEquals(404, answer.status());
            assertTrue(answer.body().contains("answers only those who ask"), answer.body());
        }
    }

    private static int statusOf(ConsoleUnderTest console, String head) throws IOException {
        try (RawClient client = new RawClient(console.proxy.port())) {
            return Integer.parseInt(client.send(head + "Connection: close\r\n\r\n")
                    .readThrough("\r\n")
                    .split(" ")[1]);
        }
    }

    @Test
    void thePageItselfMay() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/send")
                    .header("Origin", "http://127.0.0.1:" + console.proxy.port())
                    .header("Sec-Fetch-Site", "same-origin")
                    .header("Accept", "application/json")
                    .post(RequestBody.create("{\"path\":\"/\"}".getBytes(), null)));
            assertEquals(200, answer.status(), answer.body());
        }
    }

    @Test
    void withoutEditTheConfigurationCannotBeChanged() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "", "hop_console;")) {
            String text = console.json("/_hops/config").at("/files/0/text").asText();
            ConsoleUnderTest.Answer answer = console.post("/_hops/config", Map.of("text", text));
            assertEquals(403, answer.status());
            assertFalse(console.json("/_hops/config").get("mayEdit").asBoolean());
        }
    }

    @Test
    void whatIsSentGoesToTheProxyOrItsUpstreamsOnly() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (String path :
                    new String[] {"http://evil.example/", "//evil.example/", "@evil.example/", "x", "/a b", ""}) {
                ConsoleUnderTest.Answer answer = console.post("/_hops/send", Map.of("path", path));
                assertTrue(
                        answer.status() == 400
                                || answer.json().at("/results/0/to").asText().startsWith("127.0.0.1:"),
                        path + ": " + answer.body());
            }
            assertEquals(
                    400, console.get("/_hops/compare?path=http://evil.example/").status());
        }
    }

    @Test
    void whatTheConsoleAnswersMayNotRunScripts() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/<script>alert(1)</script>"));
            ConsoleUnderTest.Answer page =
                    console.send(console.request("/_hops/exchanges").header("Accept", "text/html"));
            assertTrue(page.type().startsWith("text/html"));
            assertFalse(page.body().contains("<script>"), page.body());
        }
    }
}
