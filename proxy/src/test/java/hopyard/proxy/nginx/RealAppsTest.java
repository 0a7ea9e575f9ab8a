package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.AppRequests;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RealApp;
import hopyard.proxy.support.Wait;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    private static final Pattern TEMPORARY = Pattern.compile("junit-[0-9]+/[a-z]+");

    private static RealApp php;
    private static RealApp uwsgi;
    private static Nginx nginx;
    private static ProxyUnderTest hopyard;

    @TempDir
    private static Path directory;

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
                .flatMap(app -> AppRequests.ALL.stream()
                        .map(request -> DynamicTest.dynamicTest(
                                app + " " + request.lines().findFirst().orElseThrow(), () -> {
                                    String whole = AppRequests.at("/" + app, request);
                                    assertEquals(
                                            AppRequests.ask(nginx.port(), whole),
                                            AppRequests.ask(hopyard.port(), whole));
                                })));
    }

    @TestFactory
    Stream<DynamicTest> largeUploadsArriveWhole() {
        return Stream.of("php", "uwsgi")
                .map(app -> DynamicTest.dynamicTest(app, () -> {
                    String ours = AppRequests.upload(hopyard.port(), "/" + app);
                    assertEquals(AppRequests.upload(nginx.port(), "/" + app), ours);
                    assertTrue(ours.contains(AppRequests.uploaded()), ours);
                }));
    }

    @TestFactory
    Stream<DynamicTest> contentComesWhileTheAppIsStillAtIt() {
        return Stream.of("php", "uwsgi")
                .flatMap(app -> Stream.of("nginx", "hopyard")
                        .map(server -> DynamicTest.dynamicTest(app + " " + server, () -> {
                            Path until = directory.resolve(app + server + ".until");
                            int port = server.equals("nginx") ? nginx.port() : hopyard.port();
                            try (RawClient client = new RawClient(port)) {
                                client.socket().setSoTimeout(AppRequests.TIMEOUT);
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
                    String theirs = AppRequests.ask(nginx.port(), request);
                    assertTrue(theirs.endsWith("some"), theirs);
                    assertEquals(theirs, AppRequests.ask(hopyard.port(), request));
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
                String answer = AppRequests.ask(theirs.port(), request);
                assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
                assertEquals(answer, AppRequests.ask(ours.port(), request));
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
        AppRequests.ask(nginx.port(), request);
        AppRequests.ask(hopyard.port(), request);
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
