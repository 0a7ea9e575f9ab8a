package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.FaultyApp;
import hopyard.proxy.support.FaultyApp.End;
import hopyard.proxy.support.FaultyApp.Point;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fault of an app, with every kind of request, buffered or not, on a new connection and on one that is used
 * again: what the client gets, that it gets it in time, that no request that must not be repeated is, and that the next
 * request is answered. The real nginx meets the same faults, if it is installed.
 */
class FaultMatrixTest {

    /** The proxies' timeout for anything of the app's, in ms. */
    private static final int TIMEOUT = 800;

    private static final int WORKERS = 20;

    private static final List<String> BUFFERING = List.of(
            "",
            "proxy_buffering off;",
            "proxy_request_buffering off;",
            "proxy_buffering off; proxy_request_buffering off;");

    private static final Pattern RESPONSE = Pattern.compile("HTTP/1\\.1 (\\d{3}) .*?\r\n\r\n(.*)", Pattern.DOTALL);

    @TempDir
    private Path directory;

    private enum Request {
        GET("GET", 0, false),
        POST("POST", 0, false),
        POST_SHORT("POST", 5, false),
        POST_LONG("POST", 300_000, false),
        POST_CHUNKED("POST", 300_000, true),
        PUT_LONG("PUT", 300_000, false);

        private final String method;
        private final int length;
        private final boolean isChunked;

        Request(String method, int length, boolean isChunked) {
            this.method = method;
            this.length = length;
            this.isChunked = isChunked;
        }

        boolean isIdempotent() {
            return !method.equals("POST");
        }

        String bytes(String target) {
            String head = method + " " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
            String content = "x".repeat(length);
            return isChunked
                    ? head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(length) + "\r\n" + content
                            + "\r\n0\r\n\r\n"
                    : head + (method.equals("GET") ? "" : "Content-Length: " + length + "\r\n") + "\r\n" + content;
        }
    }

    private record Case(Point point, End end, Request request, int buffering, boolean isReused) {

        /** What the client may get: a status code, with "!" if the content must be seen to be incomplete. */
        Set<String> right() {
            boolean isRetryable = request.isIdempotent() && (buffering < 2 || request.length == 0);
            return switch (point) {
                case ACCEPTED, REQUEST_HEAD, REQUEST, RESPONSE_HEAD -> Set.of(end == End.SILENCE ? "504" : "502");
                // a reset may overtake what was sent before it
                case NO_CONTENT, CONTENT, CHUNK -> end == End.RESET ? Set.of("200!", "502") : Set.of("200!");
                case EARLY -> request.length > 0 && end != End.SILENCE ? Set.of("200", "502") : Set.of("200");
                case RESPONSE, EXCESS -> end == End.RESET ? Set.of("200", "200!", "502") : Set.of("200");
                case GARBAGE -> Set.of("502");
                case REUSED -> isRetryable ? Set.of("200") : Set.of("502");
            };
        }

        @Override
        public String toString() {
            return point + " " + end + ", " + request + (isReused ? ", used connection, " : ", new connection, ")
                    + (buffering == 0 ? "buffered" : BUFFERING.get(buffering));
        }
    }

