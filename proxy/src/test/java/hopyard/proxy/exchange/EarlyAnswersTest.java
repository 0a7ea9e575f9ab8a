package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.BufferPool;
import hopyard.proxy.support.HoldUp;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are there before the request's content is, whoever gives them; and clients that never send it. */
class EarlyAnswersTest {

    /** Who answers without the content, by path. */
    private static final List<String> ANSWERERS = List.of(
            "/file.txt",
            "/large.bin",
            "/return",
            "/nothing",
            "/missing",
            "/private",
            "/limited",
            "/moved",
            "/dir",
            "/instead",
            "/elsewhere",
            "/named",
            "/status",
            "/unbuffered",
            "/unbuffered-close",
            "/bad-gateway",
            "/intercepted",
            "/accelerated",
            "/sub");

    private static final int GONE = 100;

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

    private static final String NEXT = "GET /return HTTP/1.1\r\nHost: t\r\n\r\n";

    @TempDir
    private Path directory;

    private RawUpstream app;
    private RawUpstream closing;
    private ProxyUnderTest proxy;

    /** How the content is announced, and what it is. */
    private enum Framing {
        LENGTH("Content-Length: 3\r\n", "abc"),
        LONG("Content-Length: 300000\r\n", "x".repeat(300_000)),
        CHUNKED("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n");

        private final String field;
        private final String content;

