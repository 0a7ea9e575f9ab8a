package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otlp.OtlpReceiver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program is built anew while it runs: {@code mvn package} writes over the jars that the JVM has open. */
class ReplacedJarIT {

    @TempDir
    private Path directory;

    private final int port = Program.freePort();

    private String get(String path) throws InterruptedException {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** As the build copies it: a home of its own, whose jars may be written over. */
    private Path copyOfTheProxy() throws IOException {
        copy("proxy", directory.resolve("home/lib"));
        copy("otlp", directory.resolve("home/lib/otlp"));
        return directory.resolve("home");
    }

    private static void copy(String module, Path to) throws IOException {
        Path target = Program.ROOT.resolve(module + "/target");
        Files.createDirectories(to.resolve("lib"));
        Files.copy(target.resolve("hopyard-" + module + ".jar"), to.resolve("hopyard-" + module + ".jar"));
        try (Stream<Path> jars = Files.list(target.resolve("lib"))) {
            for (Path each : jars.toList()) {
                Files.copy(each, to.resolve("lib").resolve(each.getFileName()));
            }
        }
    }

    /** Writes into the same file the same classes at other places. */
    private static void buildAnew(Path jar) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (InputStream old = new ByteArrayInputStream(Files.readAllBytes(jar));
                ZipInputStream in = new ZipInputStream(old);
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.putNextEntry(new ZipEntry("built-anew.txt"));
            out.write("a line that was not there before".repeat(100).getBytes());
            for (ZipEntry each = in.getNextEntry(); each != null; each = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(each.getName()));
                in.transferTo(out);
            }
        }
        Files.write(jar, bytes.toByteArray());
    }

    private void write(String http) throws IOException {
        Files.writeString(directory.resolve("nginx.conf"), """
                error_log error.log notice;
                pid hopyard.pid;
                events {}
                http {
                    access_log off;
                    %s
                    server {
                        listen 127.0.0.1:%d;
                        location / { return 200 ok; }
                        location /_hops/ { hop_console; allow 127.0.0.1; }
                    }
                }
                """.formatted(http, port));
    }

    private Program start(Path home, String options) {
        Program proxy = Program.proxy(
                Map.of("HOPYARD_HOME", home.toString(), "HOPYARD_JAVA_OPTS", options),
                "-p",
                directory.toString(),
                "-c",
                "nginx.conf",
                "-g",
                "daemon off;");
        proxy.awaitPort(port);
        return proxy;
    }

    /** Waits until another process answers in the place of one. */
    private void awaitAnother(Program proxy, long before) {
        Program.until(
                "another process; there is: " + proxy.output(),
                20,
                () -> !ProcessHandle.of(before).map(ProcessHandle::isAlive).orElse(false));
        Program.until("an answer; there is: " + proxy.output(), 20, () -> get("/").equals("ok"));
        assertNotEquals(before, proxy.child("hopyard-proxy.jar"));
    }

    @Test
    void theProxyThatIsBuiltAnewWhileItRunsSaysSoAndIsTheNewOneThen() throws Exception {
        write("");
        Path home = copyOfTheProxy();
        try (Program proxy = start(home, "")) {
            assertEquals("ok", get("/"));
            long before = proxy.child("hopyard-proxy.jar");
            buildAnew(home.resolve("lib/hopyard-proxy.jar"));
            // classes that nobody has needed yet
            get("/_hops/exchanges");
            awaitAnother(proxy, before);
            assertTrue(
                    proxy.output().contains("hopyard-proxy.jar was replaced while this process ran"), proxy.output());
            assertTrue(get("/_hops/exchanges").startsWith("{"), proxy.output());
        }
    }

    @Test
    void soItDoesWhereWhatSpeaksOtlpIsBuiltAnewWhichIsOnNoClassPath() throws Exception {
        try (OtlpReceiver receiver = OtlpReceiver.http()) {
            write("otel_exporter { endpoint %s; interval 10ms; } otel_trace on;".formatted(receiver.endpoint()));
            Path home = copyOfTheProxy();
            Path loaded = directory.resolve("classes");
            try (Program proxy = start(home, "-Xlog:class+load:file=" + loaded)) {
                Program.until("what speaks OTLP", () -> Files.readString(loaded).contains("hopyard.otlp.OtlpSender "));
                long before = proxy.child("hopyard-proxy.jar");
                buildAnew(home.resolve("lib/otlp/hopyard-otlp.jar"));
                // the first span needs classes that nobody has needed yet
                get("/");
                awaitAnother(proxy, before);
                assertTrue(
                        proxy.output().contains("hopyard-otlp.jar was replaced while this process ran"),
                        proxy.output());
                receiver.await(1);
            }
        }
    }
}
