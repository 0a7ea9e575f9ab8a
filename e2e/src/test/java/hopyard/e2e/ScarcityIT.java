package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the proxy does when memory or disks are full: who has what he needs is served on, and all is well again
 * afterwards.
 */
class ScarcityIT {

    /** So little memory that a thousand clients are enough. */
    private static final Map<String, String> LITTLE_MEMORY = Map.of("HOPYARD_JAVA_OPTS", "-Xms32m -Xmx32m -Xmn8m");

    private static final int MANY = 1200;

    @TempDir
    private Path directory;

    private final int port = Program.freePort();
    private final int appPort = Program.freePort();
    private final List<Socket> sockets = new ArrayList<>();
    private Program app;

    @BeforeEach
    void start() throws IOException {
        app = Program.app(appPort, Map.of());
        Files.writeString(directory.resolve("nginx.conf"), """
                error_log error.log notice;
                pid hopyard.pid;
                events { worker_connections 4096; }
                http {
                    access_log /dev/full;
                    proxy_http_version 1.1;
                    proxy_set_header Host localhost;
                    server {
                        listen 127.0.0.1:%2$d backlog=4096;
                        client_max_body_size 0;
                        location = /name { return 200 one; }
                        location / { proxy_pass http://127.0.0.1:%1$d; }
                        location /direct/ {
                            proxy_buffering off;
                            proxy_request_buffering off;
                            proxy_pass http://127.0.0.1:%1$d/;
                        }
                    }
                }
                """.formatted(appPort, port));
    }

    @AfterEach
    void stop() throws IOException {
        closeSockets();
        app.close();
    }

