package hopyard.proxy.console.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console's own client speaks TLS as a browser does, with servers whose certificates are made for it. */
class SendOverTlsTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;
    private int port;

    @BeforeEach
    void start() throws IOException {
        console = ConsoleUnderTest.start(directory);
        port = Ports.free();
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
    }

    private JsonNode made(Map<String, Object> wanted) throws IOException {
        ConsoleUnderTest.Answer answer = console.post("/_hops/certificates", wanted);
        assertEquals(201, answer.status(), answer.body());
        return answer.json();
    }

    private void serve(String servers) throws IOException {
        String text = console.json("/_hops/config").at("/files/0/text").asText();
        String first = "server { listen 127.0.0.1:0;";
        ConsoleUnderTest.Answer answer = console.post(
                "/_hops/config", Map.of("text", text.replace(first, servers + "\n" + first), "seconds", 60));
        assertEquals(200, answer.status(), answer.body());
    }

    private String server(JsonNode certificate, String more) {
        return "server { listen 127.0.0.1:" + port + " ssl; ssl_certificate "
                + certificate.get("certificate").asText() + "; ssl_certificate_key "
                + certificate.get("key").asText() + "; " + more + " }";
    }

    private JsonNode send(String name, Map<String, Object> tls, Map<String, Object> more) throws IOException {
        Map<String, Object> wanted = new HashMap<>(Map.of("path", "/x", "port", port, "name", name, "tls", tls));
        wanted.putAll(more);
        ConsoleUnderTest.Answer answer = console.post("/_hops/send", wanted);
        assertEquals(200, answer.status(), answer.body());
        return answer.json().at("/results/0");
    }

    private JsonNode send(String name, Map<String, Object> tls) throws IOException {
        return send(name, tls, Map.of());
    }

    private String refused(String path, Map<String, Object> wanted, int status) throws IOException {
        ConsoleUnderTest.Answer answer = console.post(path, wanted);
        assertEquals(status, answer.status(), answer.body());
        return answer.json().get("error").asText();
    }

    @Test
    void aCertificateThatIsRightIsTaken() throws IOException {
        JsonNode own = made(Map.of("names", List.of("shop.example")));
        serve(server(own, "return 200 \"$ssl_server_name\";"));
        JsonNode sent = send("shop.example", Map.of("trust", "experiments"));
        assertEquals(200, sent.get("status").asInt(), sent.toString());
        assertEquals("shop.example", sent.get("content").asText());
        assertTrue(sent.at("/tls/done").asBoolean());
        assertEquals("http/1.1", sent.at("/tls/alpn").asText());
        assertEquals("shop.example", sent.at("/tls/chain/0/names/0").asText());
        assertFalse(sent.at("/tls/resumed").asBoolean());
        assertTrue(sent.at("/tls/receivedBytes").asInt() > 300, sent.toString());
        assertTrue(
                sent.get("curl")
                        .asText()
                        .contains("--cacert " + own.get("authority").asText()),
                sent.toString());
        assertTrue(sent.get("curl").asText().contains("--connect-to '::127.0.0.1:" + port + "'"), sent.toString());
        assertTrue(console.json("/_hops/exchanges/" + sent.get("id").asLong())
                .at("/client/tls/protocol")
                .asText()
                .startsWith("TLSv1"));
    }

    @Test
    void oneOfAnotherNameOrOfYesterdayOrOfNobodyIsNot() throws IOException {
        JsonNode own = made(Map.of("names", List.of("shop.example")));
        serve(server(own, "return 200;"));
        assertEquals(
                "tls_name",
                send("www.shop.example", Map.of("trust", "experiments"))
                        .get("errorCode")
                        .asText());
        made(Map.of("names", List.of("x.example"), "by", "others"));
        assertEquals(
                "tls_authority",
                send("shop.example", Map.of("trust", "others")).get("errorCode").asText());
        assertEquals(200, send("www.shop.example", Map.of()).get("status").asInt());
        JsonNode old = made(Map.of("names", List.of("shop.example"), "expired", true));
        console.delete("/_hops/config");
        serve(server(old, "return 200;"));
        JsonNode sent = send("shop.example", Map.of("trust", "experiments"));
        assertEquals("tls_expired", sent.get("errorCode").asText(), sent.toString());
        assertFalse(sent.at("/tls/done").asBoolean());
        assertFalse(sent.has("id"), sent.toString());
    }

    @Test
    void theNameInTheHandshakeMayBeAnotherOrNone() throws IOException {
        serve(server(made(Map.of("names", List.of("a.example"))), "return 200 \"<$ssl_server_name>$http_host\";"));
        assertEquals(
                "<a.example>a.example:" + port,
                send("a.example", Map.of()).get("content").asText());
        assertEquals(
                "<b.example>a.example:" + port,
                send("a.example", Map.of("name", "b.example")).get("content").asText());
        assertEquals(
                "<>a.example:" + port,
                send("a.example", Map.of("name", "")).get("content").asText());
    }

    @Test
    void aClientShowsItsCertificate() throws IOException {
        JsonNode own = made(Map.of("names", List.of("a.example")));
        JsonNode ada = made(Map.of("client", "Ada", "by", "members"));
        JsonNode eve = made(Map.of("client", "Eve", "by", "strangers"));
        serve(server(
                own,
                "ssl_client_certificate " + ada.get("authority").asText()
                        + "; ssl_verify_client optional; return 200 \"$ssl_client_verify $ssl_client_s_dn\";"));
        assertEquals(
                "SUCCESS CN=Ada,O=Hopyard playground",
                send("a.example", Map.of("certificate", ada.get("id").asText()))
                        .get("content")
                        .asText());
        assertEquals("NONE ", send("a.example", Map.of()).get("content").asText());
        assertEquals(
                400,
                send("a.example", Map.of("certificate", eve.get("id").asText()))
                        .get("status")
                        .asInt());
    }

    @Test
    void aSessionIsTakenUpAgain() throws IOException {
        serve(server(made(Map.of("names", List.of("a.example"))), "return 200 \"$ssl_session_reused\";"));
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            Map<String, Object> tls = Map.of("session", "mine-" + protocol, "protocol", protocol);
            JsonNode first = send("a.example", tls);
            JsonNode second = send("a.example", tls);
            assertEquals(protocol, second.at("/tls/protocol").asText());
            assertFalse(first.at("/tls/resumed").asBoolean());
            assertTrue(second.at("/tls/resumed").asBoolean(), protocol + ": " + second);
            assertEquals("r", second.get("content").asText());
            assertTrue(second.at("/tls/receivedBytes").asInt()
                    < first.at("/tls/receivedBytes").asInt() - 200);
        }
    }

    @Test
    void plainHttpMayGoToAPortWithTls() throws IOException {
        serve(server(made(Map.of("names", List.of("a.example"))), "return 200;"));
        JsonNode sent = send("a.example", Map.of(), Map.of("scheme", "http"));
        assertEquals(400, sent.get("status").asInt());
        assertTrue(sent.get("content").asText().contains("The plain HTTP request was sent to HTTPS port"));
        assertTrue(sent.get("tls").isNull());
    }

    @Test
    void whatCannotBeIsRefusedWithTheReason() throws IOException {
        int unused = Ports.free();
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", unused), 422)
                .contains("does not listen at port " + unused));
        int own = console.proxy.port();
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", own, "tls", "x"), 400)
                .contains("tls must be an object"));
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", own, "tls", Map.of("trust", "nobody")), 422)
                .contains("no authority \"nobody\""));
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", own, "tls", Map.of("certificate", "c99")), 422)
                .contains("no certificate \"c99\""));
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", own, "tls", Map.of("protocol", "SSLv3")), 400)
                .contains("TLSv1.3"));
        assertTrue(refused("/_hops/send", Map.of("path", "/", "port", own, "name", "a b"), 400)
                .contains("name must be"));
        assertTrue(refused("/_hops/certificates", Map.of(), 400).contains("names"));
        assertTrue(refused("/_hops/certificates", Map.of("names", List.of("a b")), 400)
                .contains("names must be"));
        assertTrue(
                refused("/_hops/certificates", Map.of("client", "x,CN=y"), 400).contains("client"));
        assertTrue(refused("/_hops/passthrough", Map.of("to", own), 422).contains("no TLS at port " + own));
    }

    @Test
    void aCertificatesFilesAreReadableByNobodyElseAndGoWithIt() throws IOException {
        JsonNode own = made(Map.of("names", List.of("a.example")));
        Path key = Path.of(own.get("key").asText());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key.getParent())));
        assertEquals(
                200,
                console.delete("/_hops/certificates/" + own.get("id").asText()).status());
        assertFalse(Files.exists(key));
        assertEquals(
                404,
                console.delete("/_hops/certificates/" + own.get("id").asText()).status());
    }

    @Test
    void thereAreNotMoreCertificatesThanTheBound() throws IOException {
        for (int i = 0; i < 16; i++) {
            made(Map.of("names", List.of("a.example")));
        }
        assertTrue(refused("/_hops/certificates", Map.of("names", List.of("a.example")), 409)
                .contains("16"));
    }

    @Test
    void whoMayNotChangeTheConfigurationMakesNoCertificatesAndAsksNoOtherPort() throws IOException {
        Path other = Files.createDirectories(directory.resolve("other"));
        try (ConsoleUnderTest reading = ConsoleUnderTest.start(other, "", "hop_console;")) {
            assertEquals(
                    403,
                    reading.post("/_hops/certificates", Map.of("names", List.of("a.example")))
                            .status());
            assertEquals(
                    403, reading.post("/_hops/passthrough", Map.of("to", port)).status());
            int own = reading.proxy.port();
            assertEquals(
                    403,
                    reading.post("/_hops/send", Map.of("path", "/", "port", own))
                            .status());
        }
    }

    @Test
    void whoPassesTlsThroughReadsTheNameAndNothingOfTheRequest() throws IOException {
        serve(server(made(Map.of("names", List.of("shop.example"))), "return 200 \"hello to you\";"));
        ConsoleUnderTest.Answer opened = console.post("/_hops/passthrough", Map.of("to", port));
        assertEquals(201, opened.status(), opened.body());
        int between = opened.json().get("port").asInt();
        ConsoleUnderTest.Answer answer = console.post(
                "/_hops/send",
                Map.of(
                        "path",
                        "/secretly",
                        "port",
                        between,
                        "name",
                        "shop.example",
                        "tls",
                        Map.of("trust", "experiments")));
        JsonNode sent = answer.json().at("/results/0");
        assertEquals("hello to you", sent.get("content").asText(), answer.body());
        JsonNode passed = console.json("/_hops/passthrough/" + between + "?text=/secretly")
                .at("/connections/0");
        assertEquals("shop.example", passed.get("serverName").asText());
        assertFalse(passed.get("hasText").asBoolean());
        assertEquals(sent.get("from").asText(), passed.get("from").asText());
        assertEquals("handshake", passed.at("/up/records/0/type").asText());
        assertEquals("handshake", passed.at("/down/records/0/type").asText());
        assertTrue(passed.at("/down/bytes").asInt() > 500, passed.toString());
        // what it would have read of plain bytes it would have said
        assertTrue(console.json("/_hops/passthrough/" + between + "?text=shop.example")
                .at("/connections/0/hasText")
                .asBoolean());
        assertEquals(200, console.delete("/_hops/passthrough/" + between).status());
        assertEquals(404, console.get("/_hops/passthrough/" + between).status());
    }
}