        Framing(String field, String content) {
            this.field = field;
            this.content = content;
        }
    }

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(directory.resolve("html/dir"));
        Files.writeString(directory.resolve("html/file.txt"), "file");
        Files.write(directory.resolve("html/large.bin"), new byte[2 << 20]);
        app = new RawUpstream(c -> {
            while (true) {
                String head = c.readHead();
                c.send(
                        head.contains(" /accelerated ")
                                ? "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /file.txt\r\nContent-Length: 0\r\n\r\n"
                                : "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nearly");
            }
        });
        closing = new RawUpstream(c -> {
            c.readHead();
            c.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nearly");
        });
        String early = "proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://" + app.address() + "; ";
        Files.writeString(directory.resolve("users"), "");
        proxy = ProxyUnderTest.withHttp(
                directory,
                "client_body_timeout 300ms; lingering_timeout 300ms; lingering_time 2s; send_timeout 2s; "
                        + "limit_req_zone $binary_remote_addr zone=z:1m rate=1r/m; "
                        + "server { listen 127.0.0.1:0; error_page 410 /file.txt; error_page 411 = /named-from; "
                        + "location = /return { return 200 returned; } location = /nothing { return 204; } "
                        + "location = /private { auth_basic x; auth_basic_user_file " + directory + "/users; } "
                        + "location = /limited { deny all; } location = /moved { return 301 /there; } "
                        + "location = /instead { return 410; } "
                        + "location = /elsewhere { error_page 412 /behind; return 412; } "
                        + "location = /behind { proxy_pass http://" + app.address() + "; } "
                        + "location = /named { error_page 412 @other; return 412; } "
                        + "location @other { return 200 other; } "
                        + "location = /status { stub_status; } "
                        + "location = /unbuffered { " + early + "} location = /accelerated { " + early + "} "
                        + "location = /unbuffered-close { proxy_request_buffering off; proxy_pass http://"
                        + closing.address() + "; } "
                        + "location = /bad-gateway { proxy_request_buffering off; proxy_pass http://127.0.0.1:1; } "
                        + "location = /intercepted { proxy_intercept_errors on; error_page 413 /file.txt; " + early
                        + "} location = /sub { auth_request /auth; } location = /auth { return 403; } "
                        + "location = /buffered { proxy_pass http://" + app.address() + "; } }");
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        app.close();
        closing.close();
    }

    private static String post(String path, Framing framing, String more) {
        return "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + more + framing.field + "\r\n";
    }

    /** Reads a response by its length; the connection may end after it. */
    private static String response(RawClient client) throws IOException {
        String head = client.readThrough("\r\n\r\n");
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            int n = Integer.parseInt(length.group(1));
            assertEquals(n, client.read(n).length(), head);
        } else if (head.contains("chunked")) {
            client.readThrough("0\r\n\r\n");
        }
        return head;
    }

    private void nobodyIsLeft(String after) {
        Wait.until(
                "the end of every connection after " + after,
                () -> proxy.server().connections() == 0);
        assertEquals(0, proxy.server().inFlight(), after);
    }

    @Test
    void theConnectionGoesOnWithTheNextRequestOnceTheContentHasCome() throws IOException {
        for (String path : ANSWERERS) {
            for (Framing framing : Framing.values()) {
                String what = path + " " + framing;
                try (RawClient client = new RawClient(proxy.port())) {
                    String head = response(client.send(post(path, framing, "")));
                    if (head.contains("Connection: keep-alive")) {
                        client.send(framing.content + NEXT);
                        assertTrue(response(client).startsWith("HTTP/1.1 200 "), what);
                    } else {
                        assertEquals("", client.readAll(), what);
                    }
                } catch (IOException e) {
                    throw new IOException(what + ": " + e.getMessage(), e);
                }
            }
        }
        nobodyIsLeft("all");
    }

    @Test
    void aConnectionWhoseContentNeverComesIsClosedInTime() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (String path : ANSWERERS) {
            for (Framing framing : Framing.values()) {
                for (String expect : new String[] {"", "Expect: 100-continue\r\n"}) {
                    RawClient client = new RawClient(proxy.port());
                    clients.add(client.send(post(path, framing, expect)));
                }
            }
        }
        for (RawClient client : clients) {
            String all = client.readAll();
            assertTrue(all.contains("HTTP/1.1 ") && !all.contains("[reset]"), all);
            client.close();
        }
        nobodyIsLeft("all");
    }

    @Test
    void aClientThatLeavesIsNoticedWhateverItHasSent() throws IOException {
        for (String path : ANSWERERS) {
            for (Framing framing : Framing.values()) {
                for (String content : new String[] {"", framing.content.substring(0, 2), framing.content}) {
                    try (RawClient client = new RawClient(proxy.port())) {
                        client.send(post(path, framing, "") + content).socket().shutdownOutput();
                        client.readAll();
                    }
                    try (RawClient client = new RawClient(proxy.port())) {
                        client.send(post(path, framing, "") + content);
                    }
                    try (RawClient client = new RawClient(proxy.port())) {
                        client.send(post(path, framing, "") + content).socket().setSoLinger(true, 0);
                    }
                }
            }
        }
        nobodyIsLeft("all");
    }

    @Test
    void clientsThatAreGoneBeforeTheirRequestIsReadLeaveNoBufferBehind() throws Exception {
        for (String path : ANSWERERS) {
            for (String expect : new String[] {"", "Expect: 100-continue\r\n"}) {
                long taken = BufferPool.taken();
                List<RawClient> clients = new ArrayList<>();
                for (int i = 0; i < GONE; i++) {
                    clients.add(new RawClient(proxy.port()));
                }
                Wait.until("all to be accepted", () -> proxy.server().connections() == GONE);
                CountDownLatch goOn = new CountDownLatch(1);
                HoldUp.all(goOn);
                for (RawClient client : clients) {
                    client.send(post(path, Framing.LONG, expect)).socket().setSoLinger(true, 0);
                    client.close();
                }
                goOn.countDown();
                nobodyIsLeft(path);
                long more = BufferPool.taken() - taken;
                // a few are kept by each thread
                assertTrue(more < GONE / 2 * (16L << 10), path + " " + expect + more);
            }
        }
    }

    @Test
    void aClientThatSendsAllBeforeItReadsGetsItsAnswer() throws IOException {
        for (String path : List.of("/large.bin", "/file.txt", "/private", "/unbuffered-close", "/unbuffered")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + (900_000) + "\r\n\r\n");
                client.send("x".repeat(900_000));
                response(client);
                client.send(NEXT);
                assertTrue(response(client).startsWith("HTTP/1.1 200 "), path);
            }
        }
        nobodyIsLeft("all");
    }

    @Test
    void contentThatIsWaitedForHasItsTimeout() throws IOException {
        for (Framing framing : Framing.values()) {
            String answer = RawClient.exchange(proxy.port(), post("/buffered", framing, ""));
            assertTrue(answer.startsWith("HTTP/1.1 408 ") || answer.isEmpty(), answer);
        }
        nobodyIsLeft("all");
    }

    @Test
    void aRefusedBodyIsReadForLongEnoughThatItsSenderSeesWhy() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.send("POST /return HTTP/1.1\r\nHost: t\r\nContent-Length: 8000000\r\n\r\n");
            for (int i = 0; i < 80; i++) {
                client.send("x".repeat(100_000));
            }
            String all = client.readAll();
            assertTrue(all.startsWith("HTTP/1.1 413 ") && !all.contains("[reset]"), all);
        }
        nobodyIsLeft("a refused body");
    }

    @Test
    void aDrainWaitsForContentThatIsStillComing() throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            response(client.send(post("/return", Framing.LENGTH, "")));
            proxy.server().drain();
            client.send("abc");
            assertEquals("", client.readAll());
        }
        proxy.server().awaitDrained();
    }
}
