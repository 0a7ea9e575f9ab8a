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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apps that speak HTTP, behind the real nginx and behind Hopyard, with the same files: gunicorn at a port and at a
 * socket, with processes and with threads, and uWSGI over HTTP.
 */
class GunicornTest {

    private static final String END = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    private static final List<String> APPS = List.of("port", "socket", "threads", "uwsgi");

    private static final List<RealApp> RUNNING = new ArrayList<>();
    private static Nginx nginx;
    private static ProxyUnderTest hopyard;

    @TempDir
    private static Path directory;

    private static String locations(String name, RealApp app) {
        return """
                upstream %1$s { server %2$s; }
                upstream %1$s_kept { server %2$s; keepalive 4; }
                """.formatted(name, app.address()) + "@SERVER@" + """
                location /%1$s/ {
                    proxy_read_timeout 1s;
                    rewrite ^/%1$s(/.*)$ $1 break;
                    proxy_pass http://%1$s;
                }
                location /%1$s/kept/ {
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    rewrite ^/%1$s/kept(/.*)$ $1 break;
                    proxy_pass http://%1$s_kept;
                }
                location /%1$s/slow/ {
                    proxy_buffering off;
                    proxy_request_buffering off;
                    proxy_http_version 1.1;
                    proxy_pass http://%1$s;
                }
                """.formatted(name);
    }

