package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.CgiApp;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An app that does not speak HTTP is a hop like any other: what it was told and what it answered can be seen. */
class CgiHopTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest console(CgiApp app, String module) throws Exception {
        return ConsoleUnderTest.start(directory, "", """
                hop_console edit; }
                location /app {
                    %1$s_param QUERY_STRING $args;
                    %1$s_param REQUEST_METHOD $request_method;
                    %1$s_param CONTENT_LENGTH $content_length;
                    %1$s_param DB_PASSWORD hunter2;
                    %1$s_pass %2$s;
                """.formatted(module, app.address()));
    }

    private static JsonNode change(JsonNode changes, String header) {
        return StreamSupport.stream(changes.spliterator(), false)
                .filter(each -> each.get("header").asText().equals(header))
                .findFirst()
                .orElseThrow(() -> new AssertionError(header + " in " + changes));
    }

    @ParameterizedTest
    @EnumSource
    void isShownWithItsProtocolItsParametersAndTheLinesThatMadeThemWithoutSecrets(CgiApp.Protocol protocol)
            throws Exception {
        String module = protocol.name().toLowerCase();
        try (CgiApp app = new CgiApp(protocol);
                ConsoleUnderTest console = console(app, module)) {
            JsonNode exchange = console.exchange(console.request(
                            "/app?h=Status:%20404%20Not%20There&h=Set-Cookie:%20sid=secret1&token=hunter2&b=hello")
                    .header("Cookie", "sid=hunter2")
                    .header("X-Mine", "1"));
            assertEquals(module, exchange.at("/tries/0/protocol").asText());
            assertEquals(404, exchange.at("/tries/0/status").asInt());
            assertTrue(
                    exchange.at("/startLines/toUpstream").asText().startsWith("GET /app?"), exchange::toPrettyString);
            assertEquals(
                    "CGI/1.1 404 Not There",
                    exchange.at("/startLines/fromUpstream").asText());
            String sent = exchange.at("/headers/toUpstream").toString();
            for (String part : new String[] {
                "[\"REQUEST_METHOD\",\"GET\"]",
                "[\"HTTP_X_MINE\",\"1\"]",
                "[\"HTTP_COOKIE\",\"sid=[redacted:7]\"]",
                "[\"DB_PASSWORD\",\"[redacted:7]\"]",
                "HTTP_HOP_TRACE",
                "HTTP_X_REQUEST_ID"
            }) {
                assertTrue(sent.contains(part), part + " in " + sent);
            }
            assertFalse(exchange.toString().contains("hunter2"), exchange::toPrettyString);
            JsonNode added = change(exchange.at("/changes/request"), "REQUEST_METHOD");
            assertEquals("added", added.get("kind").asText());
            assertEquals(
                    module + "_param REQUEST_METHOD $request_method;",
                    added.get("by").asText());
            assertFalse(exchange.at("/changes/request").toString().contains("HTTP_X_MINE"), exchange::toPrettyString);
            assertTrue(
                    app.asked().get(0).contains("HTTP_COOKIE: sid=hunter2"),
                    app.asked().get(0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatGoesWrongIsToldWithTheDirectivesOfItsProtocol(CgiApp.Protocol protocol) throws Exception {
        String module = protocol.name().toLowerCase();
        try (CgiApp app = new CgiApp(protocol);
                ConsoleUnderTest console =
                        ConsoleUnderTest.start(directory, "", """
                        hop_console edit; }
                        location /app { %1$s_read_timeout 100ms; %1$s_param QUERY_STRING $args; %1$s_pass %2$s;
                        """.formatted(module, app.address()))) {
            JsonNode exchange = console.exchange(console.request("/app?hang"));
            for (String where : new String[] {"/answeredBy/text", "/tries/0/error/text"}) {
                String said = exchange.at(where).asText();
                assertTrue(said.contains("(" + module + "_read_timeout)"), where + ": " + said);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached"})
    void anAppThatIsNotReachedIsToldWithTheDirectivesOfItsProtocol(String module) throws Exception {
        String url = module.equals("proxy") ? "http://" : "";
        String key = module.equals("memcached") ? "set $memcached_key k;" : "";
        // its backlog is full, so what knocks is not heard
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort());
                Socket second = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort());
                ConsoleUnderTest console =
                        ConsoleUnderTest.start(directory, "", """
                        hop_console edit; }
                        location /app { %1$s %2$s_connect_timeout 100ms; %2$s_pass %3$s127.0.0.1:%4$d; error_page 504 /else; }
                        location /else { return 200 else;
                        """.formatted(key, module, url, deaf.getLocalPort()))) {
            assertTrue(first.isConnected() && second.isConnected());
            JsonNode exchange = console.exchange(console.request("/app"));
            assertEquals(module, exchange.at("/tries/0/module").asText(), exchange::toPrettyString);
            String said = exchange.at("/tries/0/error/text").asText();
            assertTrue(said.endsWith("(" + module + "_connect_timeout)"), said);
        }
    }

    @Test
    void theLinesOfARequestAreThoseOfItsProtocol() throws Exception {
        try (CgiApp app = new CgiApp(CgiApp.Protocol.UWSGI);
                ConsoleUnderTest console =
                        ConsoleUnderTest.start(directory, "upstream snakes {\nserver " + app.address() + "; }", """
                        hop_console edit; }
                        proxy_read_timeout 7s;
                        uwsgi_read_timeout 8s;
                        root /nowhere;
                        location /app {
                        uwsgi_param PATH $document_root;
                        uwsgi_pass snakes;
                        }
                        location /file {
                        try_files $uri =404;
                        """)) {
            List<String> lines = lines(console, "/app");
            assertTrue(
                    lines.containsAll(List.of("uwsgi_read_timeout 8s;", "uwsgi_pass snakes;", "root /nowhere;")),
                    lines.toString());
            assertTrue(lines.stream().anyMatch(each -> each.startsWith("server " + app.address())), lines.toString());
            assertFalse(lines.contains("proxy_read_timeout 7s;"), lines.toString());
            lines = lines(console, "/file");
            assertTrue(lines.contains("root /nowhere;"), lines.toString());
            assertFalse(
                    lines.contains("proxy_read_timeout 7s;") || lines.contains("uwsgi_read_timeout 8s;"),
                    lines.toString());
        }
    }

    /** Returns the lines of nginx.conf that are lit up for a request. */
    private List<String> lines(ConsoleUnderTest console, String path) throws Exception {
        List<String> all = Files.readAllLines(directory.resolve("nginx.conf"));
        List<String> lit = new ArrayList<>();
        for (JsonNode each : console.exchange(console.request(path)).get("lines")) {
            lit.add(all.get(each.get("line").asInt() - 1).strip());
        }
        return lit;
    }

    @Test
    void nobodyElseIsAskedInThePlaceOfAnAppThatSpeaksNoHttp() throws Exception {
        try (CgiApp app = new CgiApp(CgiApp.Protocol.UWSGI);
                ConsoleUnderTest console = console(app, "uwsgi")) {
            ConsoleUnderTest.Answer said = console.get("/_hops/compare?path=/app&n=1");
            assertEquals(422, said.status(), said.body());
            assertTrue(said.body().contains("is passed on by uwsgi_pass"), said.body());
        }
    }

    @Test
    void theLocationTesterShowsWhatItWouldBeTold() throws Exception {
        try (CgiApp app = new CgiApp(CgiApp.Protocol.FASTCGI);
                ConsoleUnderTest console = console(app, "fastcgi")) {
            JsonNode said = console.post("/_hops/location", Map.of("target", "/app?a=b"))
                    .json();
            assertEquals("fastcgi", said.at("/upstream/scheme").asText(), said::toPrettyString);
            String lines = said.get("upstream").toString();
            assertTrue(lines.contains("QUERY_STRING: a=b"), lines);
            assertTrue(lines.contains("GET /app?a=b fastcgi"), lines);
            assertTrue(app.asked().isEmpty(), app.asked().toString());
        }
    }
}
