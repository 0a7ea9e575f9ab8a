package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The {@code hopyard} command and its signals, as processes. */
class LifeOfTheProxyIT {

    @TempDir
    private Path directory;

    private final int port = Program.freePort();
    private final int appPort = Program.freePort();
    private Program app;

    @BeforeEach
    void start() throws IOException {
        app = Program.app(appPort, Map.of());
        configure("one");
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private void configure(String name) throws IOException {
        Files.writeString(directory.resolve("nginx.conf"), """
                error_log error.log notice;
                pid hopyard.pid;
                events {}
                http {
                    access_log access.log;
                    upstream app { server 127.0.0.1:%d; keepalive 16; }
                    server {
                        listen 127.0.0.1:%d;
                        location = /name { return 200 %s; }
                        location / {
                            proxy_http_version 1.1;
                            proxy_set_header Host localhost;
                            proxy_set_header Connection "";
                            proxy_pass http://app;
                        }
                    }
                }
                """.formatted(appPort, port, name));
    }

    private String[] arguments(String... more) {
        List<String> all = new ArrayList<>(List.of("-p", directory.toString(), "-c", "nginx.conf"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private Program startProxy() {
        Program proxy = Program.proxy(arguments("-g", "daemon off;"));
        proxy.awaitPort(port);
        return proxy;
    }

    private int command(String... more) throws InterruptedException {
        try (Program command = Program.proxy(arguments(more))) {
            int status = command.await();
            if (status != 0) {
                throw new AssertionError(command.output());
            }
            return status;
        }
    }

    private String get(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        try (InputStream in =
                connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return connection.getResponseCode() + " " + new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }

    @Test
    void theAppMayGoAndComeBack() throws Exception {
        try (Program proxy = startProxy()) {
            assertEquals("200 ok\n", get("/healthz"));
            app.close();
            assertTrue(get("/healthz").startsWith("502 "));
            Program.until(
                    "nginx's line in the log",
                    () -> log("error.log")
                            .contains("connect() failed (111: Connection refused) while connecting to upstream"));
            app = Program.app(appPort, Map.of());
            assertEquals("200 ok\n", get("/healthz"));
        }
    }

    @Test
    void aConnectionThatIsKeptObeysAReloadOrEnds() throws Exception {
        Path file = directory.resolve("nginx.conf");
        String before = Files.readString(file);
        int other = Program.freePort();
        try (Program proxy = startProxy()) {
            try (Socket kept = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertTrue(askKept(kept).startsWith("HTTP/1.1 200 "));
                Files.writeString(file, before.replace("127.0.0.1:" + port, "127.0.0.1:" + other));
                command("-s", "reload");
                assertEquals(-1, kept.getInputStream().read(), "nobody listens there any more");
            }
            Files.writeString(file, before);
            command("-s", "reload");
            proxy.awaitPort(port);
            try (Socket kept = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertTrue(askKept(kept).startsWith("HTTP/1.1 200 "));
                Files.writeString(file, before.replace("return 200 one", "return 500"));
                command("-s", "reload");
                Program.until("the new configuration", () -> askKept(kept).startsWith("HTTP/1.1 500 "));
            }
        }
    }

    /** The head of the response to a request on a connection that stays open. */
    private static String askKept(Socket socket) throws IOException {
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write("GET /name HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                throw new IOException("ended after " + head);
            }
            head.append((char) b);
        }
        int length = Integer.parseInt(head.toString().replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
        socket.getInputStream().readNBytes(length);
        return head.toString();
    }

    @Test
    void reloadsUnderLoadWithoutAFailedRequestOrALostConnection() throws Exception {
        try (Program proxy = startProxy();
                Load load = new Load(port, 8)) {
            for (String name : List.of("two", "three", "four")) {
                load.awaitAnswers(200);
                configure(name);
                proxy.signal("HUP");
                Program.until("the new configuration", () -> get("/name").equals("200 " + name));
            }
            load.awaitAnswers(200);
            assertEquals(List.of(), load.failures());
        }
    }

    @Test
    void keepsServingWhenTheNewConfigurationIsBad() throws Exception {
        try (Program proxy = startProxy()) {
            Files.writeString(directory.resolve("nginx.conf"), "events {}\nhtttp {}\n");
            proxy.signal("HUP");
            Program.until(
                    "the reason in the log",
                    () -> log("error.log").contains("[emerg]")
                            && log("error.log").contains("unknown directive \"htttp\""));
            assertEquals("200 one", get("/name"));
        }
    }

    @Test
    void finishesRequestsUnderWayOnQuit() throws Exception {
        try (Program proxy = startProxy();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write("GET /delay/2 HTTP/1.1\r\nHost: t\r\n\r\n".getBytes());
            Program.until("the app to be asked", () -> !app.output().isEmpty());
            // the app logs at the end, so all that can be seen of the request before is its connection
            Program.until("an upstream connection", () -> get("/healthz").startsWith("200"));
            proxy.signal("QUIT");
            Program.until("the listener to close", () -> !Program.answers(port));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.endsWith("waited 2.0 s\n"), response);
            assertEquals(0, proxy.await());
            assertFalse(Files.exists(directory.resolve("hopyard.pid")));
        }
    }

    @Test
    void hearsSignalsThatComeTogether() throws Exception {
        try (Program proxy = startProxy()) {
            for (int i = 1; i <= 20; i++) {
                int times = i;
                assertEquals(
                        0,
                        new ProcessBuilder("sh", "-c", "kill -USR1 $0; kill -HUP $0", Long.toString(proxy.pid()))
                                .start()
                                .waitFor());
                Program.until("both signals to be obeyed, time " + i, () -> {
                    String log = log("error.log");
                    return count(log, "reopening logs") == times && count(log, "reconfigured") == times;
                });
            }
        }
    }

    private static long count(String log, String words) {
        return log.lines().filter(line -> line.contains(words)).count();
    }

    @Test
    void aRequestOfAnEarlierConfigurationIsLoggedToWhereTheLogIsNow() throws Exception {
        try (Program proxy = startProxy();
                Socket slow = new Socket(InetAddress.getLoopbackAddress(), port)) {
            slow.getOutputStream()
                    .write("GET /delay/3 HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            configure("two");
            Program.until("the reload", () -> {
                proxy.signal("HUP");
                return get("/name").equals("200 two");
            });
            Files.move(directory.resolve("access.log"), directory.resolve("access.log.1"));
            proxy.signal("USR1");
            Program.until("the new log", () -> Files.exists(directory.resolve("access.log")));
            Program.until(
                    "the line of the slow request", () -> log("access.log").contains("GET /delay/3"));
            assertFalse(log("access.log.1").contains("GET /delay/3"));
        }
    }

    @Test
    void goesOnWithWhatItHasWhenThereAreNoMoreFileDescriptors() throws Exception {
        try (Program proxy = startProxy();
                Socket old = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertEquals("200 one", get("/name"));
            askForName(old);
            long jvm = ProcessHandle.of(proxy.pid())
                    .orElseThrow()
                    .children()
                    .findFirst()
                    .orElseThrow()
                    .pid();
            int open = Path.of("/proc/" + jvm + "/fd").toFile().list().length;
            limitFiles(jvm, open + 10);
            List<Socket> more = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                more.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Program.until("the shortage", () -> log("error.log").contains("accept() failed (24: Too many open files)"));
            for (int i = 0; i < 20; i++) {
                askForName(old);
            }
            long started = System.nanoTime();
            long before = complaints();
            Program.until("it to try again", () -> complaints() >= before + 3);
            assertTrue(System.nanoTime() - started > 800_000_000L, "it rests for half a second in between");
            for (Socket socket : more) {
                socket.close();
            }
            Program.until("it to accept again", () -> get("/name").equals("200 one"));
        }
    }

    private long complaints() throws IOException {
        return count(log("error.log"), "accept() failed");
    }

    private static void limitFiles(long pid, int most) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("prlimit", "--pid", String.valueOf(pid), "--nofile=" + most + ":" + most)
                        .start()
                        .waitFor());
    }

    private static void askForName(Socket socket) throws IOException {
        socket.setSoTimeout(5000);
        socket.getOutputStream().write("GET /name HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder response = new StringBuilder();
        while (!response.toString().endsWith("\r\n\r\none")) {
            int b = socket.getInputStream().read();
            assertTrue(b >= 0, "the connection lives on: " + response);
            response.append((char) b);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void stopsAtOnce(String signal) throws Exception {
        try (Program proxy = startProxy()) {
            // a shell ignores SIGINT for what it starts in the background; this one was started by the test itself
            proxy.signal(signal);
            assertEquals(0, proxy.await());
            assertFalse(Program.answers(port));
        }
    }

    @Test
    void whatIsKilledIsStartedAgainAndHearsItsMaster() throws Exception {
        try (Program proxy = startProxy()) {
            Program.signal(proxy.child("hopyard-proxy.jar"), "KILL");
            proxy.signal("HUP");
            configure("two");
            Program.until("another process", () -> log("error.log").contains("exited on signal 9"));
            Program.until("an answer", () -> Program.answers(port));
            proxy.signal("HUP");
            Program.until("the new configuration", () -> get("/name").equals("200 two"));
            Program.signal(proxy.child("hopyard-proxy.jar"), "KILL");
            proxy.signal("QUIT");
            assertEquals(0, proxy.await());
            assertFalse(Program.answers(port));
        }
    }

    @Test
    void obeysItsOwnCommands() throws Exception {
        try (Program proxy = startProxy()) {
            configure("two");
            command("-s", "reload");
            Program.until("the new configuration", () -> get("/name").equals("200 two"));
            Files.move(directory.resolve("access.log"), directory.resolve("access.log.1"));
            command("-s", "reopen");
            Program.until("a new log", () -> Files.exists(directory.resolve("access.log")));
            get("/after-reopen");
            Program.until("a line in the new log", () -> log("access.log").contains("/after-reopen"));
            command("-s", "quit");
            assertEquals(0, proxy.await());
        }
    }

    @Test
    void goesToTheBackgroundUnlessToldNotTo() throws Exception {
        command();
        long pid = Long.parseLong(log("hopyard.pid").trim());
        try {
            assertEquals("200 one", get("/name"));
        } finally {
            command("-s", "stop");
            Program.until(
                    "the end",
                    () -> !Program.answers(port) && ProcessHandle.of(pid).isEmpty());
        }
    }

    @Test
    void aDaemonLetsGoOfThePipesThatItWasStartedWith() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "x=$(\"$@\" 2>&1); echo \"status $?: $x\"", "sh"));
        command.add("proxy/bin/hopyard");
        command.addAll(List.of(arguments()));
        try (Program shell = Program.start(Map.of(), command.toArray(String[]::new))) {
            assertEquals(0, shell.await());
            assertEquals("status 0: \n", shell.output());
            assertEquals("200 one", get("/name"));
            command("-s", "reload");
            Program.until("the reload", () -> log("error.log").contains("reconfigured"));
        } finally {
            command("-s", "stop");
            Program.until("the end", () -> !Program.answers(port));
        }
        Files.writeString(directory.resolve("nginx.conf"), "nonsense;");
        try (Program shell = Program.start(Map.of(), command.toArray(String[]::new))) {
            assertEquals(0, shell.await());
            assertEquals(
                    "status 1: nginx: [emerg] unknown directive \"nonsense\" in " + directory + "/nginx.conf:1\n",
                    shell.output());
        }
    }

    @Test
    void thePidFileOfWhatStaysInTheForegroundNamesWhatWasStarted() throws Exception {
        Path file = directory.resolve("nginx.conf");
        Files.writeString(file, "daemon off; " + Files.readString(file));
        try (Program proxy = Program.proxy(arguments())) {
            proxy.awaitPort(port);
            Program.until("the pid file", () -> Files.exists(directory.resolve("hopyard.pid")));
            Program.until("its content", () -> log("hopyard.pid").endsWith("\n"));
            assertEquals(proxy.pid(), Long.parseLong(log("hopyard.pid").trim()));
            proxy.signal("TERM");
            assertEquals(0, proxy.await());
        }
    }

    @Test
    void namesOfFilesAreUtf8InAnyLocale() throws Exception {
        Path file = directory.resolve("nginx.conf");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace(
                                "location = /name", "location /\u00e9/ { root " + directory + "; }\nlocation = /name"));
        Files.writeString(Files.createDirectory(directory.resolve("\u00e9")).resolve("\u4e2d"), "found");
        List<String> command = List.of(arguments("-g", "daemon off;"));
        try (Program proxy = Program.proxy(Map.of("LC_ALL", "C"), command.toArray(String[]::new))) {
            proxy.awaitPort(port);
            assertEquals("200 found", get("/%C3%A9/%E4%B8%AD"));
        }
    }

    @Test
    void testsAndDumpsAConfiguration() throws Exception {
        try (Program test = Program.proxy(arguments("-t"))) {
            assertEquals(0, test.await());
            assertTrue(test.output().endsWith("nginx.conf test is successful\n"), test.output());
        }
        try (Program dump = Program.proxy(arguments("-T"))) {
            assertEquals(0, dump.await());
            assertTrue(dump.output().contains("# configuration file " + directory + "/nginx.conf:\n"), dump.output());
        }
        try (Program quiet = Program.proxy(arguments("-t", "-q"))) {
            assertEquals(0, quiet.await());
            assertEquals("", quiet.output());
        }
    }

    @Test
    void saysWhatIsWrongAndStartsNothing() throws Exception {
        Files.writeString(directory.resolve("nginx.conf"), "events {}\nhttp {\n    foo bar;\n}\n");
        try (Program proxy = Program.proxy(arguments("-g", "daemon off;"))) {
            assertEquals(1, proxy.await());
            assertEquals(
                    "nginx: [emerg] unknown directive \"foo\" in " + directory + "/nginx.conf:3\n", proxy.output());
            assertFalse(Files.exists(directory.resolve("hopyard.pid")));
        }
    }

    @Test
    void saysThatAPortIsTaken() throws Exception {
        try (Program first = startProxy();
                Program second = Program.proxy(arguments("-g", "daemon off;"))) {
            assertEquals(1, second.await());
            assertEquals(
                    "nginx: [emerg] bind() to 127.0.0.1:" + port + " failed (98: Address already in use)\n",
                    second.output());
            assertEquals("200 one", get("/name"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-x", "-s now", "-c", "stray"})
    void refusesArgumentsThatNginxRefuses(String arguments) throws Exception {
        try (Program proxy = Program.proxy(arguments.split(" "))) {
            assertEquals(1, proxy.await());
            assertTrue(proxy.output().startsWith("nginx: "), proxy.output());
            assertEquals(1, proxy.output().lines().count());
        }
    }
}
