package hopyard.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients that people have: curl, and nghttp2's nghttp and h2load. */
class Http2ProgramsTest {

    @TempDir
    private static Path directory;

    private static ActingUpstream app;
    private static ProxyUnderTest proxy;
    private static int plain;
    private static int tls;

    @BeforeAll
    static void start() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "server", "localhost");
        Files.writeString(directory.resolve("large"), "0123456789".repeat(300_000));
        app = new ActingUpstream(1);
        proxy = ProxyUnderTest.withHttp(
                directory, """
                client_max_body_size 10m;
                keepalive_requests 100000;
                server {
                    listen 127.0.0.1:0;
                    listen 127.0.0.2:0 ssl;
                    http2 on;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    root %s;
                    location = /protocol { return 200 "$server_protocol $http2 $scheme"; }
                    location /app { proxy_pass http://%s; }
                }
                """.formatted(certificate.file(), certificate.key(), directory, app.address()));
        proxy.server().boundAddresses().forEach(address -> {
            boolean isTls = address.getAddress().getHostAddress().equals("127.0.0.2");
            tls = isTls ? address.getPort() : tls;
            plain = isTls ? plain : address.getPort();
        });
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        app.close();
    }

    private static String run(String... command) throws Exception {
        Path out = Files.createTempFile(directory, "out", "");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(e);
            }
            Assumptions.abort(command[0] + " is not installed");
            return "";
        }
        process.getOutputStream().close();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
        String said = Files.readString(out, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), () -> List.of(command) + ": " + said);
        return said;
    }

    @Test
    void curlKnowsBeforehand() throws Exception {
        String url = "http://127.0.0.1:" + plain + "/protocol";
        assertEquals("HTTP/2.0 h2c http", run("curl", "-sS", "--http2-prior-knowledge", url));
        assertEquals("HTTP/1.1  http", run("curl", "-sS", url));
    }

    @Test
    void curlAgreesByAlpn() throws Exception {
        String url = "https://127.0.0.2:" + tls + "/protocol";
        assertEquals("HTTP/2.0 h2 https", run("curl", "-sSk", url));
        assertEquals("HTTP/2.0 h2 https", run("curl", "-sSk", "--http2", url));
        assertEquals("HTTP/1.1  https", run("curl", "-sSk", "--http1.1", url));
    }

    @Test
    void curlUploadsAndDownloads() throws Exception {
        Path upload = directory.resolve("large");
        for (String server : List.of("http://127.0.0.1:" + plain, "https://127.0.0.2:" + tls)) {
            String got = run("curl", "-sSk", "--http2-prior-knowledge", server + "/large");
            assertEquals(3_000_000, got.length());
            String echoed =
                    run("curl", "-sSk", "--http2-prior-knowledge", "--data-binary", "@" + upload, server + "/app?echo");
            assertTrue(echoed.length() > 3_000_000);
            assertTrue(echoed.endsWith("0123456789"));
            String chunked = run(
                    "curl",
                    "-sSk",
                    "--http2-prior-knowledge",
                    "-T",
                    upload.toString(),
                    "-H",
                    "Content-Length:",
                    server + "/app?size=10");
            assertEquals("0123456789", chunked);
        }
    }

    @Test
    void curlShowsWhatThereIsOfAResponseThatIsCut() throws Exception {
        for (int i = 0; i < 5; i++) {
            String said = run(
                    "sh", "-c", "curl -sk -w ' %{http_code}' 'https://127.0.0.2:" + tls + "/app?do=truncate' || true");
            assertEquals("only this 200", said);
        }
    }

    @Test
    void nghttpHasManyRequestsOnOneConnection() throws Exception {
        String url = "https://127.0.0.2:" + tls;
        String said = run("nghttp", "-v", "-n", url + "/protocol", url + "/large", url + "/app?size=100");
        assertTrue(said.contains("The negotiated protocol: h2"), said);
        assertEquals(3, said.split(":status: 200", -1).length - 1, said);
        assertTrue(!said.contains("INVALID"), said);
    }

    @Test
    void h2loadFindsNoFailure() throws Exception {
        for (String server : List.of("http://127.0.0.1:" + plain, "https://127.0.0.2:" + tls)) {
            for (String path : List.of("/protocol", "/app?size=1000", "/large")) {
                String n = path.equals("/large") ? "40" : "4000";
                String said = run("h2load", "-n", n, "-c", "8", "-m", "16", server + path);
                assertTrue(said.contains("0 failed, 0 errored, 0 timeout"), said);
                assertTrue(said.contains(n + " 2xx"), said);
            }
        }
    }
}
