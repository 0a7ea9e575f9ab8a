package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console needs none of Hopyard's other directives, and may be anywhere. */
class WithoutTracingTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"'', /_hops/", "hop_trace off;, /console/", "'', /_hops", "'', /a/b/c/"})
    void everyPathAnswers(String tracing, String prefix) throws IOException {
        String at = prefix.endsWith("/") ? prefix : prefix + "/";
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                ConsoleUnderTest console = ConsoleUnderTest.of(
                        upstream,
                        ProxyUnderTest.withHttp(
                                directory,
                                tracing + " server { listen 127.0.0.1:0; location / { proxy_pass http://"
                                        + upstream.address() + "; } location " + prefix
                                        + " { hop_console edit; } }"))) {
            JsonNode sent = console.post(at + "send", Map.of("path", "/seen", "via", "both"))
                    .json();
            String id = sent.at("/results/1/id").asText();
            assertFalse(id.isEmpty(), sent.toString());
            assertTrue(console.text(at + "last").body().contains("/seen"));
            for (String path : new String[] {
                "exchanges",
                "exchanges.har",
                "exchanges/" + id,
                "stats",
                "metrics",
                "config",
                "sockets",
                "doors",
                "load",
                ""
            }) {
                assertEquals(200, console.get(at + path).status(), path);
            }
            assertEquals(200, console.get(at + "compare?path=/seen&n=3").status());
            String text = console.json(at + "config").at("/files/0/text").asText();
            assertEquals(
                    200,
                    console.post(at + "config", Map.of("text", text + "\n")).status());
            assertEquals(200, console.post(at + "config/keep", Map.of()).status());
            try (RawClient watcher = new RawClient(console.proxy.port())) {
                watcher.send("GET " + at + "live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .readThrough("event: config\n");
                console.send(console.request("/live"));
                watcher.readThrough("event: exchanges\n");
            }
        }
    }
}
