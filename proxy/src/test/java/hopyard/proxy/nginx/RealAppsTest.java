package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RealApp;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** PHP-FPM and uWSGI, behind the real nginx and behind Hopyard, with the same files. */
class RealAppsTest {

    private static final int TIMEOUT = 20_000;
    private static final long UPLOAD = 100L << 20;
    private static final Pattern TEMPORARY = Pattern.compile("junit-[0-9]+/[a-z]+");

    /** What the two apps are asked, at {@code /php/} and at {@code /uwsgi/}. */
    private static final List<String> REQUESTS = List.of(
            "GET /?a=1&b=2 HTTP/1.1\r\nHost: example.com\r\nX-Mine: 1\r\nCookie: c=3\r\n",
            "GET /a%20b/c?x=%26 HTTP/1.1\r\nHost: example.com:8080\r\n",
            "HEAD /?do=show HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=show HTTP/1.0\r\n",
            "GET /?do=status&code=404 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=status&code=500 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=status&code=204 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=redirect HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=accel HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=large HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=fatal HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=kill HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=sleep&ms=2000 HTTP/1.1\r\nHost: example.com\r\n",
            "GET /?do=log HTTP/1.1\r\nHost: example.com\r\n",
            content("POST / HTTP/1.1\r\nHost: x\r\n", "application/x-www-form-urlencoded", "a=1&b=%26"),
            content("POST /?do=sum HTTP/1.1\r\nHost: x\r\n", "text/plain", "x".repeat(200_000)),
            content("POST / HTTP/1.1\r\nHost: x\r\n", "multipart/form-data; boundary=b", """
                    --b
                    Content-Disposition: form-data; name="f"; filename="name.txt"

                    the file
                    --b--
                    """.replace("\n", "\r\n")),
            "POST /?do=sum HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
                    + "Connection: close\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

    private static RealApp php;
    private static RealApp uwsgi;
    private static Nginx nginx;
    private static ProxyUnderTest hopyard;

    @TempDir
    private static Path directory;

    private static String content(String head, String type, String content) {
        return head + "Content-Type: " + type + "\r\nContent-Length: " + content.length()
                + "\r\nConnection: close\r\n\r\n" + content;
    }

    private static String conf() {
        return """
                include %4$s/fastcgi_params;
                include %4$s/uwsgi_params;
                client_max_body_size 200m;
                server {
                    listen 127.0.0.1:@PORT@;
                    location /php/ {
                        fastcgi_read_timeout 1s;
                        rewrite ^/php(/.*)$ $1 break;
                        include %4$s/fastcgi_params;
                        fastcgi_param SCRIPT_FILENAME %3$s/app.php;
                        fastcgi_param PATH_INFO $uri;
                        fastcgi_pass %1$s;
                    }
                    location /uwsgi/ {
                        uwsgi_read_timeout 1s;
                        rewrite ^/uwsgi(/.*)$ $1 break;
                        uwsgi_pass %2$s;
                    }
                    location /php/slow/ {
                        fastcgi_buffering off;
                        fastcgi_request_buffering off;
                        include %4$s/fastcgi_params;
                        fastcgi_param SCRIPT_FILENAME %3$s/app.php;
                        fastcgi_pass %1$s;
                    }
                    location /uwsgi/slow/ {
                        uwsgi_buffering off;
                        uwsgi_request_buffering off;
                        uwsgi_pass %2$s;
                    }
                    location /protected/ { internal; alias %3$s/; }
                    location = /protected/file.txt { internal; return 200 "protected"; }
                }
                """.formatted(
                php.address(), uwsgi.address(), RealApp.files(), Path.of("conf").toAbsolutePath());
    }

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        RealApp.require();
        php = RealApp.phpFpm(directory, 3, 100);
        uwsgi = RealApp.uwsgi(directory, 3, 100);
        nginx = Nginx.withHttp(directory.resolve("nginx"), conf());
        hopyard = ProxyUnderTest.withHttp(
                Files.createDirectories(directory.resolve("hopyard")), conf().replace("@PORT@", "0"), 1);
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {hopyard, nginx, uwsgi, php}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> appsAreAskedAndAnswerAsBehindNginx() {
        return Stream.of("php", "uwsgi")
                .flatMap(app -> REQUESTS.stream()
                        .map(request -> DynamicTest.dynamicTest(
                                app + " " + request.lines().findFirst().orElseThrow(), () -> {
                                    String[] line = request.split(" ", 3);
                                    String text = line[0] + " /" + app + line[1] + " " + line[2];
                                    String whole =
                                            text.contains("\r\n\r\n") ? text : text + "Connection: close\r\n\r\n";
                                    assertEquals(ask(nginx.port(), whole), ask(hopyard.port(), whole));
                                })));
    }

    private static String ask(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(TIMEOUT);
            return normalized(client.send(request).readAll(), port);
        }
    }

