package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariablesAndLogsTest {

    @TempDir
    private Path directory;

    private String body(String http, String request) throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http)) {
            String response = RawClient.exchange(proxy.port(), request);
            return response.substring(response.indexOf("\r\n\r\n") + 4).replace(Integer.toString(proxy.port()), "PORT");
        }
    }

    @Test
    void variablesHaveTheirValues() throws IOException {
        String http = "server { listen 127.0.0.1:0; server_name s.example; return 200 '$request|$request_method|"
                + "$request_uri|$uri|$args|$is_args|$arg_b|$arg_none|$cookie_c|$http_x_y|$http_host|$host|$scheme|"
                + "$server_addr:$server_port|$server_name|$remote_addr|$connection_requests|$server_protocol|"
                + "${uri}x|$http_x_forwarded_for|$proxy_add_x_forwarded_for|$content_length|$upstream_addr'; }";
        assertEquals(
                "GET /a%20b?a=1&b=2 HTTP/1.1|GET|/a%20b?a=1&b=2|/a b|a=1&b=2|?|2||v|z|T.example:8|t.example|http|"
                        + "127.0.0.1:PORT|s.example|127.0.0.1|1|HTTP/1.1|/a bx|1.1.1.1, 2.2.2.2|"
                        + "1.1.1.1, 2.2.2.2, 127.0.0.1||",
                body(
                        http,
                        "GET /a%20b?a=1&b=2 HTTP/1.1\r\nHost: T.example:8\r\nConnection: close\r\nX-Y: z\r\n"
                                + "Cookie: a=b; c=v\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\r\n"));
    }

    @Test
    void mapsTakeTheMostSpecificEntry() throws IOException {
        String http = """
                map $http_k $v { default d; exact e; ~^re(.)$ r-$1; ~*^ANY$ any; \\~tilde t; }
                map $http_host $h { hostnames; default none; *.example.com leading; www.example.com exact; }
                server { listen 127.0.0.1:0; return 200 "$v $h"; }
                """;
        assertEquals("e leading", body(http, request("a.example.com", "exact")));
        assertEquals("r-7 exact", body(http, request("www.example.com", "re7")));
        assertEquals("any none", body(http, request("example.org", "aNy")));
        assertEquals("t none", body(http, request("x", "~tilde")));
        assertEquals("d none", body(http, request("x", "other")));
    }

    private static String request(String host, String key) {
        return "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nK: " + key + "\r\n\r\n";
    }

    @Test
    void setWorksFromServerToLocation() throws IOException {
        String http = "server { listen 127.0.0.1:0; set $a 1; location / { set $b \"$a-2\"; return 200 $b$a; } }";
        assertEquals("1-21", body(http, request("x", "")));
    }

    @Test
    void returnRedirectsAndCloses() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory,
                "location /m { return 301 /n; } location /u { return http://x.example/; } location /z { return 444; }"
                        + " location /n { return 204; } location /t { return 410; } location /b { return 404 gone; }")) {
            String moved = RawClient.get(proxy.port(), "/m");
            assertTrue(moved.startsWith("HTTP/1.1 301 Moved Permanently\r\n"), moved);
            assertTrue(moved.contains("Location: http://test:" + proxy.port() + "/n\r\n"), moved);
            String found = RawClient.get(proxy.port(), "/u");
            assertTrue(found.startsWith("HTTP/1.1 302 Moved Temporarily\r\n"), found);
            assertTrue(found.contains("Location: http://x.example/\r\n"), found);
            assertEquals("", RawClient.get(proxy.port(), "/z").replace("[reset]", ""));
            assertTrue(RawClient.get(proxy.port(), "/n").startsWith("HTTP/1.1 204 "));
            assertTrue(RawClient.get(proxy.port(), "/t").contains("<h1>410 Gone</h1>"));
            assertTrue(RawClient.get(proxy.port(), "/b").endsWith("gone"));
        }
    }

    @Test
    void addHeaderIsInheritedOnlyWhereNoneIsSet() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory,
                "add_header A outer; location /in { return 200 x; } location /own { add_header B own; return 200 x; }"
                        + " location /err { return 500; } location /always { add_header C c always; return 500; }")) {
            assertTrue(RawClient.get(proxy.port(), "/in").contains("A: outer\r\n"));
            String own = RawClient.get(proxy.port(), "/own");
            assertTrue(own.contains("B: own\r\n") && !own.contains("A: outer"), own);
            assertFalse(RawClient.get(proxy.port(), "/err").contains("A: outer"));
            assertTrue(RawClient.get(proxy.port(), "/always").contains("C: c\r\n"));
        }
    }

    @Test
    void theCombinedFormatIsTheDefault() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, "return 200 four;")) {
            RawClient.exchange(
                    proxy.port(), "GET /l?x HTTP/1.1\r\nHost: t\r\nConnection: close\r\nUser-Agent: q\"uote\\\r\n\r\n");
            assertTrue(proxy.accessLine("/l?x")
                    .matches("127\\.0\\.0\\.1 - - \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d [+-]\\d{4}\\] "
                            + "\"GET /l\\?x HTTP/1\\.1\" 200 4 \"-\" \"q\\\\x22uote\\\\x5C\""));
        }
    }

    @Test
    void bytesSentAreThoseOnTheWire() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 200 Fine By Me\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "log_format b '$request_uri $bytes_sent $body_bytes_sent.'; server { listen 127.0.0.1:0;"
                                + " access_log access.log b; add_header X y always; location / { root .; }"
                                + " location /app { proxy_pass http://" + upstream.address() + "; }"
                                + " location /ok { return 200 four; } location /none { return 204; }"
                                + " location /odd { return 299 x; } location /old { return 301 /x; } }")) {
            String keptAlive = RawClient.exchange(
                    proxy.port(),
                    "GET /ok?kept HTTP/1.1\r\nHost: t\r\n\r\nGET /none?k HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            int second = keptAlive.lastIndexOf("HTTP/1.1 ");
            proxy.accessLine("/ok?kept " + second + " 4.");
            proxy.accessLine("/none?k " + (keptAlive.length() - second) + " 0.");
            for (String target : new String[] {"/ok", "/none", "/odd", "/old", "/missing", "/app"}) {
                for (String method : new String[] {"GET", "HEAD"}) {
                    String uri = target + "?" + method;
                    String response = RawClient.exchange(
                            proxy.port(), method + " " + uri + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
                    int body = response.length() - response.indexOf("\r\n\r\n") - 4;
                    proxy.accessLine(uri + " " + response.length() + " " + body + ".");
                }
            }
        }
    }

    @Test
    void logsMayBeConditionalAndJson() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "log_format j escape=json '{\"uri\":\"$uri\",\"q\":\"$arg_q\"}'; map $uri $log { default 0; /yes 1; }"
                        + " server { listen 127.0.0.1:0; access_log access.log j if=$log; return 200 x; }")) {
            RawClient.get(proxy.port(), "/no");
            RawClient.get(proxy.port(), "/yes?q=a");
            assertEquals("{\"uri\":\"/yes\",\"q\":\"a\"}", proxy.accessLine("uri"));
            assertFalse(proxy.accessLog().contains("/no"));
        }
    }

    @Test
    void headersThatAreTooLargeAreRefused() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, "return 200 x;")) {
            String uri = RawClient.get(proxy.port(), "/" + "u".repeat(9000));
            assertTrue(uri.startsWith("HTTP/1.1 414 Request-URI Too Large\r\n"), uri);
            String header = RawClient.exchange(
                    proxy.port(), "GET / HTTP/1.1\r\nHost: t\r\nX: " + "h".repeat(9000) + "\r\n\r\n");
            assertTrue(header.startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"), header);
            assertTrue(header.contains("<h1>431 Request Header Fields Too Large</h1>"), header);
            assertTrue(RawClient.exchange(proxy.port(), "GARBAGE\r\n\r\n").startsWith("HTTP/1.1 400 "));
            assertTrue(RawClient.get(proxy.port(), "/still").endsWith("x"));
        }
    }

    @Test
    void whatAVariableSaysStaysInsideOfARealm() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory, "auth_basic 'for $arg_v\", charset=\"UTF-8'; auth_basic_user_file users;")) {
            String answer = RawClient.get(proxy.port(), "/?v=x\",y=\"z\\");
            assertTrue(
                    answer.contains(
                            "\r\nWWW-Authenticate: Basic realm=\"for x\\\",y=\\\"z\\\\\", charset=\"UTF-8\"\r\n"),
                    answer);
        }
    }
}
