package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Connection;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person meets who has typed {@code ./playground}: both real servers, from the outside. */
class PlaygroundIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final AtomicReference<Connection> LAST_CONNECTION = new AtomicReference<>();
    private static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .followRedirects(false)
            .addNetworkInterceptor(chain -> {
                LAST_CONNECTION.set(chain.connection());
                return chain.proceed(chain.request());
            })
            .build();

    private static Program playground;

    @BeforeAll
    static void start() {
        playground = Program.playground(PROXY, APP);
    }

    @AfterAll
    static void stop() {
        playground.close();
        CLIENT.connectionPool().evictAll();
        CLIENT.dispatcher().executorService().shutdown();
    }

    private static Request.Builder proxied(String path) {
        return new Request.Builder().url("http://localhost:" + PROXY + path);
    }

    private static Request.Builder direct(String path) {
        return new Request.Builder().url("http://localhost:" + APP + path);
    }

    private static String body(Request.Builder request) throws IOException {
        try (Response response = CLIENT.newCall(request.build()).execute()) {
            return response.body().string();
        }
    }

    private static JsonNode json(Request.Builder request) throws IOException {
        return new ObjectMapper().readTree(body(request.header("Accept", "application/json")));
    }

    private static List<Hop> hops(Response response) {
        return HopTrace.parse(response.header(HopTrace.NAME)).orElseThrow();
    }

    @Test
    void theAppSeesWhatTheProxyTellsIt() throws IOException {
        JsonNode headers = json(proxied("/whoami")).get("headers");
        String port = Integer.toString(PROXY);
        assertEquals("1.1 hopyard", headers.at("/Via/0").asText());
        assertEquals("127.0.0.1", headers.at("/X-Forwarded-For/0").asText());
        assertEquals("http", headers.at("/X-Forwarded-Proto/0").asText());
        assertEquals("localhost:" + port, headers.at("/X-Forwarded-Host/0").asText());
        assertEquals(port, headers.at("/X-Forwarded-Port/0").asText());
        assertEquals("127.0.0.1", headers.at("/X-Real-IP/0").asText());
        assertTrue(headers.at("/Forwarded/0")
                .asText()
                .matches("for=\"127.0.0.1:\\d+\";host=\"localhost:\\d+\";proto=http"));
        assertTrue(headers.at("/X-Request-ID/0").asText().matches("[0-9a-f]{32}"));
        assertTrue(headers.at("/traceparent/0").asText().matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"));
    }

    @Test
    void theResponseShowsBothHopsWithTheirRealPorts() throws IOException {
        try (Response response = CLIENT.newCall(
                        proxied("/whoami").header("Accept", "application/json").build())
                .execute()) {
            JsonNode seen = new ObjectMapper().readTree(response.body().string());
            List<Hop> hops = hops(response);
            assertEquals(List.of("proxy", "app"), hops.stream().map(Hop::name).toList());
            assertEquals(
                    "127.0.0.1:" + LAST_CONNECTION.get().socket().getLocalPort(),
                    hops.get(0).from());
            assertEquals("127.0.0.1:" + PROXY, hops.get(0).at());
            // what the proxy says of its own end is what the app's socket knows of its peer
            assertEquals(seen.get("remote_addr").asText(), hops.get(0).via());
            assertEquals(hops.get(0).via(), hops.get(1).from());
            assertEquals("127.0.0.1:" + APP, hops.get(0).to());
            assertEquals(seen.at("/headers/X-Request-ID/0").asText(), response.header("X-Request-ID"));
            String timing = String.join(", ", response.headers("Server-Timing"));
            assertTrue(timing.contains("app;dur=") && timing.contains("proxy;dur="), timing);
            assertEquals("1.1 hopyard", response.header("Via"));
        }
    }

    @Test
    void directlyThereIsOneHopAndNothingOfTheProxys() throws IOException {
        try (Response response = CLIENT.newCall(direct("/whoami").build()).execute()) {
            assertEquals(1, hops(response).size());
            assertNull(response.header("Via"));
            assertNull(response.header("X-Request-ID"));
            String seen = response.body().string();
            assertFalse(seen.contains("Forwarded") || seen.contains("X-Real-IP") || seen.contains("traceparent"), seen);
        }
    }

    @Test
    void whatAClientClaimsIsNotTakenAsTruth() throws IOException {
        JsonNode headers = json(proxied("/whoami")
                        .header("X-Forwarded-For", "6.6.6.6")
                        .header("X-Real-IP", "6.6.6.6")
                        .header("Forwarded", "for=6.6.6.6")
                        .header("X-Forwarded-Proto", "https")
                        .header("X-Request-ID", "6".repeat(32))
                        .header("Hop-Trace", "evil;from=\"6.6.6.6:6\"")
                        .header("traceparent", "00-" + "6".repeat(32) + "-" + "6".repeat(16) + "-01"))
                .get("headers");
        assertFalse(headers.toString().contains("6.6.6.6"), headers.toString());
        assertEquals("http", headers.at("/X-Forwarded-Proto/0").asText());
        assertNotEquals("6".repeat(32), headers.at("/X-Request-ID/0").asText());
        assertFalse(headers.at("/traceparent/0").asText().contains("-" + "6".repeat(16) + "-"));
    }

    @Test
    void traceDrawsThePath() throws IOException {
        assertTrue(body(proxied("/trace"))
                .matches("(?s)client 127.0.0.1:\\d+ ──► proxy :" + PROXY + " ──► app :" + APP + "\n.*"));
        assertTrue(body(direct("/trace")).matches("(?s)client 127.0.0.1:\\d+ ──► app :" + APP + "\n.*"));
    }

    @Test
    void theFirstPageDrawsItsOwnRequest() throws IOException {
        String page = body(proxied("/"));
        assertTrue(page.contains("127.0.0.1:" + PROXY) && page.contains("127.0.0.1:" + APP), page);
        assertTrue(page.contains("You asked the proxy"));
        assertTrue(body(direct("/")).contains("You bypassed the proxy"));
        assertFalse(body(proxied("/").header("Host", "localhost").header("Hop-Trace", "x;from=\"<script>\""))
                .contains("<script>"));
    }

    @ParameterizedTest
    @CsvSource({
        "/fail/reset, 502, connection_terminated",
        "/fail/close, 502, http_response_incomplete",
        "/fail/garbage, 502, http_protocol_error",
        "/slow/10, 504, http_response_timeout",
    })
    void failuresOfTheAppAreAnsweredFor(String path, int status, String error) throws IOException {
        try (Response response = CLIENT.newCall(proxied(path).build()).execute()) {
            assertEquals(status, response.code());
            assertEquals("hopyard;error=" + error, response.header("Proxy-Status"));
        }
    }

    @Test
    void aTruncatedResponseIsNotMistakenForAWholeOne() throws IOException {
        try (Response response =
                CLIENT.newCall(proxied("/fail/truncate").build()).execute()) {
            assertEquals(200, response.code());
            Assertions.assertThrows(IOException.class, () -> response.body().bytes());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/headers, 200, headers",
        "/ip, 200, 127.0.0.1",
        "/anything?x=1, 200, x",
        "/status/418, 418, 418",
        "/status/99, 400, codes must be",
        "/delay/0.01, 200, waited 0.01 s",
        "/delay/soon, 400, seconds must be",
        "/bytes/3, 200, ''",
        "/stream/3, 200, \"id\": 2",
        "/drip?duration=0&numbytes=5, 200, *****",
        "/response-headers?X-A=b, 200, X-A",
        "/response-headers?X-A=b%0d%0aX-B:c, 400, printable",
        "/cookies, 200, cookies",
        "/gzip, 200, gzipped",
        "/jwt, 401, Bearer",
        "/healthz, 200, ok",
        "/redirect/2, 302, /redirect/1",
        "/proxy-says, 200, no app was asked",
        "/nothing, 404, Page not found",
        "/static/first-page.css, 200, first-page",
        "/static/../pom.xml, 404, Page not found",
    })
    void everyEndpointAnswers(String path, int status, String part) throws IOException {
        try (Response response = CLIENT.newCall(proxied(path).build()).execute()) {
            assertEquals(status, response.code());
            assertTrue(response.body().string().contains(part));
        }
    }

    @ParameterizedTest
    @CsvSource({"/whoami", "/bytes/4000000000", "/sse?interval=60", "/static/first-page.css", "/"})
    void headIsAnsweredWhereverGetIs(String path) throws IOException {
        try (Response response = CLIENT.newCall(direct(path).head().build()).execute()) {
            assertEquals(200, response.code());
            assertEquals("", response.body().string());
        }
    }

    @Test
    void aMethodThatAPathDoesNotHaveIsToldWhichItHas() throws IOException {
        try (Response response =
                CLIENT.newCall(direct("/upload").delete().build()).execute()) {
            assertEquals(405, response.code());
            assertEquals(List.of("POST", "PUT"), response.headers("Allow"));
        }
    }

    @ParameterizedTest
    @CsvSource({"204", "205", "304"})
    void aStatusWithoutContentHasNone(String status) throws IOException {
        String both = raw(
                APP,
                "GET /status/" + status + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        + "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertTrue(both.matches("(?s)HTTP/1.1 " + status + " .*?\r\n\r\nHTTP/1.1 200 OK\r\n.*ok\n"), both);
    }

    private static String raw(int port, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/static/../../pom.xml",
                "/static/..%2f..%2fpom.xml",
                "/static/%2e%2e/%2e%2e/pom.xml",
                "/static/..\\..\\pom.xml",
                "/static/%5c..%5c..%5cpom.xml",
                "/static/.%00./.%00./pom.xml",
                "/static/%252e%252e/%252e%252e/pom.xml",
                "/static/..;/..;/pom.xml",
                "/static//../../../pom.xml",
                "/static/first-page.css/../../../pom.xml",
                "/static/%c0%ae%c0%ae/pom.xml",
            })
    void noPathLeadsOutOfWhatIsServed(String path) throws IOException {
        for (int port : List.of(APP, PROXY)) {
            String response = raw(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertTrue(response.matches("(?s)HTTP/1\\.1 (400|403|404) .*"), response);
            assertFalse(response.contains("<project") || response.contains("Manifest-Version"), response);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/response-headers?X-A=b%0aX-B:c, 400",
        "/response-headers?X-A%0d%0aX-B:c=d, 400",
        "/response-headers?Content-Length=1, 400",
        "/response-headers?Transfer-Encoding=chunked, 400",
        "/response-headers?X-Accel-Redirect=/_hops/, 400",
        "/response-headers?Hop-Trace=liar, 400",
        "/cookies/set?a=b%0d%0aX-B:c, 400",
        "/cookies/set?a%0d%0aX-B:c=b, 400",
        "/redirect/1%0d%0aX-B:c, 400",
        "/status/200%0d%0aX-B:c, 400",
        "/nothing%0d%0aX-B:c, 404",
    })
    void nothingOfARequestBecomesAHeaderLineOfItsOwn(String path, int status) throws IOException {
        for (int port : List.of(APP, PROXY)) {
            String response = raw(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            String head = response.substring(0, response.indexOf("\r\n\r\n"));
            assertTrue(head.startsWith("HTTP/1.1 " + status + " "), response);
            assertFalse(head.toLowerCase().contains("\nx-b:"), response);
        }
    }

    @Test
    void nothingButThePageMayRunScripts() throws IOException {
        for (String path : List.of(
                "/whoami",
                "/anything",
                "/nothing",
                "/status/500",
                "/static/first-page.css",
                "/response-headers?Content-Type=text/html")) {
            try (Response response = CLIENT.newCall(direct(path).build()).execute()) {
                assertEquals("nosniff", response.header("X-Content-Type-Options"), path);
                assertTrue(response.header("Content-Security-Policy").endsWith("sandbox"), path);
            }
        }
    }

    @Test
    void whatIsTooMuchForTheAppIsRefusedAndItGoesOn() throws IOException {
        String deep = "[".repeat(100_000);
        String many = "/anything?" + "a=1&".repeat(20_000);
        assertEquals(
                400, status(direct("/anything").post(RequestBody.create(deep, MediaType.get("application/json")))));
        assertTrue(status(direct(many)) >= 400);
        assertEquals(400, status(direct("/anything").post(RequestBody.create(new byte[3_000_000], null))));
        assertEquals(200, status(direct("/healthz")));
    }

    private static int status(Request.Builder request) throws IOException {
        try (Response response = CLIENT.newCall(request.build()).execute()) {
            return response.code();
        }
    }

    @Test
    void aWebSocketMessageThatIsTooLongEndsThatConnection() throws InterruptedException {
        BlockingQueue<Integer> codes = new LinkedBlockingQueue<>();
        CLIENT.newWebSocket(proxied("/ws").build(), new WebSocketListener() {
            @Override
            public void onOpen(WebSocket webSocket, Response response) {
                webSocket.send("x".repeat(2 << 20));
            }

            @Override
            public void onClosing(WebSocket webSocket, int code, String reason) {
                codes.add(code);
                webSocket.close(code, null);
            }

            @Override
            public void onFailure(WebSocket webSocket, Throwable failure, Response response) {
                codes.add(-1);
            }
        });
        assertEquals(1009, codes.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void aTokenIsDecodedButNotBelieved() throws IOException {
        String token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.";
        JsonNode decoded = json(proxied("/jwt").header("Authorization", "Bearer " + token));
        assertEquals("ann", decoded.at("/payload/sub").asText());
        assertFalse(decoded.get("verified").asBoolean());
    }

    @Test
    void redirectsAreBuiltFromTheHostThatTheBrowserAskedFor() throws IOException {
        try (Response response = CLIENT.newCall(proxied("/redirect/1").build()).execute()) {
            assertEquals("http://localhost:" + PROXY + "/whoami", response.header("Location"));
        }
    }

    @Test
    void aHostThatTheAppDoesNotAnswerForIs400() throws IOException {
        try (Response response = CLIENT.newCall(
                        proxied("/whoami").header("Host", "evil.example").build())
                .execute()) {
            assertEquals(400, response.code());
            assertTrue(response.body().string().contains("ALLOWED_HOSTS"));
        }
    }

    @Test
    void aPageFromTheOtherPortMayReadButAStrangersMayNot() throws IOException {
        try (Response own = CLIENT.newCall(direct("/whoami")
                                .header("Origin", "http://localhost:" + PROXY)
                                .build())
                        .execute();
                Response strange = CLIENT.newCall(direct("/whoami")
                                .header("Origin", "http://evil.example")
                                .build())
                        .execute()) {
            assertEquals("http://localhost:" + PROXY, own.header("Access-Control-Allow-Origin"));
            assertEquals("http://localhost:" + PROXY, own.header("Timing-Allow-Origin"));
            assertNull(strange.header("Access-Control-Allow-Origin"));
        }
    }

    @Test
    void anUploadArrivesByteForByte() throws Exception {
        byte[] block = new byte[1 << 20];
        new Random(7).nextBytes(block);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        int blocks = 32;
        for (int i = 0; i < blocks; i++) {
            sha256.update(block);
        }
        JsonNode answer = json(proxied("/upload").put(new RequestBody() {
            @Override
            public MediaType contentType() {
                return null;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                for (int i = 0; i < blocks; i++) {
                    sink.write(block);
                }
            }
        }));
        assertEquals((long) blocks << 20, answer.get("bytes").asLong());
        assertEquals(
                HexFormat.of().formatHex(sha256.digest()), answer.get("sha256").asText());
    }

    @Test
    void aDownloadIsTheSameThroughTheProxy() throws IOException {
        Request.Builder proxied = proxied("/bytes/10000001?seed=5");
        Request.Builder direct = direct("/bytes/10000001?seed=5");
        try (Response a = CLIENT.newCall(proxied.build()).execute();
                Response b = CLIENT.newCall(direct.build()).execute()) {
            Assertions.assertArrayEquals(a.body().bytes(), b.body().bytes());
        }
    }

    @Test
    void aWebSocketEchoes() throws InterruptedException {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        WebSocket socket = CLIENT.newWebSocket(proxied("/ws").build(), new WebSocketListener() {
            @Override
            public void onMessage(WebSocket webSocket, String text) {
                received.add(text);
            }

            @Override
            public void onFailure(WebSocket webSocket, Throwable failure, Response response) {
                received.add("failed: " + failure);
            }
        });
        for (String word : List.of("one", "two", "x".repeat(100_000))) {
            socket.send(word);
            assertEquals(word, received.poll(10, TimeUnit.SECONDS));
        }
        socket.close(1000, null);
    }

    @Test
    void aWebSocketEchoesMessagesOfAllSizes() throws InterruptedException {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        WebSocket socket = CLIENT.newWebSocket(proxied("/ws").build(), new WebSocketListener() {
            @Override
            public void onMessage(WebSocket webSocket, String text) {
                received.add(text);
            }
        });
        for (int size = 1; size < 200_000; size += 2_039) {
            socket.send("x".repeat(size));
            String echo = received.poll(10, TimeUnit.SECONDS);
            int length = echo == null ? -1 : echo.length();
            assertEquals(size, length);
        }
        socket.close(1000, null);
    }

    @Test
    void onlyWebSocketsMaySwitchProtocols() throws IOException {
        JsonNode headers = json(proxied("/headers")
                        .header("Connection", "Upgrade, HTTP2-Settings")
                        .header("Upgrade", "h2c")
                        .header("HTTP2-Settings", "AAMAAABkAAQAAP__"))
                .get("headers");
        assertNull(headers.get("Upgrade"));
        assertNull(headers.get("HTTP2-Settings"));
    }

    @Test
    void anEventArrivesBeforeTheNextIsSent() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PROXY)) {
            socket.setSoTimeout(20_000);
            long start = System.nanoTime();
            socket.getOutputStream()
                    .write("GET /sse?count=2&interval=5 HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes());
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            long first = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals("data: event 1 of 2")) {
                    first = System.nanoTime();
                } else if (line.equals("data: event 2 of 2")) {
                    break;
                }
            }
            // the second event is sent 5 s after the first: an order of events, not a speed
            assertTrue(first > 0 && System.nanoTime() - first > TimeUnit.SECONDS.toNanos(2), "came together");
            assertTrue(first > start);
        }
    }

    @Test
    void aPortThatIsTakenIsSaidInOneLineThatHelps() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Program second = Program.start(
                        Map.of("APP_PORT", Integer.toString(Program.freePort())),
                        "./playground",
                        "--proxy-port",
                        Integer.toString(taken.getLocalPort()))) {
            assertEquals(1, second.await());
            assertEquals(
                    "playground: port " + taken.getLocalPort()
                            + ", which the proxy wants, is taken by another process; try ./playground --proxy-port 8080\n",
                    second.output());
        }
    }

    @ParameterizedTest
    @CsvSource({"--proxy-port abc, is not a port", "--conf none.conf, there is no file", "--what, unknown option"})
    void wrongArgumentsAreSaidInOneLine(String arguments, String message) throws Exception {
        String[] words = ("./playground " + arguments).split(" ");
        try (Program second = Program.start(Map.of(), words)) {
            assertEquals(1, second.await());
            assertTrue(
                    second.output().contains(message) && second.output().lines().count() == 1, second.output());
        }
    }

    @Test
    void helpIsHelp() throws Exception {
        try (Program help = Program.start(Map.of(), "./playground", "--help")) {
            assertEquals(0, help.await());
            assertTrue(help.output().contains("--app-port N"));
        }
    }
}