    /** Without what differs by nature; how content is cut into chunks is a matter of buffers. */
    private static String normalized(String response, int port) {
        int end = response.indexOf("\r\n\r\n");
        if (end < 0) {
            return response;
        }
        String[] lines = response.substring(0, end).split("\r\n");
        TreeSet<String> fields = new TreeSet<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            // nginx writes names that it knows in its own way
            fields.add(line.replaceFirst("^Content-type:", "Content-Type:"));
        }
        String body = response.substring(end + 4);
        boolean isOwn = body.contains("<hr><center>");
        fields.removeIf(line -> line.matches("(Date|Server): .*") || isOwn && line.startsWith("Content-Length"));
        String content = fields.contains("Transfer-Encoding: chunked") ? unchunked(body) : body;
        String shown = content.length() > 10_000 ? content.length() + " bytes, " + content.hashCode() : content;
        return (lines[0] + "\n" + String.join("\n", fields) + "\n\n" + shown)
                .replace(":" + port, ":PORT")
                .replaceAll("<center>(nginx|hopyard)/[0-9.]+", "<center>SERVER");
    }

    private static String unchunked(String chunks) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < chunks.length()) {
            int end = chunks.indexOf("\r\n", at);
            int size = Integer.parseInt(chunks.substring(at, end), 16);
            if (size == 0) {
                return out + "[end]";
            }
            out.append(chunks, end + 2, Math.min(chunks.length(), end + 2 + size));
            at = end + 4 + size;
        }
        return out + "[broken off]";
    }

    @TestFactory
    Stream<DynamicTest> largeUploadsArriveWhole() {
        return Stream.of("php", "uwsgi")
                .map(app -> DynamicTest.dynamicTest(app, () -> {
                    String ours = upload(hopyard.port(), app);
                    assertEquals(upload(nginx.port(), app), ours);
                    assertTrue(ours.contains("\n" + UPLOAD + " "), ours);
                }));
    }

    private static String upload(int port, String app) throws IOException {
        byte[] piece = "0123456789abcdef".repeat(1 << 12).getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(TIMEOUT);
            client.send("POST /" + app + "/?do=sum HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Content-Type: text/plain\r\nContent-Length: " + UPLOAD + "\r\n\r\n");
            OutputStream out = client.socket().getOutputStream();
            for (long sent = 0; sent < UPLOAD; sent += piece.length) {
                out.write(piece);
            }
            return normalized(client.readAll(), port);
        }
    }

    @TestFactory
    Stream<DynamicTest> contentComesWhileTheAppIsStillAtIt() {
        return Stream.of("php", "uwsgi")
                .flatMap(app -> Stream.of("nginx", "hopyard")
                        .map(server -> DynamicTest.dynamicTest(app + " " + server, () -> {
                            Path until = directory.resolve(app + server + ".until");
                            int port = server.equals("nginx") ? nginx.port() : hopyard.port();
                            try (RawClient client = new RawClient(port)) {
                                client.socket().setSoTimeout(TIMEOUT);
                                client.send("GET /" + app + "/slow/?do=stream&until=" + until
                                        + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                                client.readThrough("first\n");
                                Files.createFile(until);
                                assertTrue(client.readAll().contains("last\n"));
                            }
                        })));
    }

    @TestFactory
    Stream<DynamicTest> aWorkerThatDiesWithinItsResponseCutsItShort() {
        return Stream.of("php", "uwsgi")
                .map(app -> DynamicTest.dynamicTest(app, () -> {
                    String request =
                            "GET /" + app + "/slow/?do=killlater HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                    String theirs = ask(nginx.port(), request);
                    assertTrue(theirs.endsWith("some"), theirs);
                    assertEquals(theirs, ask(hopyard.port(), request));
                }));
    }

    /** While all workers are busy and as many connections wait as may, nobody else gets in. */
    @Test
    void whereTheBacklogIsFullTheClientGetsTheSameAsFromNginx() throws Exception {
        Path own = Files.createDirectories(directory.resolve("busy"));
        List<RawClient> busy = new ArrayList<>();
        try (RealApp full = RealApp.phpFpm(own, 1, 1)) {
            String conf = conf().replace(php.address(), full.address()).replace("read_timeout 1s", "read_timeout 20s");
            try (Nginx theirs = Nginx.withHttp(own.resolve("nginx"), conf);
                    ProxyUnderTest ours = ProxyUnderTest.withHttp(
                            Files.createDirectories(own.resolve("hopyard")), conf.replace("@PORT@", "0"), 1)) {
                Path until = own.resolve("until");
                for (int i = 0; i < 6; i++) {
                    RawClient client = new RawClient(theirs.port());
                    busy.add(client.send("GET /php/slow/?do=stream&until=" + until
                            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
                    if (i == 0) {
                        // the worker has it, so the others wait
                        client.readThrough("first\n");
                    }
                }
                Wait.until("the backlog to be full", () -> theirs.errorLog().contains("(11: Resource temporarily"));
                String request = "GET /php/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                String answer = ask(theirs.port(), request);
                assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
                assertEquals(answer, ask(ours.port(), request));
                String log = Files.readString(own.resolve("hopyard/error.log"), StandardCharsets.ISO_8859_1);
                assertTrue(log.contains("failed (11: Resource temporarily unavailable)"), log);
                Files.createFile(until);
            }
        } finally {
            for (RawClient client : busy) {
                client.close();
            }
        }
    }

    @Test
    void whatAppsWriteToTheirStandardErrorIsLoggedInNginxsWords() throws Exception {
        String request = "GET /php/?do=fatal HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        ask(nginx.port(), request);
        ask(hopyard.port(), request);
        Path ours = directory.resolve("hopyard/error.log");
        Pattern wanted =
                Pattern.compile("\\[error] .*(FastCGI sent in stderr: \"PHP message: PHP Fatal error: [^\n\\\\]*)");
        List<String> lines = stderr(nginx.errorLog(), wanted);
        Wait.until(
                "the line",
                () -> !stderr(Files.readString(ours, StandardCharsets.ISO_8859_1), wanted)
                        .isEmpty());
        assertEquals(
                lines.get(0),
                stderr(Files.readString(ours, StandardCharsets.ISO_8859_1), wanted)
                        .get(0));
    }

    private static List<String> stderr(String log, Pattern wanted) {
        return wanted.matcher(log)
                .results()
                .map(found -> TEMPORARY.matcher(found.group(1)).replaceAll("TEMP"))
                .toList();
    }
}
