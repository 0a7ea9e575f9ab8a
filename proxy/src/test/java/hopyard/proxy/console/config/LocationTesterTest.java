package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Which location, and why, without sending; each row of the tables is a kind of decision. */
class LocationTesterTest {

    private static final String CONF = """
            upstream app { server @APP@; server 127.0.0.1:2 backup; }
            upstream dead { server 127.0.0.1:3 down; }
            map $arg_m $mapped { 1 one; default other; }
            limit_req_zone $binary_remote_addr zone=few:1m rate=1r/m;
            proxy_cache_path @HOME@/cache keys_zone=kept:1m;
            root @HOME@/html; resolver 127.0.0.1:1;
            server { listen 127.0.0.1:0; return 200 first;
            }
            server { listen 127.0.0.1:0 default_server; server_name localhost;
            location /_hops/ { hop_console edit; }
            location = /exact { return 200 exact; }
            location /pre { return 200 pre; }
            location /pre/longer { return 200 longer; }
            location ^~ /final/ { return 200 final; }
            location ~ \\.php$ { return 200 php; }
            location ~* \\.jpe?g$ { return 200 jpg; }
            location /nest/ { return 200 nest;
            location ~ \\.in$ { return 200 in; }
            location /nest/deep/ { return 200 deep; }
            }
            location /if/ { if ($request_method = POST) { return 405; }
            if ($arg_a ~ ^x) { set $seen yes; }
            return 200 $seen; }
            location /last/ { rewrite ^/last/(.*)$ /pre/$1 last; return 200 never; }
            location /break/ { rewrite ^/break/(.*)$ /app/$1?b=1 break; proxy_pass http://app; }
            location /redirect/ { rewrite ^/redirect/(.*)$ /other/$1 redirect; }
            location /permanent/ { rewrite ^ http://elsewhere.example/ permanent; }
            location /loop/ { rewrite ^ /loop/x last; }
            location /try/ { try_files $uri $uri/index.html @named; }
            location /code/ { try_files $uri =410; }
            location @named { proxy_pass http://app; }
            location /alias/ { alias @HOME@/html/try/; }
            location /dir/ { index none.html index.html; }
            location /gone/ { error_page 404 = /pre; return 404; }
            location /page/ { error_page 403 /try/file.txt; deny all; }
            location /uri/ { proxy_pass http://app/sub/; proxy_set_header Host $mapped; proxy_set_header X-Two 1; proxy_set_header X-Two 2; }
            location /as-is/ { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
            location /var/ { proxy_pass http://$arg_to/v; }
            location /dead/ { proxy_pass http://dead; }
            location /deny/ { allow 10.0.0.0/8; deny all; proxy_pass http://app; }
            location /hidden/ { internal; return 200 hidden; }
            location /limited/ { limit_req zone=few; proxy_pass http://app; }
            location /cached/ { proxy_cache kept; proxy_cache_key $uri; proxy_pass http://app; }
            location /auth/ { auth_request /check; auth_request_set $user $upstream_http_x_user; proxy_set_header X-User $user; proxy_pass http://app; }
            location /auth-no/ { auth_request /refused; proxy_pass http://app; }
            location = /check { proxy_pass http://app/verify; proxy_set_header X-Asked $request_uri; }
            location = /refused { return 403; }
            location /except/ { limit_except GET { deny all; } proxy_pass http://app; }
            location /closed/ { return 444; }
            location /chance/ { return 302 /$request_id; }
            location /basic/ { auth_basic door; auth_basic_user_file @HOME@/htpasswd; proxy_pass http://app; }
            }
            server { listen 127.0.0.1:0; server_name exact.example *.wild.example .dotted.example mail.*;
            return 200 named; }
            server { listen 127.0.0.1:0; server_name ~^(?<sub>.+)\\.re\\.example$;
            return 200 $sub; }
            """;

    @TempDir
    private Path home;

