package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Variables that ask for each other without end have no value, and those that hold each other many times over cost one
 * request its answer.
 */
class VariableLimitsTest {

    @TempDir
    private Path directory;

    /** The values are compared with nginx's by cases/variables.cases. */
    @Test
    void aCircleIsLoggedWhereverItIsAskedFor() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "map $two $one { default \"x$two\"; } map $one $two { default \"y$one\"; } log_format c $one;"
                        + " server { listen 127.0.0.1:0; location /circle { return 200 $one; }"
                        + " location /file { root $request_filename; } location /logged { access_log circle.log c;"
                        + " return 200 ok; } }")) {
            assertTrue(RawClient.get(proxy.port(), "/circle").endsWith("\r\n\r\n" + "xy".repeat(50)));
            assertTrue(
                    proxy.errorLine("cycle while evaluating variable \"one\"").contains(" [error] "));
            assertTrue(RawClient.get(proxy.port(), "/file").startsWith("HTTP/1.1 404 "));
            proxy.errorLine("cycle while evaluating variable \"request_filename\"");
            assertTrue(RawClient.get(proxy.port(), "/logged").endsWith("ok"));
            proxy.errorLine("request: \"GET /logged");
        }
    }

    /** nginx evaluates such values for ever. */
    @Test
    void aCircleOfVolatileValuesEnds() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "map $two $one { volatile; default \"$two$two\"; } map $one $two { volatile; default \"$one$one\"; }"
                        + " server { listen 127.0.0.1:0; location /circle { return 200 [$one]; } }")) {
            assertTrue(RawClient.get(proxy.port(), "/circle").endsWith("[]"));
        }
    }

    @Test
    void aLineThatCannotBeLoggedLeavesTheConnectionAsItIs() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "server { listen 127.0.0.1:0; location / { access_log grown.log combined if=$a$a; set $a $arg_a; "
                                + "set $a $a$a$a$a$a$a$a$a; ".repeat(3) + "return 200 ok; } }");
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET /?a=" + "x".repeat(7000) + " HTTP/1.1\r\nHost: t\r\n\r\n")
                    .readThrough("ok");
            client.send("GET /?a=x HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("ok");
            Wait.until("no request to be under way", () -> proxy.server().inFlight() == 0);
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