    private void closeSockets() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }

    private Program startProxy(Map<String, String> environment) {
        Program proxy = Program.proxy(environment, "-p", directory.toString(), "-c", "nginx.conf", "-g", "daemon off;");
        proxy.awaitPort(port);
        return proxy;
    }

    private Socket send(String request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        sockets.add(socket);
        return socket;
    }

    private byte[] content(Socket socket) throws IOException {
        byte[] response = socket.getInputStream().readAllBytes();
        String head = new String(response, StandardCharsets.ISO_8859_1);
        assertTrue(head.startsWith("HTTP/1.1 200 "), head.substring(0, Math.min(300, head.length())));
        return Arrays.copyOfRange(response, head.indexOf("\r\n\r\n") + 4, response.length);
    }

    private byte[] get(String path) throws IOException {
        HttpURLConnection connection = connect(path);
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private HttpURLConnection connect(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        connection.setReadTimeout(20_000);
        return connection;
    }

    private int post(String path, int length) throws IOException {
        HttpURLConnection connection = connect(path);
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(length);
        connection.getOutputStream().write(new byte[length]);
        int status = connection.getResponseCode();
        InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        in.readAllBytes();
        return status;
    }

    private String errorLog() throws IOException {
        return Files.readString(directory.resolve("error.log"), StandardCharsets.ISO_8859_1);
    }

    /** The beginning of what a server says within so many ms; empty if it says nothing. */
    private static String said(Socket socket, int within) throws IOException {
        socket.setSoTimeout(within);
        byte[] bytes = new byte[64];
        try {
            int n = socket.getInputStream().read(bytes);
            return n < 0 ? "closed" : new String(bytes, 0, n, StandardCharsets.ISO_8859_1);
        } catch (SocketTimeoutException e) {
            return "";
        }
    }

    @Test
    void headsThatAreTooMuchForTheMemoryAreRefusedAndTheOthersAreServed() throws Exception {
        String head = "GET /name HTTP/1.1\r\nHost: localhost\r\n" + ("X-Long: " + "x".repeat(6900) + "\r\n").repeat(4);
        try (Program proxy = startProxy(LITTLE_MEMORY)) {
            int refused = 0;
            for (int i = 0; i < MANY; i++) {
                send(head);
            }
            Program.until("the shortage", () -> errorLog().contains("memory is used up"));
            assertEquals("one", new String(get("/name"), StandardCharsets.US_ASCII));
            for (Socket socket : sockets.subList(0, MANY)) {
                String said = said(socket, 1);
                assertTrue(said.isEmpty() || said.startsWith("HTTP/1.1 503 "), said);
                refused += said.isEmpty() ? 0 : 1;
            }
            assertTrue(refused > MANY / 10 && refused < MANY * 9 / 10, refused + " refused");
            closeSockets();
            for (int i = 0; i < MANY / 4; i++) {
                send(head);
            }
            for (Socket socket : sockets) {
                socket.getOutputStream().write("Connection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertEquals("one", new String(content(socket), StandardCharsets.US_ASCII));
            }
            assertTrue(proxy.output().isEmpty() || !proxy.output().contains("OutOfMemory"), proxy.output());
        }
    }

    @Test
    void aHeadThatWasRefusedIsNotHeldOn() throws Exception {
        String tooLarge =
                "GET /name HTTP/1.1\r\nHost: localhost\r\n" + ("X-Long: " + "x".repeat(4000) + "\r\n").repeat(12);
        String large = "GET /name HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + ("X-Long: " + "x".repeat(6900) + "\r\n").repeat(4) + "\r\n";
        try (Program proxy = startProxy(LITTLE_MEMORY)) {
            for (int i = 0; i < MANY; i++) {
                Socket socket = send(tooLarge);
                String said = said(socket, 20_000);
                assertTrue(said.startsWith("HTTP/1.1 431 "), said);
                closeSockets();
            }
            assertEquals("one", new String(content(send(large)), StandardCharsets.US_ASCII));
            assertTrue(!errorLog().contains("memory"), errorLog());
            assertTrue(!proxy.output().contains("OutOfMemory"), proxy.output());
        }
    }

    @Test
    void clientsThatDoNotReadCostNoBuffersAndGetAllOfItWhenTheyDo() throws Exception {
        try (Program proxy = startProxy(LITTLE_MEMORY)) {
            byte[] whole = get("/bytes/300000");
            for (String path : List.of("/bytes/300000", "/direct/bytes/300000")) {
                for (int i = 0; i < MANY; i++) {
                    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                }
                assertEquals("one", new String(get("/name"), StandardCharsets.US_ASCII));
                assertEquals(3, get("/bytes/3").length);
                for (int i = 0; i < MANY; i += 40) {
                    assertArrayEquals(whole, content(sockets.get(i)));
                }
                closeSockets();
            }
            assertTrue(!proxy.output().contains("OutOfMemory"), proxy.output());
        }
    }

    @Test
    void withoutRoomForTemporaryFilesOnlyWhatNeedsThemFails() throws Exception {
        try (Program proxy = startProxy(Map.of())) {
            byte[] whole = get("/bytes/9000000");
            long jvm = proxy.child("hopyard-proxy.jar");
            // a file that may not become longer fails as one does on a full disk
            limitFileSize(jvm, "100000");
            assertEquals(500, post("/upload", 1_000_000));
            assertTrue(errorLog().contains("writing a temporary file failed (27: File too large)"), errorLog());
            assertEquals(200, post("/upload", 5_000));
            assertEquals(200, post("/direct/upload", 1_000_000));
            Socket slow = send("GET /bytes/9000000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Program.until(
                    "the response to need a file",
                    () -> errorLog().contains("writing a temporary file for an upstream response failed"));
            assertArrayEquals(whole, content(slow));
            limitFileSize(jvm, "unlimited");
            assertEquals(200, post("/upload", 1_000_000));
        }
    }

    private static void limitFileSize(long pid, String most) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--fsize=" + most + ":unlimited")
                        .start()
                        .waitFor());
    }

    @Test
    void aLogWithoutRoomIsToldOnceAndHoldsUpNobody() throws Exception {
        try (Program proxy = startProxy(Map.of())) {
            for (int i = 0; i < 50; i++) {
                assertEquals("one", new String(get("/name"), StandardCharsets.US_ASCII));
            }
            String alert = "write() to \"/dev/full\" failed (28: No space left on device)";
            proxy.awaitOutput(alert);
            assertEquals(2, proxy.output().split(java.util.regex.Pattern.quote(alert), -1).length, proxy.output());
        }
    }
}
