package hopyard.proxy.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.proxy.lint.Proof.Field;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Sends a proof to a proxy that runs the configuration, and looks where it says. */
final class ProofRun {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A server of its own, for the console that tells what came of a request. */
    private static final String CONSOLE =
            "server { listen 127.0.0.2:0; location /_hops/ { hop_console; allow 127.0.0.0/8; deny all; } } ";

    private ProofRun() {}

    static void shows(boolean expected, Proof proof, Path home, String text) throws Exception {
        Path directory = Files.createTempDirectory(home, "run");
        int http = text.indexOf("http {") + 6;
        String block = CONSOLE + text.substring(http, text.lastIndexOf('}'));
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(directory, block.replace(home + "/error.log", "error.log"))) {
            int port = port(proxy, "127.0.0.1");
            int console = port(proxy, "127.0.0.2");
            long before = newest(console).path("id").asLong();
            String response = response(port, proof);
            JsonNode[] exchange = new JsonNode[1];
            Wait.until("the exchange to be recorded", () -> {
                exchange[0] = newest(console);
                return exchange[0].path("id").asLong() != before;
            });
            JsonNode full =
                    ask(console, "/_hops/exchanges/" + exchange[0].get("id").asText());
            String seen = seen(proof, response, full, errors(proxy, port, directory));
            assertEquals(
                    expected,
                    Pattern.compile(proof.seen().matches()).matcher(seen).find(),
                    proof + (expected ? " does not show in: " : " still shows in: ") + seen + "\n" + response + "\n"
                            + text);
        }
    }

    /** What comes back; of a connection that may go on, the head. */
    private static String response(int port, Proof proof) throws IOException {
        if (!upgrades(proof)) {
            return RawClient.exchange(port, request(proof));
        }
        try (RawClient client = new RawClient(port)) {
            return client.send(request(proof)).readThrough("\r\n\r\n");
        }
    }

    private static boolean upgrades(Proof proof) {
        return proof.headers().stream().anyMatch(each -> each.name().equals("Connection"));
    }

    private static int port(ProxyUnderTest proxy, String address) {
        return proxy.server().boundAddresses().stream()
                .filter(each -> each.getAddress().getHostAddress().equals(address))
                .findFirst()
                .orElseThrow()
                .getPort();
    }

    private static String request(Proof proof) {
        StringBuilder out = new StringBuilder(proof.method() + " " + proof.target() + " HTTP/1.1\r\n");
        if (proof.headers().stream().noneMatch(each -> each.name().equals("Host"))) {
            out.append("Host: lint.test\r\n");
        }
        for (Field each : proof.headers()) {
            out.append(each.name()).append(": ").append(each.value()).append("\r\n");
        }
        return out.append(upgrades(proof) ? "\r\n" : "Connection: close\r\n\r\n")
                .toString();
    }

    private static JsonNode newest(int console) throws IOException {
        return ask(console, "/_hops/exchanges?limit=1").path("exchanges").path(0);
    }

    private static JsonNode ask(int console, String target) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.2", console));
            socket.getOutputStream()
                    .write(("GET " + target + " HTTP/1.0\r\nHost: 127.0.0.2\r\nAccept: application/json\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n")));
        }
    }

    /** The error log, once all that came before has been written. */
    private static String errors(ProxyUnderTest proxy, int port, Path directory) throws IOException {
        RawClient.get(port, "/the-proof-is-over");
        proxy.accessLine("/the-proof-is-over");
        return Files.readString(directory.resolve("error.log"), StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> !line.contains("the-proof-is-over"))
                .reduce("", (a, b) -> a + b + "\n");
    }

    private static String seen(Proof proof, String response, JsonNode exchange, String errors) {
        String head = response.substring(0, Math.max(0, response.indexOf("\r\n\r\n")));
        return switch (proof.seen().where()) {
            case STATUS -> head.isEmpty() ? "" : head.split(" ")[1];
            case HEADER ->
                head.lines()
                        .filter(line -> line.toLowerCase()
                                .startsWith(proof.seen().name().toLowerCase() + ":"))
                        .map(line -> line.substring(line.indexOf(':') + 1).trim())
                        .findFirst()
                        .orElse("");
            case BODY -> response.substring(response.indexOf("\r\n\r\n") + 4);
            case TO_UPSTREAM ->
                field(exchange.at("/headers/toUpstream"), proof.seen().name());
            case UPSTREAM_LINE -> exchange.at("/startLines/toUpstream").asText();
            case LOCATION -> exchange.at("/location/text").asText();
            case SERVER -> exchange.at("/server/name").asText();
            case ERROR_LOG -> errors;
        };
    }

    private static String field(JsonNode fields, String name) {
        for (JsonNode each : fields) {
            if (each.path(0).asText().equalsIgnoreCase(name)) {
                return each.path(1).asText();
            }
        }
        return "";
    }
}
