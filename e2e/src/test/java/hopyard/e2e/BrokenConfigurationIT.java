package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.e2e.BrokenConfiguration.Console;
import hopyard.e2e.BrokenConfiguration.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every {@link BrokenConfiguration}, by all the ways that a configuration comes in. */
class BrokenConfigurationIT {

    private static final int CLIENTS = 4;

    @TempDir
    private Path directory;

    private final int port = Program.freePort();

    /** Takes the files of the row before away, but what the running proxy has open, and writes those of this one. */
    private void write(BrokenConfiguration row, Frame frame) throws Exception {
        try (Stream<Path> files = Files.walk(frame.directory())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                boolean isKept = file.equals(frame.directory())
                        || List.of("error.log", "access.log", "hopyard.pid")
                                .contains(file.getFileName().toString());
                if (!isKept) {
                    Files.delete(file);
                }
            }
        }
        row.maker().write(frame);
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("error.log"), StandardCharsets.ISO_8859_1);
    }

    private List<String> mistakes() throws IOException {
        return log().lines().filter(line -> line.contains("[emerg]")).toList();
    }

    private String get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)));
    }

    private static String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    /** By SIGHUP under load, and as a text to the console's test. */
    @Test
    void aRunningProxyServesOnAndSaysWhatIsWrongOnce() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Frame frame = new Frame(directory, port, taken.getLocalPort(), false);
            frame.conf("", "", "location = /name { return 200 one; }");
            try (Program proxy = Program.proxy("-p", directory.toString(), "-c", "nginx.conf", "-g", "daemon off;")) {
                proxy.awaitPort(port);
                try (Load load = new Load(port, CLIENTS)) {
                    load.awaitAnswers(100);
                    for (BrokenConfiguration row : BrokenConfiguration.all()) {
                        write(row, frame);
                        int before = mistakes().size();
                        proxy.signal("HUP");
                        Program.until("a message for: " + row, () -> mistakes().size() > before);
                        String message = mistakes().get(before);
                        assertTrue(message.contains(row.message()), row + ": " + message);
                        assertFalse(message.contains("internal error"), row + ": " + message);
                        if (row.console() != Console.NO_TEXT) {
                            test(row);
                        }
                        assertEquals("200 one", get("/name"), row.name());
                        assertEquals(before + 1, mistakes().size(), row.name());
                        load.awaitAnswers(20);
                    }
                    assertEquals(List.of(), load.failures());
                    System.out.println("broken configurations: "
                            + BrokenConfiguration.all().size() + " refused by a running proxy that answered "
                            + load.answered() + " requests");
                }
                frame.conf("", "", "location = /name { return 200 two; }");
                proxy.signal("HUP");
                Program.until("the next good one", () -> get("/name").equals("200 two"));
            }
        }
    }

    private void test(BrokenConfiguration row) throws Exception {
        String text = Files.readString(directory.resolve("nginx.conf"), StandardCharsets.ISO_8859_1);
        StringBuilder json = new StringBuilder("{\"text\":\"");
        text.chars().forEach(c -> json.append(String.format("\\u%04x", c)));
        String answer = send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/_hops/config/test"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json + "\"}")));
        if (row.console() == Console.FINE) {
            assertTrue(answer.startsWith("200 "), row + ": " + answer);
            return;
        }
        assertTrue(answer.startsWith("422 "), row + ": " + answer);
        assertFalse(answer.contains("internal error"), row + ": " + answer);
        if (row.console() == Console.PLACE) {
            assertTrue(answer.contains("\"message\" :") && answer.contains("\"line\" :"), row + ": " + answer);
        }
    }

    /** What one command made of it. */
    private record Outcome(BrokenConfiguration row, int status, String output) {}

    @Test
    void aTestAndAStartExitWithOneMessage() throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        List<Future<Outcome>> outcomes = new ArrayList<>();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (BrokenConfiguration row : BrokenConfiguration.all()) {
                Path own = Files.createDirectory(directory.resolve("row-" + outcomes.size()));
                row.maker().write(new Frame(own, Program.freePort(), taken.getLocalPort(), false));
                outcomes.add(two.submit(() -> outcome(row, own, "-t")));
                outcomes.add(two.submit(() -> outcome(row, own, "-g", "daemon off;")));
            }
            List<String> wrong = new ArrayList<>();
            for (int i = 0; i < outcomes.size(); i++) {
                Outcome outcome = outcomes.get(i).get();
                if (!isRight(outcome, i % 2 == 0)) {
                    wrong.add(outcome.toString());
                }
            }
            assertEquals(List.of(), wrong);
        } finally {
            two.shutdownNow();
        }
    }

    private static boolean isRight(Outcome outcome, boolean isTest) {
        if (isTest && outcome.row.message().contains("98:")) {
            // nginx, too, leaves it to the start: whoever listens there may be the running server
            return outcome.status == 0;
        }
        return outcome.status == 1
                && outcome.output.startsWith("nginx: [emerg] ")
                && outcome.output.contains(outcome.row.message())
                && !outcome.output.contains("internal error")
                && outcome.output.lines().count() == (isTest ? 2 : 1);
    }

    private static Outcome outcome(BrokenConfiguration row, Path own, String... more) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-p", own.toString(), "-c", "nginx.conf"));
        arguments.addAll(List.of(more));
        // so many starts are quicker without the compiler that makes long runs quick
        Map<String, String> environment = Map.of("HOPYARD_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
        try (Program program = Program.proxy(environment, arguments.toArray(String[]::new))) {
            return new Outcome(row, program.await(), program.output());
        }
    }

    @Test
    void nginxRefusesTheSame() throws Exception {
        boolean present = Files.isExecutable(Path.of("/usr/sbin/nginx"));
        assertTrue(
                present || !"true".equals(System.getenv("CI")), "under CI nothing is skipped: apt-get install nginx");
        Assumptions.assumeTrue(present, "skipped: the real nginx is not installed (apt-get install nginx)");
        List<String> different = new ArrayList<>();
        for (BrokenConfiguration row : BrokenConfiguration.all()) {
            if (row.nginx() == BrokenConfiguration.Nginx.NOT_ASKED) {
                continue;
            }
            Path own = Files.createDirectory(
                    directory.resolve("nginx-" + BrokenConfiguration.all().indexOf(row)));
            row.maker().write(new Frame(own, port, port, true));
            Process nginx = new ProcessBuilder(
                            "/usr/sbin/nginx", "-t", "-p", own + "/", "-e", "stderr", "-c", own + "/nginx.conf")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(nginx.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            boolean refuses = nginx.waitFor() != 0;
            if (refuses != (row.nginx() == BrokenConfiguration.Nginx.REFUSES)) {
                different.add(row + ": " + output);
            }
        }
        assertEquals(List.of(), different);
    }
}
