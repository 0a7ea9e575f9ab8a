package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Variables that ask for each other without end, or hold each other many times over, cost the one request its answer. */
class VariableLimitsTest {

    private static final String CIRCLE =
            "map $circle2 $circle1 { default $circle2; } map $circle1 $circle2 { default $circle1; } ";

    @TempDir
    private Path directory;

    @Test
    void aCircleIsAnError() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                CIRCLE + "server { listen 127.0.0.1:0; location / { return 200 ok; }"
                        + " location /circle { return 200 $circle1; } }")) {
            assertTrue(RawClient.get(proxy.port(), "/circle").startsWith("HTTP/1.1 500 "));
            assertTrue(proxy.errorLine("StackOverflowError").contains("request: \"GET /circle"));
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
        }
    }

    @Test
    void aCircleThatAnAppLeadsToEndsTheExchange() throws Exception {
        try (RawUpstream app = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /circle\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        CIRCLE + "server { listen 127.0.0.1:0; location / { proxy_pass http://127.0.0.1:" + app.port()
                                + "; } location /circle { return 200 $circle1; } }")) {
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 500 "));
        }
    }

    @Test
    void aValueThatGrowsByPowersIsAnError() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory,
                "location / { return 200 ok; } location /grow { set $a $arg_a$arg_a$arg_a$arg_a; "
                        + "set $a $a$a$a$a; ".repeat(6) + "return 200 \"$a\"; }")) {
            assertTrue(
                    RawClient.get(proxy.port(), "/grow?a=" + "x".repeat(7000)).startsWith("HTTP/1.1 500 "));
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
        }
    }
}
