package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts on a system that is like macOS: nothing is in PATH but the tools that both have, and these take BSD's
 * options only. The environment variable OLD_BASH names a bash 3.2 to run them with; without it the machine's own does,
 * and {@link ScriptsTest} reads them for what that one must not know.
 */
class OtherSystemsIT {

    /** What the scripts may call, and which of its options are GNU's alone, as a pattern of case. */
    private static final Map<String, String> TOOLS = Map.ofEntries(
            Map.entry("basename", "-*"),
            Map.entry("cat", "--*"),
            Map.entry("dirname", "-*"),
            Map.entry("find", "--* | -quit | -printf | -regextype"),
            Map.entry("id", "--*"),
            Map.entry("kill", "--*"),
            Map.entry("mkdir", "--*"),
            Map.entry("mkfifo", "--*"),
            Map.entry("readlink", "-*"),
            Map.entry("rm", "--*"),
            Map.entry("sed", "--* | -u | -z | -r | *Q"),
            Map.entry("sleep", "*[smhd]"),
            Map.entry("tee", "--*"),
            Map.entry("touch", "--* | -d"),
            Map.entry("uname", "--*"));

    @TempDir
    private Path directory;

    private final int port = Program.freePort();
    private final int appPort = Program.freePort();
    private final HttpClient client = HttpClient.newHttpClient();
    private Map<String, String> environment;

    @BeforeEach
    void makeTools() throws IOException {
        Path tools = Files.createDirectory(directory.resolve("bin"));
        for (Map.Entry<String, String> tool : TOOLS.entrySet()) {
            Path real = find(tool.getKey());
            tool(tools.resolve(tool.getKey()), """
                    for argument; do
                        case $argument in %s) echo "%s: illegal option: $argument" >&2; exit 64 ;; esac
                    done
                    exec %s "$@"
                    """.formatted(tool.getValue(), tool.getKey(), real));
        }
        // what is behind the command that it starts is that command's own
        tool(tools.resolve("env"), """
                case ${1-} in --*) echo "env: illegal option: $1" >&2; exit 1 ;; esac
                exec %s "$@"
                """.formatted(find("env")));
        for (String same : List.of("java", "perl", "sh")) {
            tool(tools.resolve(same), "exec " + find(same) + " \"$@\"\n");
        }
        // Maven is not ours: it may have what it wants
        tool(tools.resolve("mvn"), "PATH='" + System.getenv("PATH") + "'\nexec " + find("mvn") + " \"$@\"\n");
        String bash = System.getenv().getOrDefault("OLD_BASH", find("bash").toString());
        tool(tools.resolve("bash"), "exec " + bash + " \"$@\"\n");
        environment = Map.of("PATH", tools.toString(), "LC_ALL", "C");
    }

    private static Path find(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .map(each -> Path.of(each, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + tool + " in PATH"));
    }

    private static void tool(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void configure(String more) throws IOException {
        Files.writeString(directory.resolve("nginx.conf"), more + """
                error_log error.log notice;
                pid hopyard.pid;
                events {}
                http {
                    access_log off;
                    server {
                        listen 127.0.0.1:%d;
                        location / { return 200 served; }
                        location /_hops/ { hop_console; }
                    }
                }
                """.formatted(port));
    }

    private Program hopyard(String... more) {
        String[] all = Stream.concat(Stream.of("-p", directory.toString(), "-c", "nginx.conf"), Stream.of(more))
                .toArray(String[]::new);
        return Program.proxy(environment, all);
    }

    private void command(String... more) throws InterruptedException {
        try (Program command = hopyard(more)) {
            assertEquals("0 ", command.await() + " " + command.output());
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("error.log"));
    }

    @Test
    void thePlaygroundStartsByALinkOutlivesItsAppAndEndsWhenItIsTold() throws Exception {
        Path link = Files.createSymbolicLink(
                Files.createDirectory(directory.resolve("links")).resolve("playground"),
                Program.ROOT.resolve("playground"));
        Path again = Files.createSymbolicLink(directory.resolve("again"), Path.of("links/playground"));
        Map<String, String> ports =
                new HashMap<>(Map.of("PROXY_PORT", Integer.toString(port), "APP_PORT", Integer.toString(appPort)));
        try (Program playground = start(ports, again)) {
            playground.awaitOutput("Ctrl-C stops both");
            assertEquals(200, get("/whoami").statusCode());
            Program.signal(playground.child("hopyard-backend.jar"), "KILL");
            playground.awaitOutput("the app has ended");
            assertEquals(502, get("/whoami").statusCode());
            // a shell that was started with SIGINT ignored, as in the background, never hears it
            playground.signal("TERM");
            assertEquals(0, playground.await());
            assertFalse(Program.answers(port));
            assertFalse(playground.output().contains("illegal option"), playground.output());
        } finally {
            Files.delete(again);
            Files.delete(link);
        }
    }

    private Program start(Map<String, String> more, Path script) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return Program.start(all, script.toString());
    }

