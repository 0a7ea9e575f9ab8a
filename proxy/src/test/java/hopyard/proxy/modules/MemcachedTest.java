package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.DeadPort;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** {@code memcached_pass} gives what it gives in nginx, whatever memcached says. */
class MemcachedTest {

    private static final String CONFIGURATION = """
            upstream two { server DEAD; server MEMCACHED; }
            upstream both { server MEMCACHED; server MEMCACHED2; }
            upstream kept { server MEMCACHED; keepalive 1; }
            server {
                listen 127.0.0.1:@PORT@;
                set $memcached_key $uri$is_args$args;
                default_type text/plain;
                location / { memcached_pass MEMCACHED; }
                location /kept { memcached_pass kept; }
                location /dead { memcached_pass DEAD; }
                location /two { memcached_pass two; }
                location /off { memcached_next_upstream off; memcached_pass two; }
                location /next { memcached_next_upstream not_found invalid_response; memcached_pass both; }
                location /zip { memcached_gzip_flag 2; memcached_pass MEMCACHED; }
                location /short { memcached_buffer_size 30; memcached_pass MEMCACHED; }
                location /page { error_page 404 = @app; memcached_pass MEMCACHED; }
                location /nothing { set $memcached_key ""; memcached_pass MEMCACHED; }
                location /if { if ($arg_x) { add_header X-If yes; } memcached_pass MEMCACHED; }
                location /slow { memcached_read_timeout 300ms; memcached_pass MEMCACHED; }
                location /vars { add_header X-Up "$upstream_addr $upstream_status" always; memcached_pass MEMCACHED; }
                location @app { return 200 "from the app\\n"; }
            }
            """;

    /** What memcached says, by the key that it is asked for; a bar stands for a pause. */
    private static final Map<String, String> ANSWERS = Map.ofEntries(
            Map.entry("/hello", "VALUE /hello 0 5\r\nhello\r\nEND\r\n"),
            Map.entry("/empty", "VALUE /empty 0 0\r\n\r\nEND\r\n"),
            Map.entry("/a%20b%25", "VALUE /a%20b%25 0 2\r\nok\r\nEND\r\n"),
            Map.entry("/pieces", "VAL|UE /pieces 0 4|\r\nab|cd\r|\nEN|D\r\n"),
            Map.entry("/page.html", "VALUE /page.html 0 3\r\nabc\r\nEND\r\n"),
            Map.entry("/other", "VALUE /another 0 1\r\na\r\nEND\r\n"),
            Map.entry("/length", "VALUE /length 0 x\r\na\r\nEND\r\n"),
            Map.entry("/garbage", "SERVER_ERROR out of memory\r\n"),
            Map.entry("/bare", "END\n"),
            Map.entry("/trailer", "VALUE /trailer 0 2\r\nab\r\nXXX\r\n"),
            Map.entry("/cut", "VALUE /cut 0 10\r\nabc"),
            Map.entry("/closed", ""),
            Map.entry("/zip", "VALUE /zip 2 3\r\nabc\r\nEND\r\n"),
            Map.entry("/zipless", "VALUE /zipless 1 3\r\nabc\r\nEND\r\n"),
            Map.entry("/zipx", "VALUE /zipx x 3\r\nabc\r\nEND\r\n"),
            Map.entry("/short/a", "VALUE /short/a 0 5\r\nhello\r\nEND\r\n"),
            Map.entry(
                    "/short/abcdefghijklmnopqrstuvwxyz",
                    "VALUE /short/abcdefghijklmnopqrstuvwxyz 0 5\r\nhello\r\nEND\r\n"),
            Map.entry("/two", "VALUE /two 0 3\r\ntwo\r\nEND\r\n"),
            Map.entry("/if", "VALUE /if 0 3\r\nabc\r\nEND\r\n"),
            Map.entry("/if?x=1", "VALUE /if?x=1 0 3\r\nabc\r\nEND\r\n"),
            Map.entry("/kept", "VALUE /kept 0 4\r\nkept\r\nEND\r\n"),
            Map.entry("/vars", "VALUE /vars 0 1\r\na\r\nEND\r\n"));

    @TempDir
    private Path directory;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private RawUpstream memcached;
    private RawUpstream second;
    private final DeadPort dead = new DeadPort();

    @BeforeEach
    void start() throws IOException {
        memcached = new RawUpstream(connection -> serve(connection, ANSWERS));
        second = new RawUpstream(
                connection -> serve(connection, Map.of("/next", "VALUE /next 0 6\r\nsecond\r\nEND\r\n")));
    }

    @AfterEach
    void stop() throws IOException {
        memcached.close();
        second.close();
        dead.close();
    }

