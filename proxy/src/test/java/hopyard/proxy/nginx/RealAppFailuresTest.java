package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.AppRequests;
import hopyard.proxy.support.AppServer;
import hopyard.proxy.support.AppServer.Limits;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RealApps;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * App servers that fail, behind the real nginx and behind Hopyard: what the client gets, and what the error log says of
 * it.
 */
class RealAppFailuresTest {

    private static final String END = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    private static final List<AppServer> BUSY_WITH_ONE =
            Stream.of(AppServer.values()).filter(AppServer::isBusyWithOne).toList();

    private static RealApps apps;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        AppServer.require();
        apps = new RealApps(directory.resolve("all"), new Limits(2, 100, 0), List.of(AppServer.values()));
    }

    @AfterAll
    static void stop() {
        if (apps != null) {
            apps.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> aWorkerThatDiesBeforeItAnswersIsABadGateway() {
        return failures("/?do=kill", "HTTP/1.1 502 ");
    }

    @TestFactory
    Stream<DynamicTest> anAppThatIsTooSlowIsAGatewayTimeout() {
        return failures("/?do=sleep&ms=2000", "HTTP/1.1 504 ");
    }

    @TestFactory
    Stream<DynamicTest> aWorkerThatDiesWithinItsResponseCutsItShort() {
        return failures("/slow/?do=killlater", "HTTP/1.1 200 ");
    }

    private static Stream<DynamicTest> failures(String target, String wanted) {
        return Stream.of(AppServer.values())
                .map(server ->
                        DynamicTest.dynamicTest(server.name(), () -> fail(apps, "/" + server.path() + target, wanted)));
    }

    /** What PHP says of its mistakes comes as FastCGI's standard error. */
    @TestFactory
    Stream<DynamicTest> whatAppsWriteToTheirStandardErrorIsLogged() {
        return Stream.of(AppServer.PHP_FPM, AppServer.PHP_FPM_AT_PORT)
                .flatMap(server -> Stream.of("/?do=fatal", "/?do=log")
                        .map(target -> DynamicTest.dynamicTest(
                                server + target, () -> fail(apps, "/" + server.path() + target, "HTTP/1.1 "))));
    }

    /** gunicorn has {@code --timeout} for that, uWSGI {@code --harakiri}, PHP-FPM {@code request_terminate_timeout}. */
    @TestFactory
    Stream<DynamicTest> aWorkerThatIsKilledForBeingSlowIsABadGateway() {
        return BUSY_WITH_ONE.stream()
                .map(server -> DynamicTest.dynamicTest(server.name(), () -> {
                    try (RealApps one = impatient(server, 2)) {
                        fail(one, "/" + server.path() + "/slow/?do=sleep&ms=30000", "HTTP/1.1 502 ");
                        String answer = one.ask("GET /" + server.path() + "/slow/?do=large" + END);
                        assertTrue(answer.startsWith("HTTP/1.1 200 "), "another worker takes its place: " + answer);
                    }
                }));
    }

    /**
     * A worker with threads says once a second that it lives, however long they take. So its timeout is well above a
     * second: with one of a second it would be killed for nothing now and then.
     */
    @TestFactory
    Stream<DynamicTest> aThreadThatIsSlowIsNotKilled() {
        AppServer server = AppServer.GUNICORN_WITH_THREADS;
        return Stream.of(DynamicTest.dynamicTest(server.name(), () -> {
            try (RealApps one = impatient(server, 3)) {
                String answer = one.ask("GET /" + server.path() + "/slow/?do=sleep&ms=5000" + END);
                assertTrue(answer.contains("slept\n"), answer);
            }
        }));
    }

    private static RealApps impatient(AppServer server, int seconds) throws IOException {
        return new RealApps(directory.resolve("impatient-" + server), new Limits(1, 100, seconds), List.of(server));
    }

    /** While all workers are busy and as many connections wait as may, nobody else gets in. */
    @TestFactory
    Stream<DynamicTest> whereTheBacklogIsFullTheClientGetsTheSameAsFromNginx() {
        return BUSY_WITH_ONE.stream()
                .map(server -> DynamicTest.dynamicTest(server.name(), () -> {
                    Path own = directory.resolve("busy-" + server);
                    try (RealApps one = new RealApps(own, new Limits(1, 1, 0), List.of(server))) {
                        fullBacklog(one, server, own.resolve("until"));
                    }
                }));
    }

    private static void fullBacklog(RealApps one, AppServer server, Path until) throws Exception {
        List<RawClient> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                RawClient client = new RawClient(one.nginx());
                client.socket().setSoTimeout(AppRequests.TIMEOUT);
                busy.add(client.send("GET /" + server.path() + "/slow/?do=stream&until=" + until + END));
                if (i == 0) {
                    // the worker has it, so the others wait
                    client.readThrough("first\n");
                }
            }
            String full = server.isAtSocket() ? "(11: Resource temporarily" : "(110: Connection timed out)";
            Wait.until(
                    "the backlog to be full",
                    () -> ErrorLines.read(one.nginxLog(), 0).contains(full));
            fail(one, "/" + server.path() + "/?a=1", server.isAtSocket() ? "HTTP/1.1 502 " : "HTTP/1.1 504 ");
            Files.createFile(until);
            int served = 0;
            for (RawClient client : busy) {
                served += client.readAll().contains("last\n") ? 1 : 0;
            }
            assertTrue(served >= 2, "who has waited is served: " + served);
        } finally {
            for (RawClient client : busy) {
                client.close();
            }
        }
    }

    /** Asks for something that fails; the answers and what the error logs say of it must be the same. */
    private static void fail(RealApps of, String target, String wanted) throws IOException {
        String answer = of.ask("GET " + target + END);
        assertTrue(answer.startsWith(wanted), answer);
        List<String> theirs = about(of.nginxLog(), target);
        assertTrue(!theirs.isEmpty(), "nginx has logged nothing");
        Wait.until("Hopyard's lines", () -> about(of.hopyardLog(), target).size() >= theirs.size());
        assertEquals(String.join("\n", theirs), String.join("\n", about(of.hopyardLog(), target)));
    }

    private static List<String> about(Path log, String target) throws IOException {
        return ErrorLines.read(log, 0)
                .lines()
                .filter(line -> line.contains("request: \"GET " + target + " "))
                .toList();
    }
}
