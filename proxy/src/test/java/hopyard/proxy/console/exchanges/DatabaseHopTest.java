package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that the app has told of is a hop like any other, in JSON and in a terminal. */
class DatabaseHopTest {

    private static final String APP =
            "app;from=\"127.0.0.1:40001\";at=\"127.0.0.1:8000\";conn=1;req=1;status=200;dur=4";

    @TempDir
    private Path directory;

    private interface Look {
        void at(JsonNode exchange, String drawn);
    }

    private void look(String database, Look look) throws IOException {
        try (RawUpstream app = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nHop-Trace: " + APP + ", " + database + "\r\n\r\nok");
                ConsoleUnderTest console =
                        ConsoleUnderTest.of(app, ProxyUnderTest.withServer(directory, """
                        hop_trace on;
                        location / { proxy_pass http://%s; }
                        location /_hops/ { hop_console; }
                        """.formatted(app.address())))) {
            JsonNode exchange = console.exchange(console.request("/notes"));
            look.at(
                    exchange,
                    console.text("/_hops/exchanges/" + exchange.get("id").asText())
                            .body());
        }
    }

    @Test
    void isDrawnBehindTheAppWithBothPortsAndWhatItDid() throws IOException {
        look(
                "postgres;from=\"127.0.0.1:41234\";at=\"127.0.0.1:5432\";conn=3;req=17;pid=12345;wait=0.12;queries=1;rows=12;dur=2.5",
                (exchange, drawn) -> {
                    JsonNode hop = exchange.at("/hops/2");
                    assertEquals("127.0.0.1:41234", hop.get("from").asText());
                    assertEquals("127.0.0.1:5432", hop.get("at").asText());
                    assertEquals(
                            "{\"pid\":12345,\"waitMs\":0.12,\"queries\":1,\"rows\":12,\"error\":null}",
                            hop.get("database").toString());
                    assertFalse(exchange.at("/hops/1").has("database"));
                    assertTrue(
                            drawn.contains(
                                    "app     127.0.0.1:41234       ──►  127.0.0.1:5432        postgres   connection 3 of the pool, use 17 of it,"
                                            + " process 12345; 0.12 ms in the pool's queue"),
                            drawn);
                    assertTrue(
                            drawn.contains(
                                    "app                           ◄──  127.0.0.1:5432        postgres   1 query, 12 rows in 2.50 ms"),
                            drawn);
                    assertTrue(drawn.contains("of them in the app"), drawn);
                });
    }

    @Test
    void thatWasNotReachedSaysWhyAndHasNoPorts() throws IOException {
        look("postgres;wait=3000.5;error=pool_timeout", (exchange, drawn) -> {
            JsonNode hop = exchange.at("/hops/2");
            assertTrue(hop.get("from").isNull() && hop.get("at").isNull(), hop.toString());
            assertEquals(
                    "{\"pid\":null,\"waitMs\":3000.5,\"queries\":null,\"rows\":null,\"error\":\"pool_timeout\"}",
                    hop.get("database").toString());
            assertTrue(
                    drawn.contains(
                            "──✗  postgres              no connection to it, after 3000.50 ms in the pool's queue"),
                    drawn);
            assertTrue(drawn.contains("✗──  postgres              pool_timeout"), drawn);
        });
    }
}
