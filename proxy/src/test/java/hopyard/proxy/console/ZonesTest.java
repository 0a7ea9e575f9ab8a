package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the console tests and puts to work leaves the zones of the running configuration alone, but for what nginx would
 * do.
 */
class ZonesTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest start() throws IOException {
        return ConsoleUnderTest.start(
                directory,
                "limit_req_zone $http_k zone=req:1m rate=1r/m; limit_conn_zone $server_port zone=conn:1m; proxy_cache_path "
                        + directory.resolve("cache") + " keys_zone=one:1m;",
                "hop_console edit; } location /held/ { limit_conn conn 1; limit_rate 1; alias " + directory
                        + "/; } location /limited { limit_req zone=req; } location /cached { proxy_cache one;"
                        + " proxy_cache_valid 1h; proxy_ignore_headers Set-Cookie; add_header X-Cache"
                        + " $upstream_cache_status; proxy_pass http://app;");
    }

    private static String text(ConsoleUnderTest console) throws IOException {
        return console.json("/_hops/config").at("/files/0/text").asText();
    }

    private static int limited(ConsoleUnderTest console) throws IOException {
        return console.send(console.request("/limited").header("K", "key")).status();
    }

    @Test
    void aTestOfAnotherRateOrSizeForgetsNoCounts() throws Exception {
        try (ConsoleUnderTest console = start()) {
            assertEquals(404, limited(console));
            assertEquals(503, limited(console));
            String file = text(console);
            for (String zone :
                    new String[] {"zone=req:1m rate=1000r/s", "zone=req:2m rate=1r/m", "zone=other:1m rate=1r/s"}) {
                String other = file.replace("zone=req:1m rate=1r/m", zone)
                        .replace(
                                "limit_req zone=req",
                                zone.contains("other") ? "limit_req zone=other" : "limit_req zone=req");
                assertEquals(
                        200,
                        console.post("/_hops/config/test", Map.of("text", other))
                                .status(),
                        zone);
                assertEquals(503, limited(console), zone);
                console.proxy.reload(ofFile());
                assertEquals(503, limited(console), zone);
            }
        }
    }

    /** The http block that the file holds. */
    private String ofFile() throws IOException {
        String file = Files.readString(directory.resolve("nginx.conf"));
        String start = "access_log access.log; ";
        return file.substring(file.indexOf(start) + start.length(), file.length() - 2);
    }

    @Test
    void aTestOfAnotherConnectionLimitForgetsNobodyWhoIsUnderWay() throws Exception {
        try (ConsoleUnderTest console = start();
                RawClient held = new RawClient(console.proxy.port())) {
            held.send("GET /held/nginx.conf HTTP/1.1\r\nHost: test.example\r\n\r\n")
                    .readThrough("\r\n\r\n");
            assertEquals("503", held(console));
            String file = text(console);
            for (String zone : new String[] {"$server_port zone=conn:2m", "$uri zone=conn:1m"}) {
                String other = file.replace("$server_port zone=conn:1m", zone)
                        .replace("limit_conn conn 1", "limit_conn conn 9");
                assertEquals(
                        200,
                        console.post("/_hops/config/test", Map.of("text", other))
                                .status(),
                        zone);
                assertEquals("503", held(console), zone);
                console.proxy.reload(ofFile());
                assertEquals("503", held(console), zone);
            }
        }
    }

    /** Its status; the rest of the response comes at the same rate as what is held. */
    private static String held(ConsoleUnderTest console) throws IOException {
        try (RawClient client = new RawClient(console.proxy.port())) {
            return client.send("GET /held/nginx.conf HTTP/1.1\r\nHost: test.example\r\n\r\n")
                    .read(12)
                    .substring(9);
        }
    }

    @Test
    void aTestOfACacheForgetsNoFileAndMakesNone() throws Exception {
        try (ConsoleUnderTest console = start()) {
            console.get("/cached");
            assertEquals("HIT", cacheStatus(console));
            String file = text(console);
            String other = file.replace("keys_zone=one:1m", "keys_zone=one:2m inactive=1s");
            assertEquals(
                    200,
                    console.post("/_hops/config/test", Map.of("text", other)).status());
            String elsewhere = file.replace("/cache ", "/elsewhere ");
            assertEquals(
                    200,
                    console.post("/_hops/config/test", Map.of("text", elsewhere))
                            .status());
            assertFalse(Files.exists(directory.resolve("elsewhere")));
            console.proxy.reload(ofFile());
            assertEquals("HIT", cacheStatus(console));
        }
    }

    private static String cacheStatus(ConsoleUnderTest console) throws IOException {
        return console.exchange(console.request("/cached"))
                .toString()
                .replaceFirst("(?s).*X-Cache\\W+([A-Z]+).*", "$1");
    }

    @Test
    void anEditedTextGoesOnCountingAndSoDoesTheWayBack() throws Exception {
        try (ConsoleUnderTest console = start()) {
            assertEquals(404, limited(console));
            String faster = text(console).replace("rate=1r/m", "rate=2r/m");
            assertTrue(console.post("/_hops/config", Map.of("text", faster, "seconds", 1))
                    .json()
                    .get("edited")
                    .asBoolean());
            assertEquals(503, limited(console));
            Wait.until(
                    "the way back",
                    () -> !console.json("/_hops/config").get("edited").asBoolean());
            assertEquals(503, limited(console));
            console.post("/_hops/config", Map.of("text", faster));
            console.delete("/_hops/config");
            assertEquals(503, limited(console));
        }
    }

    @Test
    void anotherKeyIsRefusedInNginxsWords() throws Exception {
        try (ConsoleUnderTest console = start()) {
            assertEquals(404, limited(console));
            ConsoleUnderTest.Answer answer = console.post(
                    "/_hops/config",
                    Map.of("text", text(console).replace("limit_req_zone $http_k", "limit_req_zone $uri")));
            assertEquals(422, answer.status());
            assertEquals(
                    "nginx: [emerg] limit_req \"req\" uses the \"$uri\" key while previously it used the \"$http_k\" key",
                    answer.json().get("error").asText());
            assertEquals(503, limited(console));
        }
    }
}
