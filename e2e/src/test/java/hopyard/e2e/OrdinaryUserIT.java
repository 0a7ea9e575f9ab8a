package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All of {@code ./playground}, by somebody who is not root: a clone of their own that is built, and an empty home. */
class OrdinaryUserIT {

    private static final String USER = "nobody";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** What a clone that is built has, and {@code ./playground} needs. */
    private static final PathMatcher NEEDED = FileSystems.getDefault()
            .getPathMatcher("glob:{playground,pom.xml,*/pom.xml,*/java.args,*/bin/**,*/conf/**,*/page/**,*/static/**,"
                    + "*/src/main/**,*/target/*.jar,*/target/*.jsa,*/target/lib/**,*/target/embedded/**,"
                    + "*/target/classes/**}");

    @TempDir
    private Path directory;

    private final int port = Program.freePort();

    @BeforeEach
    void onlyRootCanBeAnotherUser() throws Exception {
        Assumptions.assumeTrue(
                run("id", "-u").equals("0"),
                "skipped: these tests are run by an ordinary user, so all of them are this");
        boolean canBe = !run("sh", "-c", "command -v setpriv && id -u " + USER).isEmpty();
        if (!canBe && "true".equals(System.getenv("CI"))) {
            Assertions.fail("there is no setpriv, or no user " + USER);
        }
        Assumptions.assumeTrue(canBe, "skipped: there is no setpriv, or no user " + USER);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes()).strip();
        return process.waitFor() == 0 ? said : "";
    }

    /** Copies as cp -a does: the archive of classes is good for a jar of its date only. */
    private Path copy() throws Exception {
        Path clone = Files.createDirectories(directory.resolve("clone"));
        List<String> command = new ArrayList<>(List.of("cp", "-a", "--parents"));
        try (Stream<Path> all = Files.walk(Program.ROOT, 1)) {
            for (Path top : all.filter(each -> !each.equals(Program.ROOT)).toList()) {
                String name = top.getFileName().toString();
                if (Files.isRegularFile(top)
                        ? NEEDED.matches(top.getFileName())
                        : !name.matches("\\..*|target|e2e|bench")) {
                    add(command, top);
                }
            }
        }
        command.add(clone.toString());
        Process copying = new ProcessBuilder(command)
                .directory(Program.ROOT.toFile())
                .inheritIO()
                .start();
        assertEquals(0, copying.waitFor());
        // the same as in the clone that was built
        Files.createDirectories(clone.resolve("target"));
        Files.createFile(clone.resolve("target/built-by-playground"));
        return clone;
    }

    private static void add(List<String> command, Path top) throws IOException {
        try (Stream<Path> below = Files.walk(top)) {
            below.filter(Files::isRegularFile)
                    .map(Program.ROOT::relativize)
                    .filter(NEEDED::matches)
                    .forEach(each -> command.add(each.toString()));
        }
    }

    private HttpResponse<String> send(String path, String form) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        if (form != null) {
            request.header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form));
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void proxyAppAndDatabaseStartAndServeAndEnd() throws Exception {
        Path clone = copy();
        Path home = Files.createDirectories(directory.resolve("home"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        // the pid file of the shipped one is in /tmp, where another user may have it
        Path conf = clone.resolve("proxy/conf/nginx.conf");
        Files.writeString(
                conf,
                Files.readString(conf)
                        .replace("/tmp/hopyard.pid", home.resolve("hopyard.pid").toString()));
        run("chown", "-R", USER, directory.toString());
        int databasePort = Program.freePort();
        int tlsPort = Program.freePort();
        try (Program playground = Program.start(
                Map.of("HOME", home.toString(), "XDG_STATE_HOME", ""),
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + run("id", "-g", USER),
                "--clear-groups",
                clone.resolve("playground").toString(),
                "--proxy-port",
                "" + port,
                "--tls-port",
                "" + tlsPort,
                "--app-port",
                "" + Program.freePort(),
                "--db-port",
                "" + databasePort)) {
            playground.awaitOutput("Ctrl-C stops both, and PostgreSQL");
            assertTrue(playground.output().contains("https://localhost:" + tlsPort), playground.output());
            assertEquals(302, send("/notes", "author=Ann&text=by+nobody").statusCode(), playground.output());
            HttpResponse<String> notes = send("/notes", null);
            assertTrue(notes.body().contains("by nobody"), notes.body());
            assertEquals(
                    List.of("proxy", "app", "postgres"),
                    HopTrace.parse(notes.headers().firstValue("Hop-Trace").orElseThrow()).orElseThrow().stream()
                            .map(Hop::name)
                            .toList());
            ProcessHandle.of(playground.pid())
                    .orElseThrow()
                    .descendants()
                    .forEach(each -> assertEquals(USER, each.info().user().orElse(USER), each.info()::toString));
            Path state = home.resolve(".local/state/hopyard");
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
            playground.signal("TERM");
            playground.await();
            Program.until("all to end", () -> !Program.answers(port) && !Program.answers(databasePort));
        }
    }
}
