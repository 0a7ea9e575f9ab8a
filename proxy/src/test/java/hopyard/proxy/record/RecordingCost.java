package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.upstream.ResponseHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What recording takes of a request's time on its I/O thread, measured where it happens; run it with
 * {@code -Dtest=RecordingCost -Drecording.requests=200000}. No more than a figure: nothing is asserted of it.
 */
class RecordingCost {

    private static final int REQUESTS = Integer.getInteger("recording.requests", 0);

    @TempDir
    private Path directory;

    /** Passes everything on to a log, and notes how long that takes; used by one I/O thread. */
    private static final class Timed implements Recorder, Module {
        private final ExchangeLog log = new ExchangeLog(1000, 8 << 20, 1, null);
        private final int[] nanos = new int[2 * REQUESTS];
        private int now;
        private volatile int exchanges;

        @Override
        public Manual manual() {
            return new Manual("test", "test.md");
        }

        @Override
        public void compile(Scope scope, LocationHandlers location) {
            Build.of(scope).recorder(this);
        }

        @Override
        public byte[] sent(Exchange exchange, HeadWriter head) {
            long start = System.nanoTime();
            byte[] kept = log.sent(exchange, head);
            now += (int) (System.nanoTime() - start);
            return kept;
        }

        @Override
        public byte[] received(ResponseHead head) {
            long start = System.nanoTime();
            byte[] kept = log.received(head);
            now += (int) (System.nanoTime() - start);
            return kept;
        }

        @Override
        public void finished(Exchange exchange) {
            long start = System.nanoTime();
            log.finished(exchange);
            nanos[exchanges] = now + (int) (System.nanoTime() - start);
            now = 0;
            exchanges++;
        }
    }

    @Test
    void whatRecordingTakesIsPrinted() throws Exception {
        String plain = "GET /whoami HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
        String browser = "GET /items?page=3&sort=name HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n"
                + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0\r\n"
                + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
                + "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n"
                + "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nReferer: http://localhost/items\r\n";
        measure("curl", plain, plain);
        measure("browser", browser + "\r\n", browser + "\r\n");
        measure("browser with a cookie", browser + "Cookie: sid=0123456789abcdef; theme=dark\r\n\r\n");
        measure("curl and browser by turns", plain, browser + "\r\n");
    }

    @Test
    void whatTheWorstHeadsTakeIsPrinted() {
        for (boolean warm : new boolean[] {false, true}) {
            for (int size : new int[] {8 << 10, 32 << 10, 64 << 10}) {
                for (int line : new int[] {120, 4000, 8000}) {
                    worst(size, line, warm);
                }
            }
        }
    }

    /** The head as it comes, as it goes on and, of an app that sends everything back, as an answer. */
    private static void worst(int size, int line, boolean print) {
        Redactor redactor = new Redactor();
        long worst = 0;
        String which = "";
        for (byte[] head : HostileHeads.of(size, line)) {
            long[] each = new long[100];
            for (int i = 0; i < each.length; i++) {
                long start = System.nanoTime();
                redactor.begin();
                redactor.redact(Redactor.Part.FROM_CLIENT, head, 0, head.length);
                redactor.redact(Redactor.Part.TO_UPSTREAM, head, 0, head.length);
                redactor.redact(Redactor.Part.TO_CLIENT, head, 0, head.length);
                each[i] = System.nanoTime() - start;
            }
            Arrays.sort(each);
            if (each[each.length / 2] > worst) {
                worst = each[each.length / 2];
                which = new String(head, 0, 40, StandardCharsets.ISO_8859_1).replace("\r\n", "|");
            }
        }
        if (print) {
            System.out.printf(
                    "redaction, 3 x %d bytes in lines of %d: %d ns at worst, of %s%n", size, line, worst, which);
        }
    }

    private void measure(String what, String... requests) throws IOException, ConfException, InterruptedException {
        Timed timed = new Timed();
        List<Module> modules = new ArrayList<>(Modules.all());
        modules.add(timed);
        try (RawUpstream upstream = RawUpstream.answering(
                "HTTP/1.1 200 OK\r\nServer: app\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
                        + "X-Frame-Options: DENY\r\nHop-Trace: app;from=\"127.0.0.1:41822\";at=\"127.0.0.1:8000\";conn=3;"
                        + "req=17;dur=0.21\r\nContent-Length: 5\r\n\r\nhello")) {
            Path file = Files.writeString(directory.resolve("nginx.conf"), """
                    worker_processes 1; error_log error.log; events {} http { access_log off; hop_trace on;
                    keepalive_requests 100000000; upstream app { server %s; keepalive 4; keepalive_requests 100000000; }
                    server { listen 127.0.0.1:0; proxy_http_version 1.1; proxy_set_header Connection '';
                    proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
                    proxy_set_header Forwarded 'for="$remote_addr:$remote_port";host="$http_host";proto=$scheme';
                    location / { proxy_pass http://app; } } }""".formatted(upstream.address()));
            Configuration configuration = new ConfigurationLoader(modules, directory, file, "", "error.log").load();
            HttpServer server = new HttpServer(configuration, HttpServer.newBufferPool());
            server.use(configuration);
            try (RawClient client =
                    new RawClient(server.boundAddresses().iterator().next().getPort())) {
                send(client, REQUESTS, requests);
                int[] each = Arrays.copyOfRange(timed.nanos, REQUESTS / 2, timed.exchanges);
                Arrays.sort(each);
                System.out.printf(
                        "recording, %s: %d ns a request in the median, of which the clock takes about %d%n",
                        what, each[each.length / 2], 3 * clock());
            }
            server.stop();
            assertTrue(timed.exchanges > 0);
        }
    }

    private static void send(RawClient client, int n, String... requests) throws IOException {
        for (int i = 0; i < n; i++) {
            client.send(requests[i % requests.length]).readThrough("hello");
        }
    }

    /** What it takes to look at the clock twice, in nanoseconds. */
    private static long clock() {
        long start = System.nanoTime();
        long sum = 0;
        for (int i = 0; i < 1_000_000; i++) {
            long before = System.nanoTime();
            sum += System.nanoTime() - before;
        }
        return sum > 0 ? (System.nanoTime() - start) / 2_000_000 : 0;
    }
}
