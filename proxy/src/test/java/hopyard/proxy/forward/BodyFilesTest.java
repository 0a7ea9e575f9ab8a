package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which request bodies are files, where these are, and what is left of them; what is answered is in
 * {@code forms.cases}.
 */
class BodyFilesTest {

    @TempDir
    private Path directory;

    /** What the app finds in the file that it is told of. */
    private volatile String seenByTheApp = "";

    private volatile String told = "";

    private String post(String settings, String body) throws IOException {
        try (RawUpstream app = new RawUpstream(c -> {
                    String head = c.readHead();
                    told = head.replaceFirst("(?s).*\r\nX-File: ", "").replaceFirst("(?s)\r\n.*", "");
                    seenByTheApp = head.contains("X-File: ") ? Files.readString(Path.of(told)) : "none";
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "client_body_temp_path bodies 2 1; client_body_buffer_size 512; " + settings
                                + " location / { proxy_set_header X-File $request_body_file; proxy_pass http://"
                                + app.address() + "; }")) {
            String answer = RawClient.exchange(
                    proxy.port(),
                    "POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body);
            assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
            return answer;
        }
    }

    private List<Path> files() throws IOException {
        Path bodies = directory.resolve("bodies");
        if (!Files.exists(bodies)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(bodies)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aBodyThatIsKeptIsReadByTheAppAndStays() throws IOException {
        post("client_body_in_file_only on;", "a=1");
        assertEquals("a=1", seenByTheApp);
        assertEquals(List.of(Path.of(told)), files());
        String name = Path.of(told).getFileName().toString();
        assertTrue(name.matches("[0-9]{10}"), name);
        assertEquals(
                name.substring(8),
                directory.resolve("bodies").relativize(Path.of(told)).getName(0).toString());
        assertEquals(
                name.substring(7, 8), Path.of(told).getParent().getFileName().toString());
        assertEquals("a=1", Files.readString(Path.of(told)));
    }

    @Test
    void aBodyThatIsCleanedIsReadByTheAppAndGoesAway() throws Exception {
        post("client_body_in_file_only clean;", "b=2".repeat(1000));
        assertEquals("b=2".repeat(1000), seenByTheApp);
        Wait.until("the file to be deleted", () -> files().isEmpty());
    }

    @Test
    void aSmallBodyIsNoFileAndALargeOneHasNoName() throws IOException {
        post("", "c=3");
        assertEquals("none", seenByTheApp);
        assertFalse(Files.exists(directory.resolve("bodies")));
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "client_body_temp_path bodies; client_body_buffer_size 512; location / { proxy_pass http://"
                                + app.address() + "; }")) {
            RawClient.exchange(
                    proxy.port(),
                    "POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 2000\r\n\r\n"
                            + "x".repeat(2000));
            proxy.errorLine("a client request body is buffered to a temporary file " + directory.resolve("bodies"));
        }
        assertEquals(List.of(), files());
    }
}
