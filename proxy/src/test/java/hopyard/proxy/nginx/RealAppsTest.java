package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.AppRequests;
import hopyard.proxy.support.AppServer;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RealApps;
import hopyard.proxy.support.Wait;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What app servers answer, behind the real nginx and behind Hopyard, with the same files. */
class RealAppsTest {

    private static final String END = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    private static RealApps apps;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        AppServer.require();
        // a connection that is kept has a worker of PHP-FPM to itself
        apps = new RealApps(directory, new AppServer.Limits(6, 100, 0), List.of(AppServer.values()));
    }

    @AfterAll
    static void stop() {
        if (apps != null) {
            apps.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> appsAreAskedAndAnswerAsBehindNginx() {
        return Stream.of(AppServer.values())
                .flatMap(server -> AppRequests.ALL.stream()
                        .map(request -> DynamicTest.dynamicTest(
                                server + " " + request.lines().findFirst().orElseThrow(),
                                () -> apps.ask(AppRequests.at("/" + server.path(), request)))));
    }

    @TestFactory
    Stream<DynamicTest> largeUploadsArriveWhole() {
        return Stream.of(AppServer.values())
                .map(server -> DynamicTest.dynamicTest(server.name(), () -> upload("/" + server.path())));
    }

    @TestFactory
    Stream<DynamicTest> largeUploadsArriveWholeThatArePassedOnAsTheyCome() {
        return Stream.of(AppServer.GUNICORN, AppServer.UWSGI, AppServer.PHP_FPM)
                .map(server -> DynamicTest.dynamicTest(server.name(), () -> upload("/" + server.path() + "/slow")));
    }

    private static void upload(String path) throws Exception {
        String ours = AppRequests.upload(apps.hopyard(), path);
        assertEquals(AppRequests.upload(apps.nginx(), path), ours);
        assertTrue(ours.contains(AppRequests.uploaded()), ours);
    }

    @TestFactory
    Stream<DynamicTest> contentComesWhileTheAppIsStillAtIt() {
        return Stream.of(AppServer.values())
                .flatMap(server -> apps.ports().stream()
                        .map(port ->
                                DynamicTest.dynamicTest(server + (port == apps.nginx() ? " nginx" : " hopyard"), () -> {
                                    Path until = directory.resolve(server + "-" + port + ".until");
                                    try (RawClient client = new RawClient(port)) {
                                        client.socket().setSoTimeout(AppRequests.TIMEOUT);
                                        client.send("GET /" + server.path() + "/slow/?do=stream&until=" + until + END);
                                        client.readThrough("first\n");
                                        Files.createFile(until);
                                        assertTrue(client.readAll().contains("last\n"));
                                    }
                                })));
    }

    /** gunicorn closes a connection that is kept after 2 s, where it has threads; PHP-FPM closes none. */
    @Test
    void aConnectionThatTheAppHasClosedIsNoConcernOfTheClients() throws Exception {
        for (int i = 0; i < 2; i++) {
            for (AppServer server : AppServer.values()) {
                if (server.keepsConnections()) {
                    String answer = apps.ask("GET /" + server.path() + "/kept/?a=1" + END);
                    assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
                }
            }
            long since = System.nanoTime();
            // nothing tells that gunicorn has closed it
            Wait.until("time to pass", () -> System.nanoTime() - since > 2_500_000_000L);
        }
    }
}
