package hopyard.proxy.console.experiments;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One request by the console, or bytes that are none. */
class SendTest {

    @TempDir
    private Path directory;

    private JsonNode send(ConsoleUnderTest console, Map<String, Object> request) throws IOException {
        ConsoleUnderTest.Answer answer = console.post("/_hops/send", request);
        assertEquals(200, answer.status(), answer.body());
        return answer.json().get("results");
    }

    /** A console whose upstream does what it is told. */
    private ConsoleUnderTest console(RawUpstream upstream) {
        return ConsoleUnderTest.of(
                upstream,
                ProxyUnderTest.withServer(
                        directory,
                        "proxy_http_version 1.1; location / { proxy_pass http://" + upstream.address()
                                + "; } location /_hops/ { hop_console; }"));
    }

    @Test
    void aRequestGoesBothWaysWithTheHeadersThatWereGiven() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode results = send(
                    console,
                    Map.of(
                            "path",
                            "/x?y=1",
                            "method",
                            "POST",
                            "via",
                            "both",
                            "headers",
                            List.of(List.of("X-Forwarded-For", "6.6.6.6"), List.of("Host", "a.example")),
                            "body",
                            ""));
            assertEquals("direct", results.at("/0/way").asText());
            assertEquals(console.upstream.address(), results.at("/0/to").asText());
            assertEquals("hello", results.at("/0/content").asText());
            JsonNode proxied = results.get(1);
            assertEquals("127.0.0.1:" + console.proxy.port(), proxied.get("to").asText());
            JsonNode exchange =
                    console.json("/_hops/exchanges/" + proxied.get("id").asText());
            assertEquals(
                    proxied.get("from").asText(), exchange.at("/client/from").asText());
            assertTrue(console.upstream.heads().get(0).startsWith("POST /x?y=1 HTTP/1.1\r\n"));
            assertTrue(console.upstream.heads().stream().allMatch(head -> head.contains("Host: a.example\r\n")));
        }
    }

    @Test
    void aClientComesFromTheAddressOfTheLoopbackThatIsNamed() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode results = send(console, Map.of("path", "/x", "via", "both", "from", "127.0.0.2"));
            for (JsonNode result : results) {
                assertEquals(200, result.get("status").asInt());
                assertTrue(result.get("from").asText().startsWith("127.0.0.2:"), result.toString());
                assertTrue(result.get("curl").asText().contains(" --interface 127.0.0.2 "), result.toString());
            }
            JsonNode exchange =
                    console.json("/_hops/exchanges/" + results.at("/1/id").asText());
            assertEquals(results.at("/1/from"), exchange.at("/client/from"));
            assertEquals(
                    400,
                    console.post("/_hops/send", Map.of("from", "192.0.2.1")).status());
            assertEquals(
                    400,
                    console.post("/_hops/send", Map.of("from", "localhost")).status());
        }
    }

    @Test
    void eachWayHasTheHostThatItsAddressHas() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode results = send(console, Map.of("path", "/", "via", "both"));
            assertTrue(
                    console.upstream.heads().stream()
                            .anyMatch(head -> head.contains("Host: " + console.upstream.address() + "\r\n")),
                    console.upstream.heads().toString());
            assertEquals("Host", results.at("/1/sent/0/0").asText());
            assertEquals(
                    "127.0.0.1:" + console.proxy.port(),
                    results.at("/1/sent/0/1").asText());
        }
    }

    @Test
    void aRequestIsSentAsSlowlyAsIsWished() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (String way : List.of("direct", "proxied")) {
                JsonNode slow = send(
                                console,
                                Map.of(
                                        "path",
                                        "/",
                                        "method",
                                        "POST",
                                        "via",
                                        way,
                                        "body",
                                        "x".repeat(3000),
                                        "writeRate",
                                        10_000))
                        .get(0);
                assertEquals(200, slow.get("status").asInt(), slow.toString());
                assertTrue(slow.at("/phases/sendMs").asDouble() >= 300, slow.toString());
            }
            JsonNode endless = console.post(
                            "/_hops/send", Map.of("raw", "x".repeat(1000), "writeRate", 100, "waitMs", 300))
                    .json()
                    .at("/results/0");
            assertEquals("timeout", endless.get("errorCode").asText(), endless.toString());
            assertTrue(endless.get("sentBytes").asInt() < 1000, endless.toString());
        }
    }

    static Stream<Map<String, Object>> requests() {
        List<Map<String, Object>> requests = List.of(
                Map.of(),
                Map.of("headers", List.of(List.of("X-Empty", ""), List.of("X-Two", "1"), List.of("X-Two", "2"))),
                Map.of("headers", List.of(Arrays.asList("Accept", null), Arrays.asList("User-Agent", null))),
                Map.of("headers", List.of(List.of("Host", "evil.example"), List.of("User-Agent", "it's mine"))),
                Map.of("method", "PURGE", "path", "/a/../b//c/%2e%2e/%2Fd?q=[1-3]&r={x}"),
                Map.of("method", "POST"),
                Map.of("method", "POST", "body", "a=1&b='x'"),
                Map.of("method", "PUT", "body", "{\"a\": 1}"),
                Map.of("method", "GET", "body", "a body"),
                Map.of("method", "DELETE", "bodyBase64", "AAECg/8="),
                Map.of("method", "POST", "body", "x".repeat(5000)),
                Map.of("method", "POST", "body", "x", "headers", List.of(Arrays.asList("Content-Type", null))),
                Map.of("method", "POST", "body", "abc", "headers", List.of(List.of("Transfer-Encoding", "chunked"))),
                Map.of("headers", List.of(List.of("X-Name", "Grüße; \"quoted\" $HOME `id`"))),
                Map.of("method", "own-Method"));
        return requests.stream();
    }

    /** A head's lines in alphabetical order, and the content. */
    private static List<String> message(RawUpstream.Connection connection) throws IOException {
        String head = connection.readHead();
        List<String> lines =
                new ArrayList<>(Arrays.stream(head.split("\r\n")).sorted().toList());
        if (head.contains("Transfer-Encoding: chunked")) {
            StringBuilder chunks = new StringBuilder();
            while (!chunks.toString().endsWith("0\r\n\r\n")) {
                chunks.append((char) connection.read());
            }
            lines.add(chunks.toString());
        }
        for (String line : List.copyOf(lines)) {
            if (line.startsWith("Content-Length: ")) {
                lines.add(connection.read(Integer.parseInt(line.substring(16))));
            }
        }
        return lines;
    }

    @ParameterizedTest
    @MethodSource("requests")
    void theCurlCommandSendsTheSameRequest(Map<String, Object> request) throws Exception {
        List<List<String>> messages = new CopyOnWriteArrayList<>();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    messages.add(message(c));
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ConsoleUnderTest console = console(upstream)) {
            Map<String, Object> direct = new HashMap<>(request);
            direct.put("via", "direct");
            JsonNode result = send(console, direct).get(0);
            assertEquals("ok", result.get("content").asText(), result.toString());
            String command = result.get("curl").asText();
            Process curl = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, curl.waitFor(), command + "\n" + said);
            assertTrue(said.endsWith("ok"), said);
            assertEquals(messages.get(0), messages.get(1), command);
        }
    }

    @Test
    void aBodyWithoutATypeIsSentAsCurlDoesOrAsTheJsonThatItIs() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode form =
                    send(console, Map.of("method", "POST", "body", "a=1")).get(0);
            assertTrue(form.get("sent").toString().contains("application/x-www-form-urlencoded"), form.toString());
            JsonNode json =
                    send(console, Map.of("method", "POST", "body", "{\"a\":1}")).get(0);
            assertTrue(json.get("sent").toString().contains("application/json"), json.toString());
            assertTrue(json.get("notes").toString().contains("without a Content-Type"), json.toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"path\":\"/\",\"method\":\"A B\"}', method must be one word",
        "'{\"path\":\"/\",\"method\":\"CONNECT\"}', nothing here makes tunnels",
        "'{\"path\":\"/\",\"method\":\"HEAD\",\"body\":\"x\"}', HEAD has no body",
        "'{\"path\":\"/\",\"via\":\"pigeon\"}', via must be",
        "'{\"path\":\"/\",\"headers\":[[\"Content-Length\",\"3\"]]}', written by the client itself",
        "'{\"path\":\"/\",\"headers\":[[\"Transfer-Encoding\",\"gzip\"]]}', written by the client itself",
        "'{\"path\":\"/\",\"headers\":[[\"A B\",\"3\"]]}', no header field",
        "'{\"path\":\"/\",\"headers\":[[\"A\",\"3\\r\\nB: 4\"]]}', holds a line break",
        "'{\"path\":\"/\",\"headers\":[\"A: 3\"]}', headers must be pairs",
        "'{\"path\":\"/\",\"headers\":[[\"Host\",\"a\"],[\"host\",\"b\"]]}', there are 2 Host lines",
        "'{\"path\":\"/\",\"headers\":[[\"Host\",null]]}', a request has a Host",
        "'{\"path\":\"whoami\"}', path must begin with a slash",
        "'{\"raw\":\"\",\"path\":\"whoami\"}', raw must have 1 to",
        "'{\"rawBase64\":\"*\"}', is not base64",
        "'{\"path\":\"/\",\"method\":\"PUT\",\"body\":{\"a\":1}}', body must be a text",
        "'{', is not JSON",
    })
    void aRequestThatCannotBeMadeIsToldSo(String body, String message) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/send")
                    .header("Accept", "application/json")
                    .post(RequestBody.create(body.getBytes(StandardCharsets.UTF_8), null)));
            assertEquals(400, answer.status());
            assertTrue(answer.json().get("error").asText().contains(message), answer.body());
        }
    }

    @Test
    void binaryContentComesBackByteForByteAndWhatIsCutSaysSo() throws IOException {
        byte[] bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    String path = c.readHead().split(" ")[1];
                    int n = path.equals("/short") ? 300 : bytes.length;
                    c.send("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " + n + "\r\n\r\n");
                    c.socket().getOutputStream().write(bytes, 0, n);
                });
                ConsoleUnderTest console = console(upstream)) {
            JsonNode all = send(console, Map.of("path", "/short")).get(0);
            assertArrayEquals(
                    Arrays.copyOf(bytes, 300),
                    Base64.getDecoder().decode(all.get("contentBase64").asText()));
            assertEquals("", all.get("content").asText());
            assertFalse(all.get("contentCut").asBoolean());
            JsonNode cut = send(console, Map.of("path", "/long")).get(0);
            assertEquals(100_000, cut.get("contentLength").asInt());
            assertEquals(65_536, cut.get("contentKept").asInt());
            assertTrue(cut.get("contentCut").asBoolean() && cut.get("complete").asBoolean());
        }
    }

    @Test
    void whatWasSentIsToldAlsoWhereNothingCameBack() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.upstream.close();
            JsonNode result = send(
                            console,
                            Map.of("via", "direct", "path", "/x", "headers", List.of(List.of("X-Mine", "yes"))))
                    .get(0);
            assertEquals("refused", result.get("errorCode").asText());
            assertTrue(result.get("error").asText().contains("(111: Connection refused): nobody listens there"));
            assertEquals("GET /x HTTP/1.1", result.get("requestLine").asText());
            assertTrue(result.get("sent").toString().contains("X-Mine"));
            assertEquals(0, result.get("sentBytes").asInt());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "close, closed, 0",
        "garbage, garbage, 0",
        "cut, cut, 200",
        "chunks, garbage, 200",
        "length, garbage, 0",
        "reset, reset, 0",
    })
    void eachWayToFailHasItsName(String behaviour, String code, int status) throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    switch (behaviour) {
                        case "garbage" -> c.send("\u0001\u0002 hello\r\n\r\n");
                        case "cut" -> c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
                        case "chunks" -> c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello");
                        case "length" -> c.send("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello");
                        case "reset" -> c.reset();
                        default -> {
                            // closes without a word
                        }
                    }
                });
                ConsoleUnderTest console = console(upstream)) {
            JsonNode result =
                    send(console, Map.of("path", "/x", "via", "direct")).get(0);
            assertEquals(code, result.get("errorCode").asText(), result.toString());
            assertEquals(status, result.get("status").asInt(), result.toString());
            assertFalse(result.get("complete").asBoolean());
            assertTrue(result.get("sentBytes").asInt() > 0);
        }
    }

    @Test
    void aRedirectIsShownAndAnInterimResponseIsNoResponse() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                            + "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
                });
                ConsoleUnderTest console = console(upstream)) {
            JsonNode result =
                    send(console, Map.of("path", "/", "via", "direct")).get(0);
            assertEquals(302, result.get("status").asInt());
            assertEquals("[103]", result.get("interim").toString());
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void rawBytesArriveAsTheyAreAndWhatComesBackIsShownWhole() throws IOException {
        List<String> got = new CopyOnWriteArrayList<>();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    got.add(c.read(19));
                    c.send("not\u0000http");
                    c.read();
                });
                ConsoleUnderTest console = console(upstream)) {
            byte[] bytes = "GET /\u0000\u00ff HTTP/9\r\n\r\n\n".getBytes(StandardCharsets.ISO_8859_1);
            JsonNode result = send(
                            console,
                            Map.of(
                                    "rawBase64",
                                    Base64.getEncoder().encodeToString(bytes),
                                    "via",
                                    "direct",
                                    "quietMs",
                                    50))
                    .get(0);
            assertEquals(new String(bytes, StandardCharsets.ISO_8859_1), got.get(0));
            assertEquals("quiet", result.get("endedBy").asText(), result.toString());
            assertArrayEquals(
                    "not\u0000http".getBytes(StandardCharsets.ISO_8859_1),
                    Base64.getDecoder().decode(result.get("contentBase64").asText()));
        }
    }

    @Test
    void aMalformedRequestShowsWhatTheProxyAnswersToIt() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String raw = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
            JsonNode result = send(console, Map.of("raw", raw)).get(0);
            assertEquals(400, result.get("status").asInt(), result.toString());
            assertTrue(result.get("content").asText().startsWith("HTTP/1.1 400"), result.toString());
            assertEquals(raw.length(), result.get("sentBytes").asInt());
            Process shell = new ProcessBuilder("sh", "-c", result.get("curl").asText()).start();
            String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(said.startsWith("HTTP/1.1 400"), result.get("curl").asText() + ": " + said);
        }
    }

    @Test
    void aConsoleThatIsAskedOverTlsAsksTheProxyOverTls() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "own", "localhost");
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "server { listen 127.0.0.1:0 ssl; " + certificate.lines() + " location / { proxy_pass http://"
                                + app.address() + "; } location /_hops/ { hop_console; } }")) {
            OkHttpClient client = new OkHttpClient.Builder()
                    .sslSocketFactory(TestCertificate.trustingAnybody().getSocketFactory(), OwnTls.TRUST)
                    .hostnameVerifier((host, session) -> true)
                    .build();
            String console = "https://localhost:" + proxy.port() + "/_hops/";
            for (String[] each : new String[][] {{"send", "{}"}, {"compare", "{\"n\":2}"}}) {
                try (Response response = client.newCall(new Request.Builder()
                                .url(console + each[0])
                                .post(RequestBody.create(each[1].getBytes(StandardCharsets.UTF_8), null))
                                .header("Accept", "application/json")
                                .build())
                        .execute()) {
                    JsonNode answer =
                            new ObjectMapper().readTree(response.body().string());
                    if (each[0].equals("compare")) {
                        assertTrue(answer.get("comparable").asBoolean(), answer.toString());
                        continue;
                    }
                    JsonNode result = answer.at("/results/0");
                    assertEquals("ok", result.get("content").asText(), result.toString());
                    String command = result.get("curl").asText();
                    Process curl = new ProcessBuilder("sh", "-c", command).start();
                    String said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertTrue(said.endsWith("ok"), command + ": " + said);
                    assertEquals(app.heads().get(0), app.heads().get(1));
                }
            }
        }
    }

    @Test
    void aReplayIsTheSameRequestOrRefused() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String id = console.exchange(console.request("/again?a=1")
                            .header("X-Mine", "yes")
                            .header("Cookie", "sid=secret"))
                    .get("id")
                    .asText();
            JsonNode result = send(console, Map.of("replay", id)).get(0);
            assertEquals("GET /again?a=1 HTTP/1.1", result.get("requestLine").asText());
            assertTrue(result.get("sent").toString().contains("[\"X-Mine\",\"yes\"]"), result.toString());
            assertTrue(result.get("notes").toString().contains("Cookie is left out"), result.toString());

            String posted = console.exchange(console.request("/again")
                            .post(RequestBody.create("7 bytes".getBytes(), MediaType.get("text/plain"))))
                    .get("id")
                    .asText();
            ConsoleUnderTest.Answer refused = console.post("/_hops/send", Map.of("replay", posted));
            assertEquals(422, refused.status(), refused.body());
            assertTrue(refused.body().contains("had a body of 7 bytes, which was not kept"), refused.body());
            JsonNode given =
                    send(console, Map.of("replay", posted, "body", "mine")).get(0);
            assertEquals(4, given.get("sentContentLength").asInt());
            assertTrue(given.get("sent").toString().contains("text/plain"), given.toString());
            assertEquals(
                    404, console.post("/_hops/send", Map.of("replay", "none")).status());
        }
    }
}
