package hopyard.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.django.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** How connections are treated: by runserver and gunicorn, and by the app as either. */
class ServersTest {

    private static final int TIMEOUT = 20_000;

    /** Longer than gunicorn keeps a connection, which is 2 to 3 s: it looks once a second. */
    private static final int IDLE = 6_000;

    /** Long enough for an answer that takes no time, in ms, and shorter than what is waited for. */
    private static final int SOON = 1_500;

    private static final List<RealDjango> ORACLES = new ArrayList<>();

    @TempDir
    private static Path directory;

    private int number;

    /** What is seen of a server from outside. */
    private interface Scenario {
        String seen(int port) throws Exception;
    }

    @BeforeAll
    static void start() throws IOException {
        ORACLES.addAll(DjangoDifferentialTest.oracles());
    }

    @AfterAll
    static void stop() throws IOException {
        for (RealDjango each : ORACLES) {
            each.close();
        }
        ORACLES.clear();
    }

    @TestFactory
    Stream<DynamicTest> aConnectionHasAsManyRequestsAsTheServerTakes() {
        Scenario scenario = port -> {
            try (Connection connection = new Connection(port)) {
                return connection.ask("/secure") + ", then " + connection.ask("/secure");
            }
        };
        return Stream.of(
                compare("runserver", scenario, "200, then 200"),
                compare("gunicorn --workers 2", scenario, "200 close, then ended"),
                compare("gunicorn --threads 2", scenario, "200, then 200"),
                compare("gunicorn --threads 2 --keep-alive 0", scenario, "200 close, then ended"));
    }

    @TestFactory
    Stream<DynamicTest> anIdleConnectionEndsWhenTheServerEndsIt() {
        Scenario scenario = port -> {
            try (Connection connection = new Connection(port)) {
                connection.ask("/secure");
                return connection.answer(IDLE);
            }
        };
        return Stream.of(
                compare("runserver", scenario, "nothing"),
                compare("gunicorn --threads 2", scenario, "ended"),
                compare("gunicorn --threads 2 --keep-alive 30", scenario, "nothing"));
    }

    /** A client that only connects has a worker to itself: one reason why gunicorn wants nginx in front of it. */
    @TestFactory
    Stream<DynamicTest> aClientThatSaysNothingHoldsAWorkerThatDoesNothingElse() {
        Scenario scenario = port -> {
            try (Connection silent = new Connection(port);
                    Connection other = new Connection(port)) {
                // whoever has connected first is taken first
                other.send("/secure");
                String first = other.answer(SOON);
                silent.close();
                return first.equals("nothing") ? "waits, then " + other.answer(TIMEOUT) : first;
            }
        };
        return Stream.of(
                compare("runserver", scenario, "200"),
                compare("gunicorn --workers 1", scenario, "waits, then 200 close"),
                compare("gunicorn --workers 2", scenario, "200 close"),
                compare("gunicorn --threads 2", scenario, "200"));
    }

    @TestFactory
    Stream<DynamicTest> soManyRequestsAreServedAtATimeAndTheNextWaits() {
        return Stream.of(
                compare("runserver", port -> busy(port, 6), "served at once"),
                compare("gunicorn --workers 2", port -> busy(port, 1), "served at once"),
                compare("gunicorn --workers 2", port -> busy(port, 2), "waits"),
                compare("gunicorn --threads 3", port -> busy(port, 2), "served at once"),
                compare("gunicorn --threads 3", port -> busy(port, 3), "waits"));
    }

