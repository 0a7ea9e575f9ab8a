package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a configuration does to the console, the one that was kept before it comes back by itself. */
class LockedOutTest {

    /** Whoever asks gets no answer at all. */
    private static final int NONE = 0;

    private static final String HTTP = """
            server {
                listen 127.0.0.1:$port;
                server_name test.example;
                location / { proxy_pass http://$upstream; }
                location /_hops/ {
                    hop_console edit;
                    allow 127.0.0.1;
                    deny all;
                }
            }
            """;

    /**
     * A change that locks out.
     *
     * @param code of the warning; empty where nobody can foresee it
     * @param status what a page meets that wants to keep it
     */
    private record Case(String code, String old, String now, int status) {}

    private static final List<Case> CASES = List.of(
            new Case("edit", "hop_console edit;", "hop_console;", 403),
            new Case("deny", "allow 127.0.0.1;", "", 403),
            new Case("deny", "allow 127.0.0.1;", "allow 10.0.0.0/8;", 403),
            new Case("auth_basic", "deny all;", "deny all; auth_basic x; auth_basic_user_file users;", 401),
            new Case("server_name", "test.example", "other.example", 403),
            new Case("location", "/_hops/", "/elsewhere/", 200),
            new Case("location", "location /_hops/", "location /_hops/config { return 403; } location /_hops/", 403),
            new Case("location", "deny all;", "deny all; limit_except GET { deny all; }", 403),
            new Case("internal", "deny all;", "deny all; internal;", 404),
            new Case("return", "deny all;", "deny all; return 418;", 418),
            new Case("return", "server_name", "return 503; server_name", 503),
            new Case(
                    "auth_request",
                    "location /_hops/ {",
                    "location = /no { return 403; } location /_hops/ { auth_request /no;",
                    403),
            new Case("listen", "listen 127.0.0.1:$port;", "listen 127.0.0.1:$free;", NONE),
            new Case("listen", "listen 127.0.0.1:$port;", "listen unix:$directory/socket;", NONE),
            new Case(
                    "scheme",
                    "listen 127.0.0.1:$port;",
                    "listen 127.0.0.1:$port ssl; ssl_certificate one.pem; ssl_certificate_key one.key;",
                    400),
            new Case("proxy_protocol", "listen 127.0.0.1:$port;", "listen 127.0.0.1:$port proxy_protocol;", NONE),
            new Case("", "deny all;", "deny all; if ($request_method) { return 410; }", 410),
            new Case("", "server_name", "if ($host) { rewrite ^ /gone last; } server_name", 200));

    @TempDir
    private Path directory;

    /** A proxy with a console, asked as http://test.example. */
    private static final class Locked implements AutoCloseable {
        final RawUpstream upstream;
        final ConsoleUnderTest console;
        final Path directory;
        final int port;
        final int free;
        final String file;

