package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
                        || line.contains("hopyard.proxy.modules.otel."))
                .toList();
    }

    private Program start(int port, Path log, String http) throws Exception {
        Path conf = Files.writeString(
                directory.resolve("nginx.conf"),
                "pid " + directory.resolve("pid") + "; error_log " + directory.resolve("error.log")
                        + "; events {} http { access_log off; " + http + " server { listen 127.0.0.1:" + port
                        + "; location / { return 200 ok; } } }");
        Program proxy = Program.proxy(
                Map.of("HOPYARD_JAVA_OPTS", "-Xlog:class+load:file=" + log),
                "-c",
                conf.toString(),
                "-g",
                "daemon off;");
        proxy.awaitPort(port);
        return proxy;
    }

    private static void ask(int port) throws Exception {
        HttpURLConnection request = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection();
        assertEquals(200, request.getResponseCode());
        request.disconnect();
    }

    @Test
    void withoutAnExporterNoClassOfItIsLoaded() throws Exception {
        int port = Program.freePort();
        Path log = directory.resolve("classes");
        try (Program proxy = start(port, log, "")) {
            ask(port);
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
        try (Program proxy =
                start(port, log, "otel_exporter { endpoint " + endpoint + "; interval 10ms; } otel_trace on;")) {
            ask(port);
            Program.until("a span", () -> !got.isEmpty());
        } finally {
            receiver.stop(0);
        }
        // protobuf has its texts as they are
        assertTrue(
                got.get(0).contains("http.response.status_code") && got.get(0).contains("unknown_service:nginx"));
        assertFalse(loaded(log).isEmpty());
    }
}