    private void serve(RawUpstream.Connection connection, Map<String, String> answers) throws Exception {
        while (true) {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                int next = connection.read();
                if (next < 0) {
                    return;
                }
                line.append((char) next);
            }
            asked.add(line.toString());
            String key = line.substring("get ".length(), line.length() - 2);
            if (key.equals("/slow")) {
                connection.read();
                return;
            }
            String answer = answers.getOrDefault(key, "END\r\n");
            for (String piece : answer.split("\\|")) {
                connection.send(piece);
                if (answer.contains("|")) {
                    Thread.sleep(20);
                }
            }
            if (!answer.endsWith("END\r\n")) {
                return;
            }
        }
    }

    private String configuration() {
        return CONFIGURATION
                .replace("MEMCACHED2", second.address())
                .replace("MEMCACHED", memcached.address())
                .replace("DEAD", "127.0.0.1:" + dead.number());
    }

    private static final List<String> REQUESTS = List.of(
            "GET /hello",
            "HEAD /hello",
            "POST /hello",
            "GET /none",
            "GET /empty",
            "GET /a%20b%25",
            "GET /pieces",
            "GET /page.html",
            "GET /hello HTTP/1.1\r\nRange: bytes=1-2",
            "GET /other",
            "GET /length",
            "GET /garbage",
            "GET /bare",
            "GET /trailer",
            "GET /cut",
            "GET /closed",
            "GET /dead",
            "GET /two",
            "GET /two",
            "GET /off",
            "GET /next",
            "GET /next",
            "GET /nextnone",
            "GET /zipless",
            "GET /zipx",
            "GET /short/a",
            "GET /short/abcdefghijklmnopqrstuvwxyz",
            "GET /page/none",
            "GET /nothing",
            "GET /if",
            "GET /if?x=1",
            "GET /slow",
            "GET /vars",
            "GET /varsnone");

    @TestFactory
    Stream<DynamicTest> answersAsNginxDoes() throws Exception {
        Nginx.require();
        Path theirs = Files.createDirectories(directory.resolve("theirs"));
        Path ours = Files.createDirectories(directory.resolve("ours"));
        List<String> wanted;
        try (Nginx nginx = Nginx.withHttp(theirs, configuration())) {
            wanted = outcomes(nginx.port(), theirs.resolve("error.log"));
        }
        List<String> got;
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(ours, configuration().replace("@PORT@", "0"), 1)) {
            got = outcomes(proxy.port(), ours.resolve("error.log"));
        }
        return IntStream.range(0, REQUESTS.size())
                .mapToObj(i -> DynamicTest.dynamicTest(
                        REQUESTS.get(i).replaceAll("\\s+", " "), () -> assertEquals(wanted.get(i), got.get(i))));
    }

    private List<String> outcomes(int port, Path log) throws Exception {
        List<String> answers = new ArrayList<>();
        for (String request : REQUESTS) {
            asked.clear();
            String head = request.contains("HTTP/") ? request : request + " HTTP/1.1";
            String answer = RawClient.exchange(port, head + "\r\nHost: t\r\nConnection: close\r\n\r\n");
            answers.add(normalized(answer) + "\nasked: " + asked);
        }
        RawClient.get(port, "/last");
        Wait.until("the log", () -> Files.exists(log) && Files.readString(log).contains("\"GET /last "));
        List<String> lines = Files.readAllLines(log);
        return IntStream.range(0, REQUESTS.size())
                .mapToObj(i -> known(answers.get(i) + "\nlogged: " + logged(lines, REQUESTS.get(i))))
                .toList();
    }

    private String known(String text) {
        return text.replace(memcached.address(), "MEMCACHED")
                .replace(second.address(), "SECOND")
                .replace("127.0.0.1:" + dead.number(), "DEAD");
    }

    /** What is said of a request. Whether nginx was reading or sending when a value broke off depends on its buffer. */
    private static String logged(List<String> lines, String request) {
        String line = request.replaceFirst("\r\n.*", "");
        String asLogged = "request: \"" + (line.contains(" HTTP/") ? line : line + " HTTP/1.1") + "\"";
        return lines.stream()
                .filter(each -> each.contains(asLogged))
                .map(each -> each.replaceFirst("^.*?\\[", "[")
                        .replaceFirst("\\] \\d+#\\d+: \\*\\d+", "]")
                        .replaceFirst("(invalid trailer|prematurely closed connection) while [a-z ]+,", "$1,"))
                .collect(Collectors.joining("\n"));
    }

    private static String normalized(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        String[] head =
                end < 0 ? new String[] {answer} : answer.substring(0, end).split("\r\n");
        String body = end < 0 ? "" : answer.substring(end + 4);
        boolean isPage = body.contains("<center>");
        return Arrays.stream(head)
                        .filter(line ->
                                !line.matches("(Server|Date): .*") && !(isPage && line.startsWith("Content-Length")))
                        .sorted()
                        .collect(Collectors.joining("\n"))
                + "\n\n" + (isPage ? "page" : body);
    }

    @Test
    void keepsItsConnectionAfterAValueAndAfterNone() throws Exception {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(directory, configuration().replace("@PORT@", "0"), 1)) {
            for (String path : List.of("/kept", "/kept/none", "/kept")) {
                RawClient.exchange(proxy.port(), "GET " + path + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            }
            assertEquals(1, memcached.connections());
        }
    }

    @Test
    void passesALargeValueOn() throws Exception {
        String value = "0123456789".repeat(100_000);
        try (RawUpstream large = new RawUpstream(connection ->
                        serve(connection, Map.of("/large", "VALUE /large 0 1000000\r\n" + value + "\r\nEND\r\n")));
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { set $memcached_key $uri; memcached_pass " + large.address() + "; }")) {
            String answer = RawClient.get(proxy.port(), "/large");
            assertTrue(answer.endsWith("\r\n\r\n" + value));
            Wait.until("the log", () -> Files.exists(directory.resolve("access.log")));
        }
    }
}
