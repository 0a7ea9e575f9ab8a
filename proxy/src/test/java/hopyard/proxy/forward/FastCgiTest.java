package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of FastCGI, however they come and go. */
class FastCgiTest {

    private static final int STDOUT = 6;
    private static final int STDERR = 7;
    private static final int END = 3;

    @TempDir
    private Path directory;

    private static String record(int type, String content, int padding) {
        return "" + (char) 1 + (char) type + (char) 0 + (char) 1 + (char) (content.length() >> 8)
                + (char) (content.length() & 0xff) + (char) padding + (char) 0 + content + "x".repeat(padding);
    }

    /** Reads a request to the end of its content. */
    private static String content(RawUpstream.Connection c) throws Exception {
        StringBuilder content = new StringBuilder();
        int type;
        int length;
        do {
            String header = c.read(8);
            type = header.charAt(1);
            length = header.charAt(4) << 8 | header.charAt(5);
            String text = c.read(length);
            c.read(header.charAt(6));
            content.append(type == 5 ? text : "");
        } while (type != 5 || length > 0);
        return content.toString();
    }

    private ProxyUnderTest proxy(RawUpstream app, String more) {
        return ProxyUnderTest.withHttp(
                directory,
                "upstream app { server " + app.address() + "; keepalive 1; } server { listen 127.0.0.1:0; " + more
                        + " location / { fastcgi_keep_conn on; fastcgi_pass app; } }",
                1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13, 1000})
    void mayComeInAnyPieces(int size) throws Exception {
        String response = record(STDERR, "a warning\n", 3)
                + record(STDOUT, "Status: 201 Made\r\nX-A: ", 0)
                + record(STDOUT, "1\r\n\r", 7)
                + record(STDOUT, "\nhel", 0)
                + record(STDERR, "another", 0)
                + record(STDOUT, "lo", 255)
                + record(STDOUT, "", 0)
                + record(END, "\0".repeat(8), 1);
        try (RawUpstream app = new RawUpstream(c -> {
                    c.socket().setTcpNoDelay(true);
                    while (true) {
                        content(c);
                        for (int i = 0; i < response.length(); i += size) {
                            c.send(response.substring(i, Math.min(response.length(), i + size)));
                            // so that pieces come one by one
                            Thread.sleep(0, 200_000);
                        }
                    }
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                String head = client.readThrough("\r\n\r\n");
                assertTrue(head.startsWith("HTTP/1.1 201 Made\r\n"), head);
                assertTrue(head.contains("X-A: 1\r\n"), head);
                String content = client.readThrough("0\r\n\r\n");
                assertEquals("hello", content.replaceAll("(?m)^[0-9a-f]+\r\n|\r\n", ""));
            }
            assertEquals(1, app.connections());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32_767, 32_768, 32_769, 65_536, 300_000})
    void carryContentOfAnyLength(int length) throws Exception {
        String content = "0123456789abcdef".repeat(length / 16 + 1).substring(0, length);
        try (RawUpstream app = new RawUpstream(c -> {
                    while (true) {
                        boolean same = content(c).equals(content);
                        c.send(record(STDOUT, "\r\n" + same, 0) + record(END, "\0".repeat(8), 0));
                    }
                });
                ProxyUnderTest proxy = proxy(
                        app,
                        "client_body_buffer_size 50000; location /file { client_body_in_file_only clean; fastcgi_keep_conn on;"
                                + " fastcgi_pass app; } location /stream { fastcgi_request_buffering off;"
                                + " fastcgi_keep_conn on; fastcgi_pass app; }")) {
            for (String target : new String[] {"/", "/file", "/stream"}) {
                String head = "POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
                assertSame(proxy, head + "Content-Length: " + length + "\r\n\r\n" + content);
                String chunk = length == 0 ? "" : Integer.toHexString(length) + "\r\n" + content + "\r\n";
                assertSame(proxy, head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n");
            }
            assertEquals(1, app.connections());
        }
    }

    private static void assertSame(ProxyUnderTest proxy, String request) throws Exception {
        String response = RawClient.exchange(proxy.port(), request);
        assertTrue(response.contains("true"), response);
    }

    /** The next request must not find what is left of a response. */
    @Test
    void behindTheEndOfAResponseLeaveNoConnectionToOthers() throws Exception {
        String answer = record(STDOUT, "\r\nok", 0) + record(END, "\0".repeat(8), 0);
        String more = record(STDOUT, "\r\nmore", 0);
        try (RawUpstream app = new RawUpstream(c -> {
                    while (true) {
                        content(c);
                        c.socket().getOutputStream().write((answer + more).getBytes(StandardCharsets.ISO_8859_1));
                    }
                });
                ProxyUnderTest proxy = proxy(app, "")) {
            for (int i = 0; i < 3; i++) {
                String response = RawClient.get(proxy.port(), "/");
                assertTrue(response.contains("ok") && !response.contains("more"), response);
            }
            assertEquals(3, app.connections());
        }
    }
}
