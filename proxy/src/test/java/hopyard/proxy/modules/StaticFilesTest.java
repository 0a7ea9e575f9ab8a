package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawHttp2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaticFilesTest {

    @TempDir
    private Path directory;

    /** More than waits in sockets, in bytes. */
    private static final int LONG = 50_000_000;

    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(directory.resolve("www/dir"));
        Files.createDirectories(directory.resolve("www/empty"));
        Files.writeString(directory.resolve("www/a.css"), "0123456789");
        Files.writeString(directory.resolve("www/dir/index.html"), "<p>index</p>");
        Files.writeString(directory.resolve("secret.txt"), "secret");
        proxy = ProxyUnderTest.withServer(directory, """
                root www;
                types { text/css css; text/html html; }
                location /files/ { alias www/; }
                location ~ ^/re/(.+)$ { alias www/$1; default_type x/y; types { } }
                """);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private String get(String target, String... headers) throws IOException {
        return RawClient.exchange(
                proxy.port(),
                "GET " + target + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + String.join("", headers) + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "/a.css, 200, 0123456789",
        "/files/a.css, 200, 0123456789",
        "/re/a.css, 200, 0123456789",
        "/dir/, 200, <p>index</p>",
        "/none.css, 404,",
        "/empty/, 403,",
        "/a.css/x, 404,",
        "/files/../secret.txt, 404,",
        "/files/%2e%2e/secret.txt, 404,",
        "/files/..%2fsecret.txt, 404,",
    })
    void areFoundByRootAndAlias(String target, String status, String body) throws IOException {
        String response = get(target);
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
        assertFalse(response.contains("secret"), response);
        if (body != null) {
            assertTrue(response.endsWith("\r\n\r\n" + body), response);
        }
    }

    @Test
    void haveTheTypeOfTheirExtension() throws IOException {
        assertTrue(get("/a.css").contains("Content-Type: text/css\r\n"));
        assertTrue(get("/re/a.css").contains("Content-Type: x/y\r\n"));
    }

    @Test
    void redirectADirectoryToItsSlash() throws IOException {
        String response = get("/dir?x=1");
        assertTrue(response.startsWith("HTTP/1.1 301 "), response);
        assertTrue(response.contains("Location: http://t:" + proxy.port() + "/dir/?x=1\r\n"), response);
    }

    @Test
    void areNotSentAgainIfUnchanged() throws IOException {
        String first = get("/a.css");
        String etag =
                first.lines().filter(l -> l.startsWith("ETag: ")).findFirst().orElseThrow();
        String date = first.lines()
                .filter(l -> l.startsWith("Last-Modified: "))
                .findFirst()
                .orElseThrow();
        assertTrue(get("/a.css", "If-None-Match: " + etag.substring(6) + "\r\n").startsWith("HTTP/1.1 304 "));
        assertTrue(get("/a.css", "If-Modified-Since: " + date.substring(15) + "\r\n")
                .startsWith("HTTP/1.1 304 "));
        assertTrue(get("/a.css", "If-None-Match: \"other\"\r\n").startsWith("HTTP/1.1 200 "));
    }

    @ParameterizedTest
    @CsvSource({
        "0-3, 206, 0123",
        "5-, 206, 56789",
        "-2, 206, 89",
        "8-100, 206, 89",
        "0-0, 206, 0",
        "20-30, 416,",
        "x, 416,"
    })
    void areSentInRanges(String range, String status, String body) throws IOException {
        String response = get("/a.css", "Range: bytes=" + range + "\r\n");
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
        if (body != null) {
            assertEquals(body, response.substring(response.indexOf("\r\n\r\n") + 4));
        }
    }

    @Test
    void takeNoPost() throws IOException {
        String response = RawClient.exchange(
                proxy.port(), "POST /a.css HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assertTrue(response.startsWith("HTTP/1.1 405 Not Allowed\r\n"), response);
    }

    @Test
    void answerHeadWithTheLengthAlone() throws IOException {
        String response =
                RawClient.exchange(proxy.port(), "HEAD /a.css HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        assertTrue(response.contains("Content-Length: 10\r\n") && response.endsWith("\r\n\r\n"), response);
    }

    @Test
    void aFileThatIsCutWhileItIsSentEndsTheConnection() throws IOException {
        try (FileChannel file = open("cut.css");
                RawClient client = new RawClient(proxy.port())) {
            file.write(ByteBuffer.wrap(new byte[1]), LONG - 1);
            client.send("GET /cut.css HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n\r\n");
            file.truncate(1);
            assertTrue(client.readAll().length() < LONG);
            String line = proxy.errorLine("was truncated at");
            assertTrue(line.contains("[alert]") && line.contains("sendfile() reported that \"" + directory), line);
        }
    }

    @Test
    void aFileThatIsCutWhileItIsSentEndsTheStream() throws IOException {
        try (FileChannel file = open("cut.css");
                ProxyUnderTest both =
                        ProxyUnderTest.withHttp(directory, "server { listen 127.0.0.1:0 http2; root www; }");
                RawHttp2 client = RawHttp2.connect(both.port())) {
            file.write(ByteBuffer.wrap(new byte[1]), LONG - 1);
            client.get(1, "/cut.css").readUntil(FrameType.DATA);
            file.truncate(1);
            client.frame(FrameType.WINDOW_UPDATE, 0, 0, LONG).frame(FrameType.WINDOW_UPDATE, 0, 1, LONG);
            assertEquals(
                    ErrorCode.INTERNAL_ERROR,
                    client.readUntil(FrameType.RST_STREAM).code());
            both.errorLine("was truncated at");
            client.get(3, "/a.css");
            assertEquals("0123456789", client.response(3).content());
        }
    }

    private FileChannel open(String name) throws IOException {
        return FileChannel.open(
                directory.resolve("www").resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}
