package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The export is what the format asks for, so that other programs can read it.
 *
 * @see <a href="http://www.softwareishard.com/blog/har-12-spec/">HAR 1.2</a>
 */
class HarTest {

    @TempDir
    private Path directory;

    private static void has(JsonNode object, String... fields) {
        for (String field : fields) {
            assertTrue(object.has(field), field + " in " + object);
        }
    }

    @Test
    void everyEntryHasAllMandatoryFields() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/a?x=1&y=two%20words"));
            console.exchange(console.request("/own"));
            console.upstream.close();
            console.exchange(console.request("/failed"));
            JsonNode log = console.json("/_hops/exchanges.har").get("log");
            assertEquals("1.2", log.get("version").asText());
            has(log.get("creator"), "name", "version");
            assertEquals(3, log.get("entries").size());
            for (JsonNode entry : log.get("entries")) {
                has(entry, "startedDateTime", "time", "request", "response", "cache", "timings");
                Instant.parse(entry.get("startedDateTime").asText());
                has(
                        entry.get("request"),
                        "method",
                        "url",
                        "httpVersion",
                        "cookies",
                        "headers",
                        "queryString",
                        "headersSize",
                        "bodySize");
                assertTrue(entry.at("/request/url").asText().startsWith("http://127.0.0.1:"));
                has(
                        entry.get("response"),
                        "status",
                        "statusText",
                        "httpVersion",
                        "cookies",
                        "headers",
                        "content",
                        "redirectURL",
                        "headersSize",
                        "bodySize");
                has(entry.at("/response/content"), "size", "mimeType");
                has(entry.get("timings"), "send", "wait", "receive");
                double sum = 0;
                for (String timing : List.of("blocked", "connect", "send", "wait", "receive")) {
                    sum += Math.max(0, entry.get("timings").get(timing).asDouble());
                }
                assertEquals(entry.get("time").asDouble(), sum, 0.01);
            }
            assertEquals(
                    "[{\"name\":\"x\",\"value\":\"1\"},{\"name\":\"y\",\"value\":\"two words\"}]",
                    log.at("/entries/2/request/queryString").toString());
        }
    }

    @Test
    void whatTheFormatHasNoPlaceForIsThereToo() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode exchange = console.exchange(console.request("/one"));
            JsonNode entry = console.json("/_hops/exchanges.har").at("/log/entries/0");
            assertEquals(exchange.get("client"), entry.get("_client"));
            assertEquals(exchange.get("tries"), entry.get("_tries"));
            assertEquals(
                    Math.round(exchange.get("startedAt").asDouble() * 1000),
                    ChronoUnit.MICROS.between(
                            Instant.EPOCH,
                            Instant.parse(entry.get("startedDateTime").asText())));
        }
    }

    @Test
    void oneExchangeIsExportedAlone() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String id = console.exchange(console.request("/one")).get("id").asText();
            console.exchange(console.request("/two"));
            JsonNode entries = console.json("/_hops/exchanges/" + id + ".har").at("/log/entries");
            assertEquals(1, entries.size());
            assertTrue(entries.at("/0/request/url").asText().endsWith("/one"));
        }
    }
}
