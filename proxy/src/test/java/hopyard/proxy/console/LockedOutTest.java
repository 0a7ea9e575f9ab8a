package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a configuration does to the console, the one that was kept before it comes back by itself. */
class LockedOutTest {

    private static final int REFUSED = 0;

    @TempDir
    private Path directory;

    private RawUpstream upstream;
    private ConsoleUnderTest console;
    private int port;
    private int free;
    private String file;

    @BeforeEach
    void start() throws IOException {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = one.getLocalPort();
            free = two.getLocalPort();
        }
        Files.writeString(directory.resolve("users"), "admin:{PLAIN}admin");
        TestCertificate.in(directory, "one", "one.example");
        upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        console = ConsoleUnderTest.of(
                upstream, ProxyUnderTest.withHttp(directory, """
                server {
                    listen 127.0.0.1:%d;
                    server_name test.example;
                    location / { proxy_pass http://%s; }
                    location /_hops/ {
                        hop_console edit;
                        allow 127.0.0.1;
                        deny all;
                    }
                }
                """.formatted(port, upstream.address())));
        file = text();
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
    }

    private String text() throws IOException {
        return console.json("/_hops/config").at("/files/0/text").asText();
    }

    private ConsoleUnderTest.Answer ask(String path, boolean post) throws IOException {
        okhttp3.Request.Builder request = new okhttp3.Request.Builder()
                .url("http://127.0.0.1:" + port + path)
                .header("Accept", "application/json")
                .header("Host", "test.example");
        return console.send(post ? request.post(okhttp3.RequestBody.create(new byte[0], null)) : request);
    }

    /** What a page at test.example meets that wants to keep the configuration. */
    private int keeping() {
        try {
            return ask("/_hops/config/keep", true).status();
        } catch (IOException e) {
            return REFUSED;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "edit            | hop_console edit;       | hop_console;                                                 | 403",
                "deny            | allow 127.0.0.1;        |                                                              | 403",
                "deny            | allow 127.0.0.1;        | allow 10.0.0.0/8;                                            | 403",
                "auth_basic      | deny all;               | deny all; auth_basic x; auth_basic_user_file users;          | 401",
                "server_name     | test.example            | other.example                                                | 403",
                "location        | location /_hops/        | location /elsewhere/                                         | 200",
                "location        | location /_hops/        | location /_hops/config { return 403; } location /_hops/      | 403",
                "location        | allow 127.0.0.1;        | allow 127.0.0.1; limit_except GET { deny all; }              | 403",
                "internal        | deny all;               | deny all; internal;                                          | 404",
                "return          | deny all;               | deny all; return 418;                                        | 418",
                "return          | server_name             | return 503; server_name                                      | 503",
                "auth_request    | location /_hops/ {      | location = /no { return 403; } location /_hops/ { auth_request /no; | 403",
                "listen          | listen 127.0.0.1:$port; | listen 127.0.0.1:$free;                                      | 0",
                "listen          | listen 127.0.0.1:$port; | listen unix:$directory/socket;                               | 0",
                "scheme          | listen 127.0.0.1:$port; | listen 127.0.0.1:$port ssl; ssl_certificate one.pem; ssl_certificate_key one.key; | 400",
                "proxy_protocol  | listen 127.0.0.1:$port; | listen 127.0.0.1:$port proxy_protocol;                       | 0",
                "''              | deny all;               | deny all; if ($request_method) { return 410; }               | 410",
                "''              | server_name             | if ($host) { rewrite ^ /gone last; } server_name             | 200",
            })
    void whateverLocksOutIsForeseenIfItCanBeAndGoesByItself(String code, String old, String now, int status)
            throws IOException {
        String edited = file.replace(filled(old), now == null ? "" : filled(now));
        assertTrue(!edited.equals(file), "the text is another one");
        assertWarnsOf(code, post("/_hops/config/test", Map.of("text", edited)));
        assertWarnsOf(code, post("/_hops/config", Map.of("text", edited, "seconds", 1)));
        if (status != REFUSED || code.equals("listen")) {
            assertEquals(status, keeping());
        }
        awaitTheFile();
    }

    private String filled(String text) {
        return text.replace("$port", "" + port).replace("$free", "" + free).replace("$directory", "" + directory);
    }

    private ConsoleUnderTest.Answer post(String path, Map<String, Object> body) throws IOException {
        return console.send(new okhttp3.Request.Builder()
                .url("http://127.0.0.1:" + port + path)
                .header("Accept", "application/json")
                .header("Host", "test.example")
                .post(okhttp3.RequestBody.create(
                        Json.MAPPER.writeValueAsBytes(body), okhttp3.MediaType.get("application/json"))));
    }

    private static void assertWarnsOf(String code, ConsoleUnderTest.Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        JsonNode warnings = answer.json().get("warnings");
        assertEquals(code.isEmpty() ? 0 : 1, warnings.size(), warnings.toString());
        if (!code.isEmpty()) {
            assertEquals(code, warnings.at("/0/code").asText(), warnings.toString());
            assertTrue(warnings.at("/0/text").asText().startsWith("after this, "), warnings.toString());
        }
    }

    private void awaitTheFile() {
        Wait.until("the file's configuration", () -> {
            ConsoleUnderTest.Answer answer = ask("/_hops/config", false);
            return answer.status() == 200
                    && answer.type().equals("application/json")
                    && answer.json().get("mayEdit").asBoolean()
                    && !answer.json().get("edited").asBoolean();
        });
    }

    @Test
    void whereTheConsoleIsThenIsSaid() throws IOException {
        String moved = file.replace("127.0.0.1:" + port, "127.0.0.1:" + free).replace("/_hops/", "/hops/");
        String text = post("/_hops/config/test", Map.of("text", moved))
                .json()
                .at("/warnings/0/text")
                .asText();
        assertTrue(text.endsWith("reach it at http://test.example:" + free + "/hops/"), text);
    }

    @Test
    void whoGoesWhereTheConsoleIsThenMayKeepIt() throws IOException {
        String moved = file.replace("127.0.0.1:" + port, "127.0.0.1:" + free);
        post("/_hops/config", Map.of("text", moved));
        console.post("/_hops/config/keep", Map.of());
        assertEquals("127.0.0.1:" + free, "127.0.0.1:" + console.proxy.port());
        JsonNode kept = console.json("/_hops/config");
        assertTrue(kept.get("edited").asBoolean() && !kept.has("revertsInMs"), kept.toString());
    }

    @Test
    void aFileThatHasBeenBrokenMeanwhileIsNotNeededForTheWayBack() throws IOException {
        Files.writeString(directory.resolve("nginx.conf"), "broken");
        post("/_hops/config", Map.of("text", file.replace("hop_console edit", "hop_console"), "seconds", 1));
        assertEquals(403, keeping());
        Wait.until(
                "what ran before",
                () -> ask("/_hops/config", false).json().get("mayEdit").asBoolean());
        assertEquals(file, text());
        assertTrue(console.json("/_hops/config").get("edited").asBoolean(), "it is not what the file says");
    }

    @Test
    void aPortThatIsTakenMeanwhileIsTriedAgain() throws IOException {
        post("/_hops/config", Map.of("text", file.replace("127.0.0.1:" + port, "127.0.0.1:" + free), "seconds", 1));
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(port, taken.getLocalPort());
            Wait.until(
                    "the problem",
                    () -> console.json("/_hops/config")
                            .path("problem")
                            .asText()
                            .contains("bind() to 127.0.0.1:" + port + " failed (98: Address already in use)"));
        }
        awaitTheFile();
    }
}