    private static String busy(int port, int requests) throws Exception {
        List<Connection> busy = new ArrayList<>();
        try {
            for (int i = 0; i < requests; i++) {
                Connection each = new Connection(port);
                busy.add(each);
                each.send("/delay/3");
            }
            // in the order in which they have connected
            try (Connection quick = new Connection(port)) {
                quick.send("/secure");
                String answer = quick.answer(TIMEOUT);
                assertTrue(answer.startsWith("200"), answer);
                boolean isFirst = busy.stream().noneMatch(Connection::hasAnswer);
                for (Connection each : busy) {
                    String late = each.answer(TIMEOUT);
                    assertTrue(late.startsWith("200"), late);
                }
                return isFirst ? "served at once" : "waits";
            }
        } finally {
            for (Connection each : busy) {
                each.close();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> aWorkerThatIsBusyForTooLongIsKilledAndAThreadIsNot() {
        return Stream.of(
                compare(
                        "gunicorn --workers 1 --timeout 3",
                        port -> slow(port, "/delay/25"),
                        "500 close, then 200 close"),
                compare("gunicorn --threads 2 --timeout 3", port -> slow(port, "/delay/5"), "200, then 200"),
                compare(
                        "gunicorn --workers 1 --timeout 0",
                        port -> slow(port, "/delay/3"),
                        "200 close, then 200 close"));
    }

    private static String slow(int port, String path) throws IOException {
        String first;
        try (Connection slow = new Connection(port)) {
            first = slow.ask(path);
        }
        try (Connection next = new Connection(port)) {
            return first + ", then " + next.ask("/secure");
        }
    }

    /** Who has waited and left does not hold up those behind. */
    @Test
    void aClientThatLeavesWhileItWaitsGivesItsTurnAway() throws Exception {
        List<String> log = new CopyOnWriteArrayList<>();
        try (App app = new App(DjangoDifferentialTest.settings(ours("gunicorn --threads 2")), log::add)) {
            int port = app.start();
            try (Connection one = new Connection(port);
                    Connection two = new Connection(port);
                    Connection last = new Connection(port)) {
                one.send("/delay/2");
                two.send("/delay/2");
                for (int i = 0; i < 20; i++) {
                    try (Connection leaves = new Connection(port)) {
                        leaves.send("/secure");
                    }
                }
                last.send("/secure");
                assertEquals("200", last.answer(TIMEOUT));
                assertEquals("200", last.ask("/secure"));
            }
        }
    }

    @Test
    void whatMakesNoSenseIsSaid() {
        for (Map.Entry<String, String> each : Map.of(
                        "APP_SERVER", "apache",
                        "GUNICORN_WORKERS", "0",
                        "GUNICORN_THREADS", "many",
                        "GUNICORN_KEEP_ALIVE", "-1",
                        "GUNICORN_TIMEOUT", "1.5",
                        "GUNICORN_BACKLOG", "0")
                .entrySet()) {
            Setting.Invalid refused = assertThrows(
                    Setting.Invalid.class,
                    () -> DjangoDifferentialTest.settings(Map.of(each.getKey(), each.getValue())));
            assertTrue(
                    refused.getMessage().startsWith(each.getKey() + " is \"" + each.getValue() + "\", but must be "),
                    refused.getMessage());
        }
    }

    /** The newest Django's server, and the app as that. */
    private DynamicTest compare(String server, Scenario scenario, String wanted) {
        return DynamicTest.dynamicTest(server + ": " + wanted, () -> {
            RealDjango django = ORACLES.get(ORACLES.size() - 1);
            ExecutorService both = Executors.newFixedThreadPool(2);
            try {
                Future<String> theirs = both.submit(() -> inDjango(django, server, scenario));
                Future<String> ours = both.submit(() -> inHopyard(server, scenario));
                // where the request would get this 500, 20.1 ends the connection without an answer
                String known = theirs.get().replaceFirst("^ended, then 200 close$", "500 close, then 200 close");
                assertEquals(wanted, known, server);
                assertEquals(wanted, ours.get(), "the app as " + server);
            } finally {
                both.shutdownNow();
            }
        });
    }

    private String inDjango(RealDjango django, String server, Scenario scenario) throws Exception {
        Path output;
        synchronized (this) {
            output = directory.resolve("server" + number++);
        }
        String[] words = server.split(" ");
        if (words[0].equals("runserver")) {
            try (RealDjango.Server real = django.runserver(Map.of(), output)) {
                return warm(scenario).seen(real.port());
            }
        }
        int port = RealDjango.freePort();
        String[] options = List.of(words).subList(1, words.length).toArray(String[]::new);
        Process gunicorn = django.gunicorn(Map.of(), output, port, options);
        try {
            return warm(scenario).seen(port);
        } finally {
            gunicorn.destroy();
            if (!gunicorn.waitFor(10, TimeUnit.SECONDS)) {
                gunicorn.descendants().forEach(ProcessHandle::destroyForcibly);
                gunicorn.destroyForcibly();
            }
        }
    }

    private static String inHopyard(String server, Scenario scenario) throws Exception {
        List<String> log = new CopyOnWriteArrayList<>();
        try (App app = new App(DjangoDifferentialTest.settings(ours(server)), log::add)) {
            return warm(scenario).seen(app.start());
        }
    }

    /** The first request of a process takes longer than others. */
    private static Scenario warm(Scenario scenario) {
        return port -> {
            for (int i = 0; i < 6; i++) {
                try (Connection first = new Connection(port)) {
                    first.ask("/secure");
                }
            }
            return scenario.seen(port);
        };
    }

    /** Returns the app's settings for a server with its options: {@code --keep-alive} is GUNICORN_KEEP_ALIVE. */
    private static Map<String, String> ours(String server) {
        String[] words = server.split(" ");
        Map<String, String> settings = new TreeMap<>(Map.of("APP_SERVER", words[0]));
        for (int i = 1; i < words.length; i += 2) {
            settings.put("GUNICORN" + words[i].substring(1).replace('-', '_').toUpperCase(), words[i + 1]);
        }
        return settings;
    }

    /** A client's connection. */
    private static final class Connection implements AutoCloseable {

        private final Socket socket;
        private final int port;

        Connection(int port) throws IOException {
            this.port = port;
            socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
        }

        void send(String path) throws IOException {
            byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(request);
        }

        /** Returns the answer to a request; a connection that has ended takes none. */
        String ask(String path) throws IOException {
            try {
                send(path);
            } catch (IOException e) {
                return "ended";
            }
            return answer(TIMEOUT);
        }

        /** Returns the status and what is said of the connection; or "ended", or "nothing" after so many ms. */
        String answer(int millis) throws IOException {
            socket.setSoTimeout(millis);
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            try {
                while (head.indexOf("\r\n\r\n") < 0) {
                    int b = in.read();
                    if (b < 0) {
                        return "ended";
                    }
                    head.append((char) b);
                }
            } catch (SocketTimeoutException e) {
                return "nothing";
            } catch (IOException e) {
                return "ended";
            }
            in.readNBytes(Integer.parseInt(field(head, "Content-Length")));
            return head.substring(9, 12) + (field(head, "Connection").equals("close") ? " close" : "");
        }

        boolean hasAnswer() {
            try {
                return socket.getInputStream().available() > 0;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private static String field(StringBuilder head, String name) {
            return head.toString()
                    .lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst()
                    .orElse("");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
