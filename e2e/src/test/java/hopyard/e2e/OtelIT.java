package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The proxy as people start it: with an exporter it finds what speaks OTLP, without one it loads nothing of it. */
class OtelIT {

    @TempDir
    private Path directory;

    private List<String> loaded(Path log) throws Exception {
        return Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.contains("io.opentelemetry.")
                        || line.contains("hopyard.otel.")
                        || line.contains("hopyard.otlp.")
                        || line.contains("hopyard.proxy.modules.otel.")
                        || line.contains("hopyard.jars.LateJars"))
                .toList();
    }

    private Program start(int port, Path log, String http) throws Exception {
        Path conf = write(port, http);
        Program proxy = Program.proxy(
                Map.of("HOPYARD_JAVA_OPTS", "-Xlog:class+load:file=" + log),
                "-c",
                conf.toString(),
                "-g",
                "daemon off;");
        proxy.awaitPort(port);
        return proxy;
    }

    private Path write(int port, String http) throws Exception {
        return Files.writeString(
                directory.resolve("nginx.conf"),
                "pid " + directory.resolve("pid") + "; error_log " + directory.resolve("error.log")
                        + "; events {} http { access_log off; " + http + " server { listen 127.0.0.1:" + port
                        + "; location / { hop_trace on; return 200 ok; } location /_hops/ { hop_console; } } }");
    }

    private static void ask(int port, String path) throws Exception {
        HttpURLConnection request = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        assertEquals(200, request.getResponseCode());
        request.disconnect();
    }

    @Test
    void withoutAnExporterNoClassOfItIsLoaded() throws Exception {
        int port = Program.freePort();
        Path log = directory.resolve("classes");
        try (Program proxy = start(port, log, "")) {
            for (String path : List.of("/", "/_hops/stats", "/_hops/metrics", "/_hops/last")) {
                ask(port, path);
            }
        }
        assertTrue(Files.size(log) > 0);
        assertEquals(List.of(), loaded(log));
    }

    @Test
    void withAnExporterTheJarsBesideAreFoundAndSpansAreSent() throws Exception {
        List<String> got = new CopyOnWriteArrayList<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        receiver.createContext("/v1/traces", exchange -> {
            got.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.start();
        int port = Program.freePort();
        Path log = directory.resolve("classes");
        String endpoint = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/v1/traces";
        String exporter = "otel_exporter { endpoint " + endpoint + "; interval 10ms; } otel_trace on; ";
        try (Program proxy = start(port, log, exporter)) {
            ask(port, "/");
            Program.until("a span", () -> !got.isEmpty());
            write(port, exporter + "otel_service_name reloaded;");
            proxy.signal("HUP");
            Program.until("a span of the configuration that has been loaded again", () -> {
                ask(port, "/");
                return got.stream().anyMatch(each -> each.contains("reloaded"));
            });
        } finally {
            receiver.stop(0);
        }
        // protobuf has its texts as they are
        assertTrue(
                got.get(0).contains("http.response.status_code") && got.get(0).contains("unknown_service:nginx"));
        assertEquals(
                1,
                loaded(log).stream()
                        .filter(line -> line.contains("hopyard.otlp.OtlpProvider "))
                        .count(),
                "how often the library was loaded");
    }
}
