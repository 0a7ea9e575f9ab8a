package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every byte in every place where nginx writes a URI: what the app and the client get is what they get from the real
 * nginx, but for bytes that no head can hold. In a request's target these are percent-encoded; a redirect with one is
 * refused.
 */
class EscapingTest {

    /** Targets that lead to a place, when the bytes in question are appended. */
    private static final String[] PLACES = {
        "/plain/",
        "/uri/",
        "/exact",
        "/capture/",
        "/set/",
        "/named/",
        "/set-named/",
        "/whole/",
        "/query/",
        "/set-query/",
        "/if/",
        "/if-args/?",
        "/after-rewrite/",
        "/after-no-rewrite/",
        "/break/",
        "/break-uri/",
        "/break-query/",
        "/last/",
        "/last-query/",
        "/last-drop/",
        "/server-level/",
        "/try/",
        "/try-named/",
        "/try-query/",
        "/try-set/",
        "/try-found/",
        "/error/",
        "/error-named/",
        "/error-away/",
        "/redirect/",
        "/redirect-query/",
        "/redirect-away/",
        "/redirect-text/",
        "/return/",
        "/return-capture/",
        "/return-set/",
        "/directory/",
        "/directory/x?",
        "/accel/",
        "/accel-query/",
        "/say/",
        "/map/",
        "/plain?",
        "/uri/?",
        "/break/x?",
        "/last/x?",
        "/redirect/x?",
        "/try/x?",
        "/index/",
        "/auth/",
        "/args/?",
        "/arg/?x="
    };

    private static final Pattern LOCATION = Pattern.compile("(?s)\r\nLocation: (.*?)\r\n(?=[A-Z\r])");

    @TempDir
    private static Path directory;

