package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that cannot go on does not stay and listen: it ends, and another one answers. */
class OutOfMemoryIT {

    @TempDir
    private Path directory;

    private final int port = Program.freePort();

    private boolean answers() {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + port + "/healthz").toURL().openConnection();
            connection.setConnectTimeout(500);
            connection.setReadTimeout(500);
            return connection.getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** Brings trouble, and counts the requests that are answered again. */
    private void bring(String trouble, Program program, String jar) throws IOException {
        long before = program.child(jar);
        Files.createFile(directory.resolve(trouble));
        Program.until(
                "another process after " + trouble + "; there is: " + program.output(), 20, () -> !isAlive(before));
        long since = System.nanoTime();
        Program.until("an answer after " + trouble + "; there is: " + program.output(), 20, this::answers);
        System.out.printf(
                "%s: %s: answered again after %d ms%n", jar, trouble, (System.nanoTime() - since) / 1_000_000);
        for (int i = 0; i < 50; i++) {
            assertTrue(answers(), trouble);
        }
        assertNotEquals(before, program.child(jar));
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private void endureStack(Program program, String jar) throws IOException {
        long before = program.child(jar);
        Files.createFile(directory.resolve("stack"));
        Program.until("the trouble to be taken up", () -> !Files.exists(directory.resolve("stack")));
        for (int i = 0; i < 50; i++) {
            assertTrue(answers(), "after a stack that was too deep");
        }
        assertEquals(before, program.child(jar));
    }

    @Test
    void theProxyAnswersAgainWhateverHasEndedIt() throws Exception {
        Files.writeString(directory.resolve("nginx.conf"), """
                error_log error.log notice;
                pid hopyard.pid;
                worker_processes 2;
                events {}
                http {
                    access_log off;
                    server { listen 127.0.0.1:%d; location / { return 200 ok; } }
                }
                """.formatted(port));
        Map<String, String> environment = Map.of("HOPYARD_JAVA_OPTS", Trouble.option(directory));
        try (Program proxy =
                Program.proxy(environment, "-p", directory.toString(), "-c", "nginx.conf", "-g", "daemon off;")) {
            proxy.awaitPort(port);
            endureStack(proxy, "hopyard-proxy.jar");
            bring("heap", proxy, "hopyard-proxy.jar");
            bring("direct", proxy, "hopyard-proxy.jar");
            bring("end", proxy, "hopyard-proxy.jar");
            String log = Files.readString(directory.resolve("error.log"));
            assertTrue(log.matches("(?s).* \\[alert] .*: worker process \\d+ exited with code 3\\n.*"), log);
            assertTrue(log.matches("(?s).* \\[alert] .*: worker process \\d+ exited with code 4\\n.*"), log);
            // the process id in the file is still the master's
            assertEquals(
                    Long.toString(proxy.pid()),
                    Files.readString(directory.resolve("hopyard.pid")).trim());
            proxy.signal("QUIT");
            assertEquals(0, proxy.await());
        }
    }

    @Test
    void theAppAnswersAgainWhateverHasEndedIt() throws Exception {
        Map<String, String> environment = Map.of("APP_JAVA_OPTS", Trouble.option(directory), "BIND", "127.0.0.1");
        try (Program app =
                Program.start(environment, "./playground", "--app-only", "--app-port", Integer.toString(port))) {
            app.awaitPort(port);
            endureStack(app, "hopyard-backend.jar");
            bring("heap", app, "hopyard-backend.jar");
            bring("direct", app, "hopyard-backend.jar");
            bring("end", app, "hopyard-backend.jar");
            // killed, it stays away
            Program.signal(app.child("hopyard-backend.jar"), "KILL");
            assertEquals(128 + 9, app.await());
        }
    }
}