        Locked(Path directory) throws IOException {
            this.directory = Files.createDirectories(directory);
            // before the ports are chosen, of which it might get one
            upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            int[] chosen = Ports.free(2);
            port = chosen[0];
            free = chosen[1];
            console = ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, filled(HTTP)));
            file = text();
        }

        String filled(String text) {
            return text.replace("$port", "" + port)
                    .replace("$free", "" + free)
                    .replace("$directory", "" + directory)
                    .replace("$upstream", upstream.address());
        }

        String changed(String old, String now) {
            String changed = file.replace(filled(old), filled(now));
            assertNotEquals(file, changed);
            return changed;
        }

        String text() throws IOException {
            return console.json("/_hops/config").at("/files/0/text").asText();
        }

        private okhttp3.Request.Builder request(String path) {
            return new okhttp3.Request.Builder()
                    .url("http://127.0.0.1:" + port + "/_hops/" + path)
                    .header("Accept", "application/json")
                    .header("Host", "test.example");
        }

        ConsoleUnderTest.Answer post(String path, Map<String, Object> body) throws IOException {
            return console.send(request(path)
                    .post(RequestBody.create(Json.MAPPER.writeValueAsBytes(body), MediaType.get("application/json"))));
        }

        JsonNode apply(String text, int seconds) throws IOException {
            ConsoleUnderTest.Answer answer = post("config", Map.of("text", text, "seconds", seconds));
            assertEquals(200, answer.status(), answer.body());
            return answer.json().get("warnings");
        }

        int keeping() {
            try {
                return post("config/keep", Map.of()).status();
            } catch (IOException e) {
                return NONE;
            }
        }

        /** Waits until the console lets itself be changed again. */
        void awaitConsole(boolean edited) throws IOException {
            ConsoleUnderTest.Answer[] last = new ConsoleUnderTest.Answer[1];
            try {
                Wait.until("the console", () -> {
                    last[0] = console.send(request("config"));
                    return last[0].status() == 200
                            && "application/json".equals(last[0].type())
                            && last[0].json().get("mayEdit").asBoolean()
                            && last[0].json().get("edited").asBoolean() == edited;
                });
            } catch (AssertionError e) {
                throw new AssertionError(last[0] + "\n" + Files.readString(directory.resolve("error.log")), e);
            }
        }

        @Override
        public void close() throws IOException {
            console.close();
        }
    }

    @Test
    void whateverLocksOutIsForeseenIfItCanBeAndGoesByItself() throws IOException {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        List<Locked> all = new ArrayList<>();
        try {
            // all at once, since each takes its seconds; none is made while another one's port is free
            for (int i = 0; i < CASES.size(); i++) {
                Locked locked = new Locked(directory.resolve("" + i));
                all.add(locked);
                Files.copy(certificate.file(), locked.directory.resolve("one.pem"));
                Files.copy(certificate.key(), locked.directory.resolve("one.key"));
            }
            for (int i = 0; i < CASES.size(); i++) {
                Case each = CASES.get(i);
                Locked locked = all.get(i);
                String changed = locked.changed(each.old, each.now);
                assertWarnsOf(
                        each,
                        locked.post("config/test", Map.of("text", changed))
                                .json()
                                .get("warnings"));
                assertWarnsOf(each, locked.apply(changed, 4));
                assertEquals(each.status, locked.keeping(), each.toString());
            }
            for (Locked locked : all) {
                locked.awaitConsole(false);
                assertEquals(locked.file, locked.text());
            }
        } finally {
            for (Locked locked : all) {
                locked.close();
            }
        }
    }

    private static void assertWarnsOf(Case each, JsonNode warnings) {
        assertEquals(each.code.isEmpty() ? 0 : 1, warnings.size(), () -> each + ": " + warnings);
        if (!each.code.isEmpty()) {
            assertEquals(each.code, warnings.at("/0/code").asText(), warnings.toString());
            assertTrue(warnings.at("/0/text").asText().startsWith("after this, "), warnings.toString());
        }
    }

    @Test
    void connectionsThatAreKeptObeyWhatIsAppliedAndWhatComesBack() throws IOException {
        String request = "GET /seen HTTP/1.1\r\nHost: t\r\n\r\n";
        try (Locked locked = new Locked(directory);
                RawClient first = new RawClient(locked.port)) {
            first.send(request).readThrough("hello");
            locked.apply(locked.changed("$port", "$free"), 1);
            assertEquals("", first.readAll());
            try (RawClient there = new RawClient(locked.free)) {
                there.send(request).readThrough("hello");
                assertEquals("", there.readAll());
            }
            locked.awaitConsole(false);
            try (RawClient second = new RawClient(locked.port)) {
                second.send(request).readThrough("hello");
                locked.apply(locked.changed("location / {", "location / { return 503;"), 1);
                assertTrue(second.send(request).readThrough("</html>").startsWith("HTTP/1.1 503 "));
                locked.awaitConsole(false);
                second.send(request).readThrough("hello");
            }
        }
    }

    @Test
    void whereTheConsoleIsThenIsSaid() throws IOException {
        try (Locked locked = new Locked(directory)) {
            String moved = locked.changed("$port", "$free").replace("/_hops/", "/hops/");
            String said = locked.post("config/test", Map.of("text", moved))
                    .json()
                    .at("/warnings/0/text")
                    .asText();
            assertTrue(said.endsWith("reach it at http://test.example:" + locked.free + "/hops/"), said);
        }
    }

    @Test
    void whoGoesWhereTheConsoleIsThenMayKeepIt() throws IOException {
        try (Locked locked = new Locked(directory)) {
            locked.apply(locked.changed("$port", "$free"), 30);
            assertEquals(locked.free, locked.console.proxy.port());
            JsonNode kept = locked.console.post("/_hops/config/keep", Map.of()).json();
            assertTrue(kept.get("edited").asBoolean() && !kept.has("revertsInMs"), kept.toString());
        }
    }

    @Test
    void aFileThatHasBeenBrokenMeanwhileIsNotNeededForTheWayBack() throws IOException {
        try (Locked locked = new Locked(directory)) {
            Files.writeString(directory.resolve("nginx.conf"), "broken");
            locked.apply(locked.changed("hop_console edit", "hop_console"), 1);
            assertEquals(403, locked.keeping());
            // it is not what the file says
            locked.awaitConsole(true);
            assertEquals(locked.file, locked.text());
        }
    }

    @Test
    void aPortThatIsTakenMeanwhileIsTriedAgain() throws IOException {
        try (Locked locked = new Locked(directory)) {
            locked.apply(locked.changed("$port", "$free"), 1);
            try (ServerSocket taken = new ServerSocket(locked.port, 1, InetAddress.getLoopbackAddress())) {
                String problem = "bind() to 127.0.0.1:" + taken.getLocalPort() + " failed (98: Address already in use)";
                Wait.until(
                        "the problem",
                        () -> locked.console
                                .json("/_hops/config")
                                .path("problem")
                                .asText()
                                .equals(problem));
            }
            locked.awaitConsole(false);
        }
    }
}