    private record Outcome(String got, int heads, boolean isSpoilt, long millis, String next) {}

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Point point : Point.values()) {
            for (End end : End.values()) {
                for (Request request : Request.values()) {
                    for (int buffering = 0; buffering < BUFFERING.size(); buffering++) {
                        if (point != Point.REUSED) {
                            cases.add(new Case(point, end, request, buffering, false));
                        }
                        // an app that falls silent between requests is one that is silent after the next request's head
                        boolean isOther = end == End.SILENCE && (point == Point.REUSED || point == Point.RESPONSE);
                        if (point != Point.ACCEPTED && !isOther) {
                            cases.add(new Case(point, end, request, buffering, true));
                        }
                    }
                }
            }
        }
        return cases;
    }

    private static String conf(List<FaultyApp> apps, String listen) {
        StringBuilder out = new StringBuilder("proxy_http_version 1.1; proxy_set_header Connection \"\"; "
                + "client_max_body_size 0; proxy_read_timeout " + TIMEOUT + "ms; proxy_send_timeout " + TIMEOUT
                + "ms; ");
        StringBuilder locations = new StringBuilder();
        for (int i = 0; i < apps.size(); i++) {
            out.append("upstream used")
                    .append(i)
                    .append(" { server ")
                    .append(apps.get(i).address())
                    .append("; keepalive 4; } ");
            for (int b = 0; b < BUFFERING.size(); b++) {
                locations
                        .append("location /")
                        .append(i)
                        .append("/new/")
                        .append(b)
                        .append(" { ")
                        .append(BUFFERING.get(b))
                        .append("proxy_pass http://")
                        .append(apps.get(i).address())
                        .append("/; } ");
                locations
                        .append("location /")
                        .append(i)
                        .append("/used/")
                        .append(b)
                        .append(" { ")
                        .append(BUFFERING.get(b))
                        .append("proxy_pass http://used")
                        .append(i)
                        .append("/; } ");
            }
            locations
                    .append("location /")
                    .append(i)
                    .append("/prime { proxy_pass http://used")
                    .append(i)
                    .append("/prime; } ");
        }
        return out + "server { listen " + listen + "; " + locations + "}";
    }

    private static Outcome meet(Case which, int worker, FaultyApp app, int port) throws Exception {
        app.work();
        if (which.isReused) {
            String primed = RawClient.get(port, "/" + worker + "/prime");
            assertTrue(primed.startsWith("HTTP/1.1 200 "), primed);
        }
        app.fail(which.point, which.end);
        long started = System.nanoTime();
        String target = "/" + worker + (which.isReused ? "/used/" : "/new/") + which.buffering;
        String received = send(port, which.request.bytes(target));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        int heads = app.heads();
        app.work();
        return new Outcome(describe(received), heads, app.isSpoilt(), millis, describe(RawClient.get(port, target)));
    }

    /** Sends and receives at the same time, as a server that has enough of a request may well stop reading it. */
    private static String send(int port, String request) throws Exception {
        try (RawClient client = new RawClient(port)) {
            Thread sender = new Thread(() -> {
                try {
                    client.send(request);
                } catch (IOException e) {
                    // the proxy has closed the connection; what it said before is what counts
                }
            });
            sender.start();
            String received = client.readAll();
            client.close();
            sender.join();
            return received;
        }
    }

    private static String describe(String received) {
        Matcher response = RESPONSE.matcher(received.replace("[reset]", ""));
        if (!response.matches()) {
            return "nothing";
        }
        String body = response.group(2);
        Matcher length = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n").matcher(received);
        boolean isComplete =
                length.find() ? body.length() == Integer.parseInt(length.group(1)) : body.endsWith("0\r\n\r\n");
        return response.group(1) + (isComplete ? "" : "!");
    }

    private static Map<Case, Outcome> meetAll(List<Case> cases, List<FaultyApp> apps, int port) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        try {
            List<Future<Map<Case, Outcome>>> parts = new ArrayList<>();
            for (int w = 0; w < WORKERS; w++) {
                int worker = w;
                parts.add(workers.submit(() -> {
                    Map<Case, Outcome> outcomes = new HashMap<>();
                    for (int i = worker; i < cases.size(); i += WORKERS) {
                        outcomes.put(cases.get(i), meet(cases.get(i), worker, apps.get(worker), port));
                    }
                    return outcomes;
                }));
            }
            Map<Case, Outcome> all = new HashMap<>();
            for (Future<Map<Case, Outcome>> part : parts) {
                all.putAll(part.get());
            }
            return all;
        } finally {
            workers.shutdownNow();
        }
    }

    /** Has nginx meet the same faults, and writes down where it does otherwise. */
    private void compare(List<Case> cases, Map<Case, Outcome> ours, List<FaultyApp> apps) throws Exception {
        if (!Nginx.isInstalled()) {
            System.out.println("fault matrix: " + cases.size() + " faults; nginx is not installed and left out");
            return;
        }
        try (Nginx nginx = Nginx.withHttp(directory.resolve("nginx"), conf(apps, "127.0.0.1:@PORT@"))) {
            Map<Case, Outcome> theirs = meetAll(cases, apps, nginx.port());
            List<String> lines = new ArrayList<>();
            int wrong = 0;
            for (Case which : cases) {
                String other = theirs.get(which).got;
                if (!other.equals(ours.get(which).got)) {
                    lines.add(which + ": " + ours.get(which).got + ", nginx " + other);
                }
                wrong += which.right().contains(other) ? 0 : 1;
            }
            lines.add(
                    0,
                    "fault matrix: " + cases.size() + " faults, " + lines.size()
                            + " with another outcome than nginx's, " + wrong + " of nginx's not among the right ones");
            Files.write(Path.of("target/fault-matrix.txt"), lines);
            System.out.println(lines.get(0));
        }
    }

    @Test
    void aResponseThatEndsAtAnyByteIsNeverTakenForAWholeOne() throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        int head = response.length() - 5;
        try (FaultyApp app = new FaultyApp();
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { proxy_pass http://" + app.address() + "; }")) {
            for (End end : List.of(End.CLOSE, End.RESET)) {
                for (int n = 0; n <= response.length(); n++) {
                    app.failAfter(response.substring(0, n), end);
                    String got = describe(RawClient.get(proxy.port(), "/"));
                    String right = n < head ? "502" : n < response.length() ? "200!" : "200";
                    boolean isOvertaken = end == End.RESET && got.equals("502");
                    assertTrue(got.equals(right) || isOvertaken, got + " after " + n + " bytes and " + end);
                }
            }
        }
    }

    @Test
    void anAppThatCannotBeReachedIsGivenUpInTime() throws Exception {
        // its backlog is full, so what knocks is not heard
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort());
                Socket second = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort());
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_connect_timeout 300ms; proxy_pass http://127.0.0.1:" + deaf.getLocalPort()
                                + "; } location /here { return 200 here; }")) {
            assertTrue(first.isConnected() && second.isConnected());
            for (Request request : Request.values()) {
                assertEquals("504", describe(send(proxy.port(), request.bytes("/"))), request.toString());
                assertTrue(RawClient.get(proxy.port(), "/here").endsWith("here"));
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> everyFaultHasItsOutcome() throws Exception {
        List<Case> cases = cases();
        List<FaultyApp> apps = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            apps.add(new FaultyApp());
        }
        Map<Case, Outcome> outcomes;
        // one I/O thread: a connection that was used is found again
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(apps, "127.0.0.1:0"), 1)) {
            outcomes = meetAll(cases, apps, proxy.port());
            compare(cases, outcomes, apps);
        } finally {
            for (FaultyApp app : apps) {
                app.close();
            }
        }
        return cases.stream()
                .map(which -> DynamicTest.dynamicTest(which.toString(), () -> {
                    Outcome outcome = outcomes.get(which);
                    assertTrue(which.right().contains(outcome.got), which + " " + outcome);
                    assertTrue(
                            outcome.heads <= (which.request.isIdempotent() ? 2 : 1),
                            "asked no more than it may be: " + which + " " + outcome);
                    assertFalse(outcome.isSpoilt, "the app got what the client sent: " + outcome);
                    // a fault is retried once at most, and each try has its timeout
                    assertTrue(outcome.millis < 2 * TIMEOUT + 2000, "in time: " + outcome);
                    assertEquals("200", outcome.next, "the next request is answered: " + which + " " + outcome);
                }));
    }
}