    private static RawUpstream upstream;
    private static ProxyUnderTest hopyard;
    private static Nginx nginx;

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        upstream = new RawUpstream(EscapingTest::echo);
        Files.createDirectories(directory.resolve("hopyard"));
        Path html = Files.createDirectories(directory.resolve("html/folder")).getParent();
        Files.writeString(html.resolve("file.txt"), "");
        String http = """
                upstream app { server %1$s; }
                map $uri $mapped { ~^/map/(.*)$ "$1"; default none; }
                server {
                    listen 127.0.0.1:@PORT@;
                    root %2$s;
                    default_type text/plain;
                    proxy_set_header Connection close;
                    rewrite ^/server-level/(.*)$ /goal/$1;
                    location /plain { proxy_pass http://app; }
                    location /uri/ { proxy_pass http://app/w/; }
                    location ~ ^/capture/(.*)$ { proxy_pass http://app/w/$1; }
                    location ~ ^/set/(.*)$ { set $a $1; proxy_pass http://app/w/$a; }
                    location ~ ^/named/(?<n>.*)$ { proxy_pass http://app/w/$n; }
                    location ~ ^/set-named/(?<n>.*)$ { set $a $n; proxy_pass http://app/w/$a; }
                    location /whole/ { proxy_pass http://app$uri; }
                    location ~ ^/query/(.*)$ { proxy_pass http://app/w?q=$1; }
                    location ~ ^/set-query/(.*)$ { set $a /w?q=$1; proxy_pass http://app$a; }
                    location /if/ { if ($uri ~ ^/if/(.*)$) { set $a $1; } proxy_pass http://app/w/$a; }
                    location /if-args/ { if ($args ~ ^(.*)$) { set $a $1; } proxy_pass http://app/w?$a; }
                    location /after-rewrite/ { rewrite ^/after-rewrite/(.*)$ /q/$1; set $a $1; break; proxy_pass http://app/w/$a; }
                    location ~ ^/after-no-rewrite/(.*)$ { rewrite ^/nothing /q; set $a $1; proxy_pass http://app/w/$a; }
                    location /break/ { rewrite ^/break/(.*)$ /w/$1 break; proxy_pass http://app; }
                    location /break-uri/ { rewrite ^/break-uri/(.*)$ /w/$1 break; proxy_pass http://app/z/; }
                    location /break-query/ { rewrite ^/break-query/(.*)$ /w?q=$1 break; proxy_pass http://app; }
                    location /last/ { rewrite ^/last/(.*)$ /goal/$1 last; }
                    location /last-query/ { rewrite ^/last-query/(.*)$ /goal?q=$1 last; }
                    location /last-drop/ { rewrite ^/last-drop/(.*)$ /goal?q=$1? last; }
                    location /goal { proxy_pass http://app; }
                    location /try/ { try_files /nothing /goal$uri; }
                    location /try-named/ { try_files /nothing @app; }
                    location /try-query/ { try_files /nothing /goal?u=$uri&$args; }
                    location ~ ^/try-set/(.*)$ { set $a $1; try_files /nothing /goal/$a; }
                    location /try-found/ { try_files /file.txt =404; proxy_pass http://app; }
                    location /error/ { error_page 404 /goal$uri; return 404; }
                    location /error-named/ { error_page 404 = @app; return 404; }
                    location /error-away/ { error_page 404 http://h.example$uri; return 404; }
                    location @app { proxy_pass http://app; }
                    location /redirect/ { rewrite ^/redirect/(.*)$ /t/$1 redirect; }
                    location /redirect-query/ { rewrite ^/redirect-query/(.*)$ /t?q=$1 redirect; }
                    location /redirect-away/ { rewrite ^/redirect-away/(.*)$ http://h.example/$1 permanent; }
                    location /redirect-text/ { rewrite ^/redirect-text/(.*)$ "/t%%41%%3c%%20%%26/$1/%%41?%%41%%26" redirect; }
                    location /return/ { return 301 $uri; }
                    location ~ ^/return-capture/(.*)$ { return 301 /t/$1; }
                    location ~ ^/return-set/(.*)$ { set $a $1; return 301 /t/$a; }
                    location ~ ^/directory/ { alias %2$s/folder; }
                    location /accel { proxy_pass http://app; }
                    location ~ ^/say/(.*)$ { return 200 "$uri|$args|$1|"; }
                    location /map/ { proxy_pass http://app/w/$mapped; }
                    location /index/ { alias %2$s/; index /goal/$uri; }
                    location /auth/ { proxy_pass http://app; proxy_set_header X-Uri "$request_uri"; }
                    location /args/ { set $args "x=1&$args"; proxy_pass http://app; }
                    location /arg/ { set $a $arg_x; proxy_pass http://app/w/$a; }
                    location = /exact { proxy_pass http://app/w; }
                }
                """.formatted(upstream.address(), html);
        hopyard = ProxyUnderTest.withHttp(directory.resolve("hopyard"), http.replace("@PORT@", "0"));
        nginx = Nginx.withHttp(directory.resolve("nginx"), http);
    }

    @AfterAll
    static void stop() throws Exception {
        if (hopyard != null) {
            hopyard.close();
        }
        if (upstream != null) {
            upstream.close();
        }
        if (nginx != null) {
            nginx.close();
        }
    }

    /** Answers with the target as it came, or has it looked for elsewhere if it begins with {@code /accel}. */
    private static void echo(RawUpstream.Connection c) throws Exception {
        String head = c.readHead();
        String target = head.substring(head.indexOf(' ') + 1, head.indexOf(" HTTP/1."));
        if (target.startsWith("/accel/")) {
            c.send("HTTP/1.0 200 OK\r\nX-Accel-Redirect: /goal/" + target.substring(7) + "\r\n\r\n");
        } else if (target.startsWith("/accel-query/")) {
            c.send("HTTP/1.0 200 OK\r\nX-Accel-Redirect: /goal?" + target.substring(13) + "\r\n\r\n");
        } else {
            c.send("HTTP/1.0 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
        }
    }

    static Stream<String> places() {
        return Stream.of(PLACES);
    }

    @ParameterizedTest
    @MethodSource("places")
    void writesEachByteAsNginxDoes(String place) throws IOException {
        List<String> theirs = new ArrayList<>();
        List<String> ours = new ArrayList<>();
        for (int b = 1; b < 256; b++) {
            String encoded = "x%%%02xy".formatted(b);
            compare(place + encoded, theirs, ours);
            if (b > ' ' && b < 0x7f && b != '#' && b != '%') {
                compare(place + "x" + (char) b + "y", theirs, ours);
                compare(place + "%41" + (char) b + "y", theirs, ours);
            }
        }
        compare(place + "+", theirs, ours);
        compare(place + "x?", theirs, ours);
        assertEquals(String.join("\n", theirs), String.join("\n", ours));
    }

    private static void compare(String target, List<String> theirs, List<String> ours) throws IOException {
        String expected = passed(target, outcome(ask(nginx.port(), target).replace(":" + nginx.port(), ":PORT")));
        String actual = outcome(ask(hopyard.port(), target).replace(":" + hopyard.port(), ":PORT"));
        if (!expected.equals(actual)) {
            theirs.add(target + " -> " + expected);
            ours.add(target + " -> " + actual);
        }
    }

    /** What is left of an outcome of nginx's when it has come through the gate. */
    private static String passed(String target, String outcome) {
        boolean hasControls = outcome.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f);
        if (target.startsWith("/say/")) {
            return outcome;
        }
        if (!outcome.startsWith("3")) {
            String written = outcome.substring(4);
            StringBuilder out = new StringBuilder(outcome.substring(0, 4));
            written.chars()
                    .forEach(c -> out.append(
                            c <= ' ' || c >= 0x7f || c == '#' ? "%%%02X".formatted(c) : Character.toString(c)));
            return out.toString();
        }
        return !hasControls
                ? outcome
                : target.startsWith("/error-away/") ? outcome.replaceAll("[^ -~\t\\x80-\\xff]", " ") : "400 page";
    }

    private static String ask(int port, String target) throws IOException {
        return RawClient.exchange(port, "GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    }

    private static String outcome(String response) {
        String status = response.substring(9, 12);
        Matcher location = LOCATION.matcher(response);
        String body = response.substring(response.indexOf("\r\n\r\n") + 4);
        return status + " " + (location.find() ? location.group(1) : body.startsWith("<html>") ? "page" : body);
    }
}
