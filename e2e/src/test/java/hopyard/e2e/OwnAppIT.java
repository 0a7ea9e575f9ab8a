package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Django project of somebody's own behind the proxy, as {@code django-admin startproject} makes one. */
class OwnAppIT {

    private static final List<String> PROGRAMS =
            List.of("/usr/bin/django-admin", "/usr/bin/gunicorn", "/usr/bin/uwsgi");

    @TempDir
    private static Path directory;

    private static Path project;

    private final int port = Program.freePort();
    private final int appPort = Program.freePort();
    private final HttpClient client = HttpClient.newHttpClient();

    @BeforeAll
    static void makeProject() throws Exception {
        for (String program : PROGRAMS) {
            boolean present = Files.isExecutable(Path.of(program));
            String missing =
                    program + " is not installed (apt-get install python3-django gunicorn uwsgi-plugin-python3)";
            if (!present && "true".equals(System.getenv("CI"))) {
                Assertions.fail(missing);
            }
            Assumptions.assumeTrue(present, "skipped: " + missing);
        }
        Path projects = Files.createDirectories(directory.resolve("my projects"));
        project = projects.resolve("shop");
        Process made = new ProcessBuilder("/usr/bin/python3", "/usr/bin/django-admin", "startproject", "shop")
                .directory(projects.toFile())
                .inheritIO()
                .start();
        assertEquals(0, made.waitFor());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .header("Accept", "text/html")
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Debian's Python, whichever other one is first in PATH. */
    private static Map<String, String> environment() {
        return Map.of("PATH", "/usr/bin:/bin:" + System.getenv("PATH"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gunicorn", "uwsgi", "runserver"})
    void aProjectIsBehindTheProxyByOneCommand(String server) throws Exception {
        try (Program playground = Program.playground(environment(), port, appPort, "--app", server + ":" + project)) {
            HttpResponse<String> page = get("/");
            assertEquals(200, page.statusCode());
            assertTrue(page.body().contains("The install worked successfully!"), page.body());
            String trace = page.headers().firstValue("Hop-Trace").orElseThrow();
            assertTrue(trace.contains("to=\"127.0.0.1:" + appPort + "\""), trace);
            assertEquals("DENY", page.headers().firstValue("X-Frame-Options").orElseThrow());
            assertEquals(
                    "/admin/login/?next=/admin/",
                    get("/admin/").headers().firstValue("Location").orElseThrow());
            HttpResponse<String> last = get("/_hops/last");
            assertEquals(200, last.statusCode());
            assertTrue(last.body().contains("127.0.0.1:" + appPort), last.body());
            assertTrue(playground.output().contains("http://localhost:" + port + "/_hops/"), playground.output());
            // its output is shown, and it ends with the playground
            playground.awaitOutput("GET / HTTP/1.");
            playground.signal("TERM");
            playground.await();
            Program.until("the app to end", () -> !Program.answers(appPort));
        }
    }

    @Test
    void aHostThatTheProjectDoesNotAllowIsRefusedByItsOwnDjango() throws Exception {
        try (Program playground = Program.playground(environment(), port, appPort, "--app", "gunicorn:" + project)) {
            assertTrue(ask("127.0.0.1").startsWith("HTTP/1.1 200 "), playground.output());
            String refused = ask("shop.example");
            assertTrue(refused.startsWith("HTTP/1.1 400 "), refused);
            assertTrue(refused.contains("You may need to add &#x27;shop.example&#x27; to ALLOWED_HOSTS."), refused);
        }
    }

    private String ask(String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatRunsAlreadyIsBehindTheProxyToo() throws Exception {
        for (String address : List.of("127.0.0.1:" + appPort, "unix:" + directory.resolve("shop.sock"))) {
            try (Program app = Program.start(
                    environment(), "gunicorn", "--chdir", project.toString(), "--bind", address, "shop.wsgi")) {
                app.awaitOutput("Listening at");
                try (Program playground = Program.start(
                        environment(), "./playground", "--proxy-port", "" + port, "--upstream", address)) {
                    playground.awaitOutput("Ctrl-C stops the proxy");
                    assertTrue(get("/").body().contains("The install worked successfully!"));
                    playground.signal("TERM");
                    playground.await();
                }
                // it was there before, and stays
                assertTrue(ProcessHandle.of(app.pid()).orElseThrow().isAlive());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --app | shop | must be gunicorn:PROJECT, uwsgi:PROJECT or runserver:PROJECT
            --app | gunicorn:nowhere/at/all | there is no directory
            --app | gunicorn:@EMPTY@ | there is no manage.py in @EMPTY@
            --app | gunicorn:some.wsgi | there is neither a directory some.wsgi nor a module some.wsgi in
            --upstream | 127.0.0.1:@PORT@ | nothing listens at 127.0.0.1:@PORT@: start the app first
            --upstream | unix:@EMPTY@/app.sock | there is no socket @EMPTY@/app.sock: start the app first
            --upstream | 8000 | must be HOST:PORT or unix:PATH
            --upstream | https://127.0.0.1:@PORT@/ | must speak http: HOST:PORT or unix:PATH
            --upstream | http://127.0.0.1:@PORT@/ | nothing listens at 127.0.0.1:@PORT@: start the app first
            """)
    void whatCannotBeStartedIsSaidInOneLine(String option, String value, String message) throws Exception {
        Path empty = Files.createDirectories(directory.resolve("empty"));
        UnaryOperator<String> filledIn =
                text -> text.replace("@EMPTY@", empty.toString()).replace("@PORT@", "" + appPort);
        try (Program playground = start(environment(), option, filledIn.apply(value))) {
            assertEquals(1, playground.await());
            String output = playground.output();
            assertTrue(output.startsWith("playground: ") && output.contains(filledIn.apply(message)), output);
            assertEquals(1, output.lines().count(), output);
        }
    }

    private Program start(Map<String, String> environment, String option, String value) {
        return Program.start(
                environment, "./playground", "--proxy-port", "" + port, "--app-port", "" + appPort, option, value);
    }

    @Test
    void aServerThatIsNotInstalledIsNamedWithTheCommandThatInstallsIt() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        for (String tool : List.of("bash", "dirname", "basename", "readlink", "sed", "java", "cat", "id", "env")) {
            Path there = bin.resolve(tool);
            if (!Files.exists(there)) {
                Files.createSymbolicLink(there, find(tool));
            }
        }
        try (Program playground = start(Map.of("PATH", bin.toString()), "--app", "gunicorn:" + project)) {
            assertEquals(1, playground.await());
            assertTrue(
                    playground.output().contains("gunicorn is not installed: python3 -m pip install gunicorn"),
                    playground.output());
        }
    }

    @Test
    void anEnvironmentOfTheProjectWithoutTheServerIsNamedWithTheCommandThatInstallsItThere() throws Exception {
        Path own = Files.createDirectories(directory.resolve("with its own/.venv/bin"));
        Files.createSymbolicLink(own.resolve("python3"), Path.of("/usr/bin/python3"));
        Path with = own.getParent().getParent();
        Files.copy(project.resolve("manage.py"), with.resolve("manage.py"));
        Files.createDirectories(with.resolve("shop"));
        Files.copy(project.resolve("shop/wsgi.py"), with.resolve("shop/wsgi.py"));
        try (Program playground = start(environment(), "--app", "gunicorn:" + with)) {
            assertEquals(1, playground.await());
            String output = playground.output();
            assertTrue(output.contains("gunicorn is not installed in the project's environment: "), output);
            assertTrue(output.contains("/.venv/bin/python3 -m pip install gunicorn"), output);
        }
    }

    private static Path find(String program) {
        for (String each : System.getenv("PATH").split(":")) {
            Path file = Path.of(each, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        throw new AssertionError("no " + program);
    }
}
