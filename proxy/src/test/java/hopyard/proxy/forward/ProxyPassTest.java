package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The request that the upstream gets. */
class ProxyPassTest {

    @TempDir
    private Path directory;

    private RawUpstream upstream;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        proxy = ProxyUnderTest.withHttp(directory, """
                upstream app { server %s; keepalive 4; }
                server {
                    listen 127.0.0.1:0;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    location / { proxy_pass http://app; }
                    location /root/ { proxy_pass http://app/; }
                    location /deep/ { proxy_pass http://app/a/b; }
                    location = /exact { proxy_pass http://app/other?x=1; }
                    location ~ ^/re/ { proxy_pass http://app; }
                    location /var/ { proxy_pass http://app$request_uri; }
                    location /old/ { proxy_http_version 1.0; proxy_set_header X-Own yes; proxy_pass http://app; }
                    location /set/ {
                        set $who world;
                        proxy_set_header Host $host;
                        proxy_set_header X-Hello "hello $who";
                        proxy_set_header X-Empty "";
                        proxy_set_header X-Client-Secret "";
                        proxy_set_header Connection "";
                        proxy_pass http://app;
                    }
                }
                """.formatted(upstream.address()));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        upstream.close();
    }

    private String head(String request) throws IOException {
        String response = RawClient.exchange(proxy.port(), request);
        assertTrue(response.startsWith("HTTP/1.1 200 "), response);
        return upstream.heads().get(upstream.heads().size() - 1);
    }

    private String headOf(String target, String... headers) throws IOException {
        return head("GET " + target + " HTTP/1.1\r\nHost: test.example:81\r\nConnection: close\r\n"
                + String.join("", headers) + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "/x/y?z=1, /x/y?z=1",
        "/a%20b%2Fc, /a%20b%2Fc",
        "/a//b/../c, /a//b/../c",
        "/root/x?y, /x?y",
        "/root/a%20b, /a%20b",
        "/root/a%2Fb, /a/b",
        "/root, REDIRECT",
        "/deep/x, /a/bx",
        "/exact, /other?x=1",
        "/re/x%20y, /re/x%20y",
        "/var/a%20b?c, /var/a%20b?c",
    })
    void replacesTheUriAsNginxDoes(String target, String expected) throws IOException {
        if (expected.equals("REDIRECT")) {
            String response = RawClient.get(proxy.port(), target + "?q=1");
            assertTrue(response.startsWith("HTTP/1.1 301 Moved Permanently\r\n"), response);
            assertTrue(response.contains("Location: http://test:" + proxy.port() + "/root/?q=1\r\n"), response);
            return;
        }
        assertEquals(
                "GET " + expected + " HTTP/1.1",
                headOf(target).lines().findFirst().orElseThrow());
    }

    @Test
    void sendsTheNameOfTheUpstreamAsHostUnlessTold() throws IOException {
        assertTrue(headOf("/").contains("\r\nHost: app\r\n"));
        assertTrue(headOf("/set/").contains("\r\nHost: test.example\r\n"));
    }

    @Test
    void speaksHttp10AndClosesByDefault() throws IOException {
        String head = headOf("/old/");
        assertTrue(head.startsWith("GET /old/ HTTP/1.0\r\n"), head);
        assertTrue(head.contains("\r\nConnection: close\r\n"), head);
    }

    @Test
    void setsHeadersFromTemplatesAndDropsEmptyOnes() throws IOException {
        String head = headOf("/set/", "X-Client-Secret: s\r\n", "X-Hello: client\r\n", "X-Kept: k\r\n");
        assertTrue(head.contains("\r\nX-Hello: hello world\r\n"), head);
        assertTrue(head.contains("\r\nX-Kept: k\r\n"), head);
        assertFalse(head.contains("X-Empty"), head);
        assertFalse(head.contains("X-Client-Secret"), head);
        assertFalse(head.contains("client\r\n"), head);
    }

    @Test
    void passesEveryLineOfARepeatedHeader() throws IOException {
        String head = headOf("/", "X-Many: a\r\n", "X-Many: b\r\n", "Accept: c\r\n");
        assertTrue(head.contains("X-Many: a\r\n") && head.contains("X-Many: b\r\n"), head);
    }

    @Test
    void dropsWhatBelongsToTheClientsConnection() throws IOException {
        String head = head("GET / HTTP/1.1\r\nHost: t\r\nConnection: close, X-Nominated\r\nX-Nominated: 1\r\n"
                + "Keep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Stays: 1\r\n\r\n");
        for (String name : new String[] {"Connection", "X-Nominated", "Keep-Alive", "TE:", "Upgrade"}) {
            assertFalse(head.contains(name), head);
        }
        assertTrue(head.contains("X-Stays: 1"), head);
    }

    @Test
    void dropsNamesThatNginxCallsInvalid() throws IOException {
        assertFalse(headOf("/", "X_Under: 1\r\n").contains("Under"));
    }

    @Test
    void keepsTheConnectionForTheNextRequest() throws IOException {
        // one client connection stays on one I/O thread, and so does the pool that serves it
        try (RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 5; i++) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n\r\nok");
            }
        }
        assertEquals(1, upstream.connections());
    }

    @Test
    void framesABodyByTheLengthOfWhatItHasRead() throws IOException {
        String head = head("POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
        assertTrue(head.contains("\r\nContent-Length: 3\r\n"), head);
        String empty = head("POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assertTrue(empty.contains("\r\nContent-Length: 0\r\n"), empty);
        assertFalse(headOf("/").contains("Content-Length"));
    }
}
