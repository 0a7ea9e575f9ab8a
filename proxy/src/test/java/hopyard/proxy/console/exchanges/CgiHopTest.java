package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.CgiApp;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
