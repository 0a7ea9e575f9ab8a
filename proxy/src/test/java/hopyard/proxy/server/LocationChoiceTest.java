package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocationChoiceTest {

    @TempDir
    private static Path directory;

    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        proxy = ProxyUnderTest.withHttp(directory, """
                server {
                    listen 127.0.0.1:0 default_server;
                    server_name one.example;
                    location / { return 200 "prefix /"; }
                    location = /exact { return 200 "exact"; }
                    location /exact { return 200 "prefix /exact"; }
                    location /a/ { return 200 "prefix /a/"; }
                    location /a/b { return 200 "prefix /a/b"; }
                    location ^~ /final/ { return 200 "final"; }
                    location ~ \\.PNG$ { return 200 "case matters"; }
                    location ~* \\.png$ { return 200 "any case"; }
                    location ~ ^/user/([0-9]+)$ { return 200 "user $1"; }
                    location /outer/ {
                        location /outer/inner/ { return 200 "inner"; }
                        location ~ \\.inner$ { return 200 "inner regex"; }
                        return 200 "outer";
                    }
                }
                server {
                    listen 127.0.0.1:0;
                    server_name two.example *.wild.example tail.* ~^re(?<n>[0-9]+)\\.example$ .dot.example;
                    return 200 "server two $host";
                }
                """);
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static String body(String host, String target) throws IOException {
        String response = RawClient.exchange(
                proxy.port(), "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }

    @ParameterizedTest
    @CsvSource({
        "/, prefix /",
        "/exact, exact",
        "/exact/, prefix /exact",
        "/exactly, prefix /exact",
        "/a/, prefix /a/",
        "/a/c, prefix /a/",
        "/a/b, prefix /a/b",
        "/a/bc, prefix /a/b",
        "/a, prefix /",
        "/final/x.png, final",
        "/x.png, any case",
        "/x.PNG, case matters",
        "/a/b/x.Png, any case",
        "/user/42, user 42",
        "/user/x, prefix /",
        "/outer/inner/x, inner",
        "/outer/x, outer",
        "/outer/x.inner, inner regex",
        "/outer/inner/x.png, any case",
        "/%61/b, prefix /a/b",
        "/x/../exact, exact",
        "//a//b, prefix /a/b",
    })
    void choosesTheLocationThatNginxChooses(String target, String expected) throws IOException {
        assertEquals(expected, body("one.example", target));
    }

    @ParameterizedTest
    @CsvSource({
        "two.example, server two two.example",
        "TWO.example:8080, server two two.example",
        "two.example., server two two.example",
        "a.wild.example, server two a.wild.example",
        "a.b.wild.example, server two a.b.wild.example",
        "wild.example, prefix /",
        "tail.org, server two tail.org",
        "re42.example, server two re42.example",
        "re.example, prefix /",
        "dot.example, server two dot.example",
        "x.dot.example, server two x.dot.example",
        "unknown.example, prefix /",
    })
    void choosesTheServerByHost(String host, String expected) throws IOException {
        assertEquals(expected, body(host, "/"));
    }

    @Test
    void answersAPathAboveTheRootWith400() throws IOException {
        assertTrue(RawClient.get(proxy.port(), "/../etc").startsWith("HTTP/1.1 400 "));
    }
}