    private static String conf(List<String> names, List<RealApp> apps) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            all.add(locations(names.get(i), apps.get(i)));
        }
        String upstreams = all.stream().map(each -> each.split("@SERVER@")[0]).collect(Collectors.joining());
        String locations = all.stream().map(each -> each.split("@SERVER@")[1]).collect(Collectors.joining());
        return upstreams + """
                client_max_body_size 200m;
                server {
                    listen 127.0.0.1:@PORT@;
                    location = /protected/file.txt { internal; return 200 "protected"; }
                """ + locations + "}\n";
    }

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        RealApp.require();
        RUNNING.add(RealApp.gunicorn(directory, "--workers", "3"));
        RUNNING.add(RealApp.gunicornAtSocket(directory, "--workers", "3"));
        RUNNING.add(RealApp.gunicorn(directory, "--workers", "2", "--threads", "4"));
        RUNNING.add(RealApp.uwsgiHttp(directory, 3));
        nginx = Nginx.withHttp(directory.resolve("nginx"), conf(APPS, RUNNING));
        hopyard = ProxyUnderTest.withHttp(
                Files.createDirectories(directory.resolve("hopyard")),
                conf(APPS, RUNNING).replace("@PORT@", "0"),
                1);
    }

    @AfterAll
    static void stop() throws Exception {
        if (hopyard != null) {
            hopyard.close();
        }
        if (nginx != null) {
            nginx.close();
        }
        for (RealApp each : RUNNING) {
            each.close();
        }
        RUNNING.clear();
    }

    @TestFactory
    Stream<DynamicTest> appsAreAskedAndAnswerAsBehindNginx() {
        return APPS.stream()
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
        return APPS.stream()
                .map(app -> DynamicTest.dynamicTest(app, () -> {
                    String ours = AppRequests.upload(hopyard.port(), "/" + app);
                    assertEquals(AppRequests.upload(nginx.port(), "/" + app), ours);
                    assertTrue(ours.contains(AppRequests.uploaded()), ours);
                }));
    }

    @TestFactory
    Stream<DynamicTest> contentComesWhileTheAppIsStillAtIt() {
        return APPS.stream()
                .flatMap(app -> Stream.of("nginx", "hopyard")
                        .map(server -> DynamicTest.dynamicTest(app + " " + server, () -> {
                            Path until = directory.resolve(app + server + ".until");
                            int port = server.equals("nginx") ? nginx.port() : hopyard.port();
                            try (RawClient client = new RawClient(port)) {
                                client.socket().setSoTimeout(AppRequests.TIMEOUT);
                                client.send("GET /" + app + "/slow/?do=stream&until=" + until + END);
                                client.readThrough("first\n");
                                Files.createFile(until);
                                assertTrue(client.readAll().contains("last\n"));
                            }
                        })));
    }

    @TestFactory
    Stream<DynamicTest> aWorkerThatDiesWithinItsResponseCutsItShort() {
        return APPS.stream()
                .map(app -> DynamicTest.dynamicTest(app, () -> {
                    String request = "GET /" + app + "/slow/?do=killlater" + END;
                    String theirs = AppRequests.ask(nginx.port(), request);
                    assertTrue(theirs.endsWith("some"), theirs);
                    assertEquals(theirs, AppRequests.ask(hopyard.port(), request));
                }));
    }

    /** A connection that is kept may be one that gunicorn has just closed: after 2 s, where it has threads. */
    @Test
    void aConnectionThatTheAppHasClosedIsNoConcernOfTheClients() throws Exception {
        for (int i = 0; i < 2; i++) {
            for (String app : APPS) {
                String request = "GET /" + app + "/kept/?a=1" + END;
                String ours = AppRequests.ask(hopyard.port(), request);
                assertEquals(AppRequests.ask(nginx.port(), request), ours);
                assertTrue(ours.startsWith("HTTP/1.1 200 "), ours);
            }
            long since = System.nanoTime();
            // nothing tells that gunicorn has closed it
            Wait.until("time to pass", () -> System.nanoTime() - since > 2_500_000_000L);
        }
    }

    /** gunicorn's master kills a worker that is at one request for longer than --timeout. */
    @Test
    void aWorkerThatIsKilledForBeingSlowIsABadGateway() throws Exception {
        Path own = Files.createDirectories(directory.resolve("impatient"));
        try (RealApp app = RealApp.gunicorn(own, "--workers", "1", "--timeout", "1")) {
            String conf = conf(List.of("impatient"), List.of(app));
            try (Nginx theirs = Nginx.withHttp(own.resolve("nginx"), conf);
                    ProxyUnderTest ours = ProxyUnderTest.withHttp(
                            Files.createDirectories(own.resolve("hopyard")), conf.replace("@PORT@", "0"), 1)) {
                String request = "GET /impatient/slow/?do=sleep&ms=30000" + END;
                String answer = AppRequests.ask(theirs.port(), request);
                assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
                assertEquals(answer, AppRequests.ask(ours.port(), request));
                String log = Files.readString(own.resolve("hopyard/error.log"), StandardCharsets.ISO_8859_1);
                assertTrue(log.contains("upstream prematurely closed connection"), log);
            }
        }
    }

    /** While all workers are busy and as many connections wait as may, nobody else gets in. */
    @TestFactory
    Stream<DynamicTest> whereTheBacklogIsFullTheClientGetsTheSameAsFromNginx() {
        return Stream.of("port", "socket")
                .map(kind -> DynamicTest.dynamicTest(kind, () -> {
                    Path own = Files.createDirectories(directory.resolve("busy" + kind));
                    String[] options = {"--workers", "1", "--backlog", "1", "--timeout", "0"};
                    try (RealApp app = kind.equals("port")
                            ? RealApp.gunicorn(own, options)
                            : RealApp.gunicornAtSocket(own, options)) {
                        fullBacklog(own, app, kind);
                    }
                }));
    }

    private static void fullBacklog(Path own, RealApp app, String kind) throws Exception {
        String conf = conf(List.of("busy"), List.of(app)).replace("server {", "proxy_connect_timeout 1s; server {");
        List<RawClient> busy = new ArrayList<>();
        try (Nginx theirs = Nginx.withHttp(own.resolve("nginx"), conf);
                ProxyUnderTest ours = ProxyUnderTest.withHttp(
                        Files.createDirectories(own.resolve("hopyard")), conf.replace("@PORT@", "0"), 1)) {
            Path until = own.resolve("until");
            String wanted = kind.equals("port") ? "(110: Connection timed out)" : "(11: Resource temporarily";
            for (int i = 0; i < 6; i++) {
                RawClient client = new RawClient(theirs.port());
                busy.add(client.send("GET /busy/slow/?do=stream&until=" + until + END));
                if (i == 0) {
                    // the worker has it, so the others wait
                    client.readThrough("first\n");
                }
            }
            Wait.until("the backlog to be full", () -> theirs.errorLog().contains(wanted));
            String request = "GET /busy/" + END;
            String answer = AppRequests.ask(theirs.port(), request);
            assertTrue(answer.startsWith(kind.equals("port") ? "HTTP/1.1 504 " : "HTTP/1.1 502 "), answer);
            assertEquals(answer, AppRequests.ask(ours.port(), request));
            String log = Files.readString(own.resolve("hopyard/error.log"), StandardCharsets.ISO_8859_1);
            assertTrue(log.contains(wanted), log);
            Files.createFile(until);
        } finally {
            for (RawClient client : busy) {
                client.close();
            }
        }
    }
}
