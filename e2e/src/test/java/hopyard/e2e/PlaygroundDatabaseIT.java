package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PostgreSQL that {@code ./playground} brings. */
class PlaygroundDatabaseIT {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private Path home;

    private final int port = Program.freePort();
    private final int databasePort = Program.freePort();

    /** PostgreSQL itself is unpacked once for all tests. */
    @BeforeEach
    void unpackedAlready() throws IOException {
        // the authority is in the same directory, and wants it to be closed to others
        var closed = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path all = Files.createDirectories(Program.STATE.resolve("hopyard/postgres"), closed);
        Path own = Files.createDirectories(home.resolve("hopyard/postgres"), closed);
        try (var unpacked = Files.newDirectoryStream(all, "postgresql-*")) {
            for (Path each : unpacked) {
                Files.createSymbolicLink(own.resolve(each.getFileName()), each);
            }
        }
    }

    private Program playground(String... more) {
        List<String> options = new ArrayList<>(List.of("--db-port", "" + databasePort));
        options.addAll(List.of(more));
        return Program.playground(
                Map.of("XDG_STATE_HOME", home.toString()), port, Program.freePort(), options.toArray(String[]::new));
    }

    private HttpResponse<String> send(String path, String form) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        if (form != null) {
            request.header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form));
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static String psql(int at, String sql) throws IOException, InterruptedException {
        Path psql = Path.of("/usr/bin/psql");
        if (!Files.isExecutable(psql)) {
            String missing = "psql is not installed (apt-get install postgresql-client)";
            assertFalse("true".equals(System.getenv("CI")), missing);
            Assumptions.abort("skipped: " + missing);
        }
        Process process = new ProcessBuilder(
                        psql.toString(), "-XAt", "postgres://hopyard:hopyard@localhost:" + at + "/hopyard", "-c", sql)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        return said.strip();
    }

    @Test
    void aRowThatIsMadeThroughTheProxyIsThereForPsqlAndTheKernelKnowsAllThreeConnections() throws Exception {
        try (Program playground = playground()) {
            assertTrue(playground.output().contains("PostgreSQL at 127.0.0.1:" + databasePort), playground.output());
            assertEquals(302, send("/notes", "author=Curl&text=from+outside").statusCode());
            assertEquals(
                    "Curl",
                    psql(
                            databasePort,
                            "SELECT name FROM hopyard_note note JOIN hopyard_author author ON author.id = author_id"
                                    + " WHERE text = 'from outside'"));
            HttpResponse<String> notes = send("/notes", null);
            assertTrue(notes.body().contains("from outside"), notes.body());
            List<Hop> hops = HopTrace.parse(
                            notes.headers().firstValue("Hop-Trace").orElseThrow())
                    .orElseThrow();
            assertEquals(
                    List.of("proxy", "app", "postgres"),
                    hops.stream().map(Hop::name).toList());
            assertEquals("127.0.0.1:" + databasePort, hops.get(2).at());
            String sockets = Files.readString(Path.of("/proc/net/tcp")) + Files.readString(Path.of("/proc/net/tcp6"));
            for (Hop hop : hops) {
                assertTrue(ends(hop.from(), hop.at()).matcher(sockets).find(), hop + " is not in " + sockets);
            }
            String timing = String.join(", ", notes.headers().allValues("Server-Timing"));
            assertTrue(timing.matches(".*db;dur=[0-9.]+;desc=\"1 query, [0-9]+ rows\".*"), timing);
            playground.signal("TERM");
            playground.await();
            Program.until("PostgreSQL to end", () -> !Program.answers(databasePort));
            assertEquals("", processesBelow(home));
        }
    }

    /** How the kernel's table has an established connection of the loopback, with addresses of IPv4 or of IPv6. */
    private static Pattern ends(String from, String at) {
        return Pattern.compile(port(from) + " [0-9A-F]+" + port(at) + " 01 ");
    }

    private static String port(String address) {
        return String.format(":%04X", Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    }

    private static String processesBelow(Path directory) {
        StringBuilder found = new StringBuilder();
        ProcessHandle.allProcesses()
                .filter(each -> each.info().commandLine().orElse("").contains(directory.toString()))
                .forEach(each ->
                        found.append(each.info().commandLine().orElse("")).append('\n'));
        return found.toString();
    }

    @Test
    void rowsOutliveThePlaygroundAlsoIfItWasKilled() throws Exception {
        try (Program first = playground()) {
            assertEquals(302, send("/notes", "author=Ann&text=kept").statusCode());
            // nothing of what it has started ends with it
            List<ProcessHandle> left =
                    ProcessHandle.of(first.pid()).orElseThrow().descendants().toList();
            Program.signal(first.pid(), "KILL");
            first.await();
            left.stream()
                    .filter(each -> each.info().commandLine().orElse("").contains("java"))
                    .forEach(ProcessHandle::destroyForcibly);
            left.stream()
                    .filter(each -> each.info().commandLine().orElse("").contains("bin/hopyard"))
                    .forEach(ProcessHandle::destroyForcibly);
            Program.until("the proxy to end", () -> !Program.answers(port));
            try (Program second = playground()) {
                assertTrue(send("/notes", null).body().contains("kept"), second.output());
                assertFalse(second.output().contains("in use"), second.output());
                assertEquals("1", psql(databasePort, "SELECT count(*) FROM hopyard_note WHERE text = 'kept'"));
                second.signal("TERM");
                second.await();
            }
        }
    }

    @Test
    void aDatabaseThatWasKilledIsMissedAndComesBackByOneCommand() throws Exception {
        try (Program playground = playground()) {
            assertEquals(200, send("/notes", null).statusCode());
            // PostgreSQL itself would go on, and nobody would end it
            Program.signal(playground.child("database/bin/postgres"), "KILL");
            playground.awaitOutput("PostgreSQL has ended");
            assertTrue(playground.output().contains("./playground --db-only --db-port " + databasePort));
            HttpResponse<String> missed = send("/notes", null);
            assertEquals(500, missed.statusCode(), playground.output());
            assertEquals(200, send("/whoami", null).statusCode());
            try (Program again = Program.start(
                    Map.of("XDG_STATE_HOME", home.toString()),
                    "./playground",
                    "--db-only",
                    "--db-port",
                    "" + databasePort)) {
                Program.until("the app to find it", () -> send("/notes", null).statusCode() == 200);
                again.signal("TERM");
                again.await();
            }
            playground.signal("TERM");
            playground.await();
        }
    }

    @Test
    void aSecondPlaygroundHasItsOwnPostgresAtTheNextPort() throws Exception {
        try (Program first = playground()) {
            int[] ports = {Program.freePort(), Program.freePort()};
            try (Program second = Program.playground(
                    Map.of("XDG_STATE_HOME", home.toString()), ports[0], ports[1], "--db-port", "" + databasePort)) {
                String said = second.output();
                assertTrue(said.contains("port " + databasePort + " is taken by another process"), said);
                assertTrue(said.contains("this one's data is temporary"), said);
                second.signal("TERM");
                second.await();
                assertTrue(Program.answers(databasePort), first.output());
            }
            first.signal("TERM");
            first.await();
        }
    }

    @Test
    void withoutADatabaseTheRestStarts() throws Exception {
        try (Program playground = playground("--no-db")) {
            assertEquals(503, send("/notes", null).statusCode());
            assertFalse(Program.answers(databasePort));
            assertFalse(playground.output().contains("PostgreSQL"), playground.output());
        }
        // PostgreSQL cannot have this for a directory
        Files.writeString(home.resolve("hopyard/postgres/data"), "a file");
        try (Program playground = playground()) {
            assertTrue(playground.output().contains("db      none: PostgreSQL does not start"), playground.output());
            assertEquals(500, send("/notes", null).statusCode());
            assertEquals(200, send("/whoami", null).statusCode());
        }
    }

    @Test
    void aDatabaseOfOnesOwnIsUsedInItsPlace() throws Exception {
        int own = Program.freePort();
        try (ServerSocket taken = new ServerSocket(own, 1, InetAddress.getLoopbackAddress());
                Program playground = Program.playground(
                        Map.of(
                                "XDG_STATE_HOME",
                                home.toString(),
                                "DATABASE_URL",
                                "postgres://ann:planted@nowhere.invalid/x"),
                        port,
                        Program.freePort(),
                        "--db-port",
                        "" + taken.getLocalPort())) {
            assertTrue(send("/notes", null).body().contains("nowhere.invalid:5432"));
            assertFalse(playground.output().contains("planted"), playground.output());
        }
    }

    @Test
    void runsAsAnOrdinaryUser() throws Exception {
        Assumptions.assumeTrue(uid().equals("0"), "skipped: only root can be another user");
        Path nobodys = Files.createDirectories(home.resolve("nobody"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        Assertions.assertEquals(
                0,
                new ProcessBuilder("chown", "nobody", nobodys.toString())
                        .start()
                        .waitFor());
        try (Program postgres = Program.start(
                Map.of(),
                "setpriv",
                "--reuid=nobody",
                "--clear-groups",
                "database/bin/postgres",
                "--home",
                nobodys.resolve("postgres").toString(),
                "--port",
                "" + databasePort)) {
            postgres.awaitPort(databasePort);
            Program.until("an answer", () -> psql(databasePort, "SELECT 1").equals("1"));
            postgres.signal("TERM");
            assertEquals(0, postgres.await(), postgres::output);
        }
    }

    /** PostgreSQL alone, by its script. */
    private Program postgres(int at, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "database/bin/postgres",
                "--home",
                home.resolve("hopyard/postgres").toString(),
                "--port",
                "" + at));
        command.addAll(List.of(more));
        return Program.start(Map.of("TMPDIR", home.toString()), command.toArray(String[]::new));
    }

    private List<String> temporary() throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("hopyard-postgres-"))
                    .toList();
        }
    }

    @Test
    void ofTwoStartsAtOnceOneHasTheDataAndBothLeaveNothing() throws Exception {
        int[] ports = {databasePort, Program.freePort()};
        try (Program one = postgres(ports[0]);
                Program other = postgres(ports[1])) {
            one.awaitPort(ports[0]);
            other.awaitPort(ports[1]);
            assertEquals(1, temporary().size(), () -> one.output() + other.output());
            for (Program each : List.of(one, other)) {
                each.signal("TERM");
                assertEquals(0, each.await(), each::output);
            }
        }
        assertEquals(List.of(), temporary());
        assertEquals("", processesBelow(home));
    }

    @Test
    void whatAKilledStartHasLeftIsEndedAndRemoved() throws Exception {
        try (Program killed = postgres(databasePort, "--temporary")) {
            killed.awaitPort(databasePort);
            Program.signal(killed.pid(), "KILL");
            killed.await();
            assertTrue(Program.answers(databasePort));
            try (Program tidy = postgres(databasePort, "--tidy")) {
                assertEquals(0, tidy.await(), tidy::output);
            }
            assertFalse(Program.answers(databasePort));
            assertEquals(List.of(), temporary());
        }
    }

    @Test
    void dataOfAnotherVersionIsNamedAndKept() throws Exception {
        Path data = Files.createDirectories(home.resolve("hopyard/postgres/data"));
        Files.writeString(data.resolve("PG_VERSION"), "12\n");
        try (Program refused = postgres(databasePort)) {
            assertEquals(1, refused.await());
            assertTrue(refused.output().contains("is of PostgreSQL 12"), refused::output);
        }
        assertEquals("12\n", Files.readString(data.resolve("PG_VERSION")));
    }

    private static String uid() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("id", "-u").start();
        return new String(process.getInputStream().readAllBytes()).strip();
    }
}
