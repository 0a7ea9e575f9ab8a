package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The header section that the client gets. */
class ResponseHeadersTest {

    private static final String REQUEST = "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    @TempDir
    private Path directory;

    private String through(String configuration, String upstreamResponse) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(upstreamResponse);
                ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, """
                        server { listen 127.0.0.1:0; location / { proxy_pass http://%s; %s } }
                        """.formatted(upstream.address(), configuration))) {
            return RawClient.exchange(proxy.port(), REQUEST.formatted("/"));
        }
    }

    private static List<String> lines(String response) {
        return List.of(response.substring(0, response.indexOf("\r\n\r\n")).split("\r\n"));
    }

    @Test
    void keepsTheOrderAndSpellingOfWhatIsOnlyPassedOn() throws IOException {
        String response = through(
                "",
                "HTTP/1.1 200 OK\r\nx-LOWER: 1\r\nX-Twice: a\r\nETag: \"e\"\r\nX-Twice: b\r\nContent-Length: 2\r\n\r\nok");
        List<String> passed = lines(response).stream()
                .filter(line -> line.startsWith("x-LOWER") || line.startsWith("X-Twice") || line.startsWith("ETag"))
                .toList();
        assertEquals(List.of("x-LOWER: 1", "X-Twice: a", "ETag: \"e\"", "X-Twice: b"), passed, response);
    }

    @Test
    void aModuleThatLooksAtTheFieldsFindsThem() throws IOException {
        String response = through(
                "add_header X-Seen \"$sent_http_x_app\"; expires 1h;",
                "HTTP/1.1 200 OK\r\nX-App: here\r\nExpires: never\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\nok");
        assertTrue(response.contains("\r\nX-Seen: here\r\n"), response);
        assertTrue(response.contains("\r\nX-App: here\r\n"), response);
        assertFalse(response.contains("never"), response);
        assertFalse(response.contains("no-store"), response);
    }

    @Test
    void theHopsOwnIdTakesThePlaceOfTheUpstreams() throws IOException {
        String response = through(
                "hop_trace on;",
                "HTTP/1.1 200 OK\r\nX-Request-ID: theirs\r\nX-After: kept\r\nHop-Trace: app;from=\"a\"\r\nContent-Length: 2\r\n\r\n"
                        + "ok");
        assertFalse(response.contains("theirs"), response);
        assertTrue(response.contains("\r\nX-After: kept\r\n"), response);
        assertEquals(
                1,
                lines(response).stream()
                        .filter(l -> l.startsWith("X-Request-ID: "))
                        .count(),
                response);
        List<String> traces = lines(response).stream()
                .filter(l -> l.startsWith("Hop-Trace: "))
                .toList();
        assertEquals(1, traces.size(), response);
        assertTrue(traces.get(0).contains(", app;from=\"a\""), response);
    }

    @Test
    void aHeadThatIsLargerThanABufferArrivesWhole() throws IOException {
        String large = "x".repeat(20_000);
        String response = through(
                "proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 64k;",
                "HTTP/1.1 200 OK\r\nX-Large: " + large + "\r\nX-Other: " + large + "\r\nContent-Length: 2\r\n\r\nok");
        assertTrue(response.contains("\r\nX-Large: " + large + "\r\n"), "X-Large is not whole");
        assertTrue(response.contains("\r\nX-Other: " + large + "\r\n"), "X-Other is not whole");
        assertTrue(response.endsWith("\r\n\r\nok"), "the content is not there");
    }

    @Test
    void aLineEndInAValueDoesNotBeginAnotherField() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, """
                server { listen 127.0.0.1:0; location / { add_header X-Path $uri; return 200 ok; } }
                """)) {
            String response = RawClient.exchange(proxy.port(), REQUEST.formatted("/a%0d%0aX-Injected:%20yes"));
            assertFalse(response.contains("\r\nX-Injected"), response);
            assertTrue(response.contains("\r\nX-Path: /a  X-Injected: yes\r\n"), response);
        }
    }
}