    private RawUpstream upstream;
    private ConsoleUnderTest console;
    private List<String> lines;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(home.resolve("html/try/"));
        Files.createDirectories(home.resolve("html/dir/"));
        Files.writeString(home.resolve("html/try/file.txt"), "file");
        Files.writeString(home.resolve("html/dir/index.html"), "index");
        Files.writeString(home.resolve("htpasswd"), "jane:{PLAIN}secret\n");
        upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        String conf = CONF.replace("@HOME@", home.toString()).replace("@APP@", upstream.address());
        console = ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(home, conf));
        lines = Files.readAllLines(home.resolve("nginx.conf"));
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
    }

    private JsonNode ask(Map<String, Object> question) throws IOException {
        ConsoleUnderTest.Answer answer = console.post("/_hops/location", question);
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private JsonNode ask(String target) throws IOException {
        return ask(Map.of("target", target));
    }

    /** The only line of the file that holds the text. */
    private int line(String text) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                found.add(i + 1);
            }
        }
        assertEquals(1, found.size(), text);
        return found.get(0);
    }

    private static Stream<JsonNode> each(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static List<String> steps(JsonNode answer) {
        return each(answer.get("steps"))
                .map(step -> step.get("kind").asText() + " " + step.get("what").asText())
                .toList();
    }

    /** @param where the line of the location that the request ends up in */
    private record Row(String target, String where, String who, int status, String body) {}

    @TestFactory
    Stream<DynamicTest> theLocationIsTheOneThatTheServerChooses() {
        return Stream.of(
                        new Row("/exact", "location = /exact", "proxy", 200, "exact"),
                        new Row("/exact?a=b", "location = /exact", "proxy", 200, "exact"),
                        new Row("/ex%61ct", "location = /exact", "proxy", 200, "exact"),
                        new Row("/x/../exact", "location = /exact", "proxy", 200, "exact"),
                        new Row("/prefix", "location /pre {", "proxy", 200, "pre"),
                        new Row("//pre//longer/x", "location /pre/longer", "proxy", 200, "longer"),
                        new Row("/pre/x.php", "location ~ \\.php$", "proxy", 200, "php"),
                        new Row("/pre/X.JPEG", "location ~* \\.jpe?g$", "proxy", 200, "jpg"),
                        new Row("/final/x.php", "location ^~ /final/", "proxy", 200, "final"),
                        new Row("/nest/x", "location /nest/ {", "proxy", 200, "nest"),
                        new Row("/nest/x.in", "location ~ \\.in$", "proxy", 200, "in"),
                        new Row("/nest/deep/x", "location /nest/deep/", "proxy", 200, "deep"),
                        new Row("/nest/deep/x.php", "location ~ \\.php$", "proxy", 200, "php"),
                        new Row("/if/?a=xy", "if ($arg_a", "proxy", 200, "yes"),
                        new Row("/if/?a=y", "location /if/", "proxy", 200, ""),
                        new Row("/last/longer/1", "location /pre/longer", "proxy", 200, "longer"),
                        new Row("/redirect/a%20b", "location /redirect/", "proxy", 302, null),
                        new Row("/permanent/", "location /permanent/", "proxy", 301, null),
                        new Row("/loop/", "location /loop/", "proxy", 500, null),
                        new Row("/try/file.txt", "location /try/", "file", 200, null),
                        new Row("/try/none", "location @named", "upstream", 0, null),
                        new Row("/code/none", "location /code/", "proxy", 410, null),
                        new Row("/alias/file.txt", "location /alias/", "file", 200, null),
                        new Row("/alias/none", "location /alias/", "proxy", 404, null),
                        new Row("/dir/", "location /dir/", "file", 200, null),
                        new Row("/dir", "server_name localhost", "proxy", 301, null),
                        new Row("/nothing", "server_name localhost", "proxy", 404, null),
                        new Row("/gone/x", "location /pre {", "proxy", 200, "pre"),
                        new Row("/page/x", "location /try/", "file", 403, null),
                        new Row("/as-is", "location /as-is/", "proxy", 301, null),
                        new Row("/dead/", "location /dead/", "proxy", 502, null),
                        new Row("/deny/", "location /deny/", "proxy", 403, null),
                        new Row("/hidden/", "location /hidden/", "proxy", 404, null),
                        new Row("/auth-no/", "location /auth-no/", "proxy", 403, null),
                        new Row("/basic/", "location /basic/", "proxy", 401, null),
                        new Row("/closed/", "location /closed/", "nobody", 444, null),
                        new Row("/_hops/stats", "location /_hops/", "console", 0, null),
                        new Row("/a%zz", "server_name localhost", "proxy", 400, null),
                        new Row("http://[bad/", "return 200 first", "proxy", 400, null))
                .map(row -> DynamicTest.dynamicTest(row.target, () -> check(row)));
    }

    private void check(Row row) throws IOException {
        JsonNode said = ask(row.target);
        String all = said.toPrettyString();
        boolean isSlashMissing = row.target.equals("/as-is");
        if (!isSlashMissing) {
            assertEquals(line(row.where), said.at("/location/line").asInt(), all);
        }
        assertEquals(row.who, said.at("/answer/who").asText(), all);
        assertEquals(row.status, said.at("/answer/status").asInt(), all);
        if (row.body != null) {
            assertEquals(row.body, said.at("/answer/body").asText(), all);
        }
        assertFalse(said.at("/steps").isEmpty() && row.status != 400, all);
    }

    @Test
    void everyCandidateIsListedWithItsLineAndWhetherItMatched() throws IOException {
        JsonNode said = ask("/pre/longer/x.php");
        JsonNode search = each(said.get("steps"))
                .filter(step -> step.has("search"))
                .findFirst()
                .orElseThrow()
                .get("search");
        Map<Integer, JsonNode> byLine = new java.util.HashMap<>();
        search.get("candidates").forEach(each -> byLine.put(each.get("line").asInt(), each));
        assertEquals("no", byLine.get(line("location = /exact")).get("match").asText());
        assertEquals("yes", byLine.get(line("location /pre {")).get("match").asText());
        assertEquals(
                "yes", byLine.get(line("location /pre/longer")).get("match").asText());
        assertEquals("no", byLine.get(line("location ^~ /final/")).get("match").asText());
        JsonNode php = byLine.get(line("location ~ \\.php$"));
        assertEquals("yes", php.get("match").asText());
        assertTrue(php.get("chosen").asBoolean());
        assertEquals(
                "not_tried",
                byLine.get(line("location ~* \\.jpe?g$")).get("match").asText());
        assertTrue(search.get("why").asText().contains("first regular expression"), search.toString());
    }

    @Test
    void theServerIsExplained() throws IOException {
        record Host(String host, String by, String where, String match) {}
        for (Host each : List.of(
                new Host("exact.example", "exact", "exact.example", "exact.example"),
                new Host("EXACT.example:8080", "exact", "exact.example", "exact.example"),
                new Host("a.b.wild.example", "leading_asterisk", "exact.example", "*.wild.example"),
                new Host("dotted.example", "exact", "exact.example", ".dotted.example"),
                new Host("x.dotted.example", "leading_asterisk", "exact.example", ".dotted.example"),
                new Host("mail.org", "trailing_asterisk", "exact.example", "mail.*"),
                new Host("jane.re.example", "regex", "re\\.example", "~^(?<sub>.+)\\.re\\.example$"),
                new Host("nobody", "default", "server_name localhost", ""))) {
            JsonNode said = ask(Map.of("host", each.host, "target", "/"));
            assertEquals(each.by, said.at("/server/by").asText(), said.toString());
            assertEquals(line(each.where), said.at("/server/line").asInt(), each.host);
            assertEquals(each.match, said.at("/server/match/name").asText(""), each.host);
            assertEquals(line(each.where), said.at("/server/listen/line").asInt(), each.host);
        }
        assertEquals(
                "jane",
                ask(Map.of("host", "jane.re.example")).at("/answer/body").asText());
    }

    @Test
    void whatGoesUpstreamIsThereWithTheLinesThatWroteIt() throws IOException {
        JsonNode said = ask(Map.of(
                "target",
                "/uri/a%20b?m=1",
                "method",
                "POST",
                "headers",
                List.of(
                        List.of("Content-Length", "3"),
                        List.of("X-Own", "mine"),
                        List.of("Connection", "keep-alive"))));
        int pass = line("location /uri/");
        List<String> head = each(said.at("/upstream/head"))
                .map(each ->
                        each.path("line").asInt(0) + " " + each.get("header").asText())
                .toList();
        assertEquals(
                List.of(
                        pass + " POST /sub/a%20b?m=1 HTTP/1.0",
                        pass + " Host: one",
                        pass + " X-Two: 1",
                        pass + " X-Two: 2",
                        pass + " Connection: close",
                        "0 Content-Length: 3",
                        "0 X-Own: mine"),
                head);
        assertEquals(2, said.at("/upstream/peers").size());
        assertEquals(upstream.address(), said.at("/upstream/peers/0/address").asText());
        assertTrue(said.at("/upstream/peers/1/backup").asBoolean());
        assertEquals("http", said.at("/upstream/scheme").asText());
    }

    @Test
    void aTargetIsWrittenAsTheServerWritesIt() throws IOException {
        record Target(String asked, String sent) {}
        for (Target each : List.of(
                new Target("/as-is/a%2Fb//c/../d?x=%20", "GET /as-is/a%2Fb//c/../d?x=%20 HTTP/1.1"),
                new Target("/break/a%20b", "GET /app/a%20b?b=1 HTTP/1.0"),
                new Target("/uri/a/../b", "GET /sub/b HTTP/1.0"),
                new Target("/var/x?to=127.0.0.1:5", "GET /v HTTP/1.0"))) {
            JsonNode said = ask(each.asked);
            assertEquals(each.sent, said.at("/upstream/head/0/header").asText(), said.toPrettyString());
        }
    }

    @Test
    void whatCannotBeKnownIsSaidSo() throws IOException {
        record Open(String target, String what) {}
        for (Open each : List.of(
                new Open("/as-is/", "X-Accel-Redirect"),
                new Open("/limited/", "limit_req"),
                new Open("/cached/x", "the cache has a response for \"/cached/x\""),
                new Open("/auth/", "auth_request"),
                new Open("/chance/", "chance decides"),
                new Open("/uri/", "proxy_next_upstream"),
                new Open("/var/?to=name.example", "addresses of name.example"))) {
            JsonNode said = ask(each.target);
            assertTrue(said.get("unknown").toString().contains(each.what.replace("\"", "\\\"")), said.toPrettyString());
        }
    }

    @Test
    void aSubrequestIsShownWithItsOwnWay() throws IOException {
        JsonNode said = ask("/auth/x");
        JsonNode asked = each(said.get("steps"))
                .filter(step -> step.has("asked"))
                .findFirst()
                .orElseThrow()
                .get("asked");
        assertEquals(line("location = /check"), asked.at("/location/line").asInt());
        assertEquals("GET /verify HTTP/1.0", asked.at("/upstream/head/0/header").asText());
        assertTrue(asked.at("/upstream/head").toString().contains("X-Asked: /auth/x"));
        assertTrue(said.at("/upstream/head").toString().contains("X-User: ($upstream_http_x_user of auth_request)"));
    }

    @Test
    void accessIsDecidedForTheClientThatIsGiven() throws IOException {
        assertEquals(
                "upstream",
                ask(Map.of("target", "/deny/", "client", "10.1.2.3"))
                        .at("/answer/who")
                        .asText());
        assertEquals(
                403,
                ask(Map.of("target", "/deny/", "client", "11.1.2.3"))
                        .at("/answer/status")
                        .asInt());
        assertEquals(
                403,
                ask(Map.of("target", "/except/", "method", "PUT"))
                        .at("/answer/status")
                        .asInt());
        assertEquals(
                "upstream", ask(Map.of("target", "/except/")).at("/answer/who").asText());
        List<List<String>> right = List.of(List.of("Authorization", "Basic amFuZTpzZWNyZXQ="));
        List<List<String>> wrong = List.of(List.of("Authorization", "Basic amFuZTp3cm9uZw=="));
        assertEquals(
                "upstream",
                ask(Map.of("target", "/basic/", "headers", right))
                        .at("/answer/who")
                        .asText());
        assertEquals(
                401,
                ask(Map.of("target", "/basic/", "headers", wrong))
                        .at("/answer/status")
                        .asInt());
    }

    @Test
    void theStepsTellWhatHappenedInOrder() throws IOException {
        List<String> steps = steps(ask("/last/longer/1"));
        assertTrue(steps.get(0).startsWith("location "), steps.toString());
        assertEquals(
                "rewrite matches /last/longer/1: the URI is /pre/longer/1, and a location is looked for", steps.get(1));
        assertTrue(steps.get(2).startsWith("redirect "), steps.toString());
        assertTrue(steps.get(3).startsWith("location "), steps.toString());
        assertEquals("return the request ends here with 200", steps.get(4));
    }

    @Test
    void nothingIsSentCountedKeptOrLogged() throws IOException {
        long before = console.json("/_hops/exchanges").get("newest").asLong();
        for (String target :
                List.of("/as-is/", "/limited/", "/limited/", "/cached/x", "/auth/", "/basic/", "/deny/", "/nothing")) {
            ask(target);
        }
        assertEquals(List.of(), upstream.heads());
        assertEquals(before, console.json("/_hops/exchanges").get("newest").asLong());
        assertEquals(200, console.send(console.request("/limited/")).status(), "the only token is still there");
        String log = Files.readString(home.resolve("error.log"));
        assertFalse(log.contains("access forbidden") || log.contains("No such file"), log);
        try (Stream<Path> kept = Files.walk(home.resolve("cache"))) {
            assertEquals(List.of(), kept.filter(Files::isRegularFile).toList());
        }
    }

    @Test
    void aTextThatIsNotInUseIsTriedWithoutBeingPutToWork() throws IOException {
        String text = Files.readString(home.resolve("nginx.conf"))
                .replace("location = /exact { return 200 exact; }", "location = /exact { return 418 changed; }");
        JsonNode said = ask(Map.of("target", "/exact", "text", text));
        assertEquals(418, said.at("/answer/status").asInt());
        String named = text.replace("server 127.0.0.1:2 backup", "server name.example:80");
        JsonNode peers = ask(Map.of("target", "/as-is/", "text", named)).at("/upstream/peers");
        assertEquals("name.example:80", peers.at("/1/server").asText());
        assertEquals("name.example:80", peers.at("/1/address").asText(), "no name is looked up");
        assertEquals(200, ask("/exact").at("/answer/status").asInt());
        assertEquals("exact", console.get("/exact").body());
        ConsoleUnderTest.Answer wrong = console.post("/_hops/location", Map.of("text", text + "\nfoo;"));
        assertEquals(422, wrong.status());
        assertTrue(wrong.body().contains("unknown directive"), wrong.body());
    }

    @Test
    void aConsoleThatMayNotEditTriesNoOtherText() throws IOException {
        String http = "server { listen 127.0.0.1:0; location /_hops/ { hop_console; } }";
        try (ProxyUnderTest closed = ProxyUnderTest.withHttp(Files.createDirectories(home.resolve("closed")), http)) {
            ConsoleUnderTest other = ConsoleUnderTest.of(upstream, closed);
            String text = "events {} http { server { root /; try_files $uri =404; } }";
            assertEquals(
                    403, other.post("/_hops/location", Map.of("text", text)).status());
            assertEquals(
                    200, other.post("/_hops/location", Map.of("target", "/")).status());
        }
    }

    @Test
    void aTerminalGetsText() throws IOException {
        String text = console.text("/_hops/location?target=/uri/x%3Fm=1").body();
        assertTrue(text.contains("GET /uri/x?m=1 HTTP/1.1"), text);
        assertTrue(text.contains("nginx.conf:" + line("location /uri/")), text);
        assertTrue(text.contains("GET /sub/x?m=1 HTTP/1.0"), text);
        assertTrue(text.contains("not known without sending it:"), text);
    }

    @Test
    void mistakesAreSaidClearly() throws IOException {
        assertEquals(400, console.post("/_hops/location", Map.of("port", 1)).status());
        assertEquals(
                400, console.post("/_hops/location", Map.of("scheme", "ftp")).status());
        assertEquals(
                400, console.post("/_hops/location", Map.of("scheme", "https")).status());
        assertEquals(
                400,
                console.post("/_hops/location", Map.of("client", "somebody")).status());
        assertEquals(
                400,
                console.post("/_hops/location", Map.of("target", "/\r\nX: y")).status());
        assertEquals(
                400,
                console.post("/_hops/location", Map.of("headers", List.of(List.of("a"))))
                        .status());
    }
}