    @Test
    void aDaemonIsStartedReloadedAndEnded() throws Exception {
        configure("");
        List<String> reads = List.of("sh", "-c", "x=$(proxy/bin/hopyard \"$@\" 2>&1); echo \"status $?: $x\"", "sh");
        List<String> arguments = List.of("-p", directory.toString(), "-c", "nginx.conf");
        String[] all = Stream.concat(reads.stream(), arguments.stream()).toArray(String[]::new);
        try (Program shell = Program.start(environment, all)) {
            assertEquals("0 status 0: \n", shell.await() + " " + shell.output());
        }
        assertEquals("served", get("/").body());
        command("-s", "reload");
        Program.until("the reload", () -> log().contains("reconfigured"));
        command("-s", "quit");
        Program.until("the end", () -> !Files.exists(directory.resolve("hopyard.pid")));
        assertTrue(log().contains("signal 3 (SIGQUIT) received, shutting down"), log());

        Files.writeString(directory.resolve("nginx.conf"), "nonsense;");
        try (Program shell = Program.start(environment, all)) {
            assertEquals(
                    "0 status 1: nginx: [emerg] unknown directive \"nonsense\" in " + directory + "/nginx.conf:1\n",
                    shell.await() + " " + shell.output());
        }
    }

    @Test
    void whatStaysInTheForegroundPassesSignalsOnAndStartsAgainWhatHasDied() throws Exception {
        configure("daemon off; ");
        try (Program proxy = hopyard()) {
            proxy.awaitPort(port);
            Program.until("the pid file", () -> Files.exists(directory.resolve("hopyard.pid")));
            long first = proxy.child("hopyard-proxy.jar");
            Program.signal(first, "KILL");
            Program.until("another process", () -> log().contains("worker process " + first + " exited on signal 9"));
            proxy.awaitPort(port);
            for (int i = 1; i <= 10; i++) {
                int times = i;
                assertEquals(
                        0,
                        new ProcessBuilder("sh", "-c", "kill -USR1 $0; kill -HUP $0", Long.toString(proxy.pid()))
                                .start()
                                .waitFor());
                Program.until("both signals to be obeyed, time " + i, () -> {
                    String log = log();
                    return count(log, "reopening logs") == times && count(log, "reconfigured") == times;
                });
            }
            proxy.signal("INT");
            assertEquals("0 ", proxy.await() + " " + proxy.output());
            assertFalse(Files.exists(directory.resolve("hopyard.pid")));
        }
    }

    private static long count(String log, String words) {
        return log.lines().filter(line -> line.contains(words)).count();
    }

    @Test
    void whereTheKernelShowsNoSocketsTheConsoleAndItsPageSaySo() throws Exception {
        configure("");
        environment = new HashMap<>(environment);
        environment.put("HOPYARD_JAVA_OPTS", "-Dhopyard.proc=/nowhere");
        try (Program proxy = hopyard("-g", "daemon off;")) {
            proxy.awaitPort(port);
            HttpResponse<String> sockets = get("/_hops/sockets");
            assertEquals(501, sockets.statusCode());
            assertTrue(sockets.body().contains("/proc/net/tcp is Linux's"), sockets.body());
            Browser.require();
            try (Browser browser = new Browser()) {
                browser.open("http://127.0.0.1:" + port + "/_hops/#ports");
                browser.awaitText("#panel-ports", "this system does not show its table of sockets");
            }
        }
    }
}
