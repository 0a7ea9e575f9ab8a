package hopyard.proxy.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the cache does when more than one wants the same; the rest is compared with nginx in {@code cache.cases}. */
class CacheTest {

    @TempDir
    private Path directory;

    private final AtomicInteger asked = new AtomicInteger();

    private String conf(RawUpstream app, String more) {
        return "proxy_cache_path " + directory.resolve("cache") + " levels=1:2 keys_zone=one:1m; server { listen"
                + " 127.0.0.1:0; proxy_cache one; add_header X-Cache $upstream_cache_status; " + more
                + " location / { proxy_pass http://" + app.address() + "; } }";
    }

    /** An app that counts, and answers each time with its count. */
    private RawUpstream app(CountDownLatch gate, String fields) throws IOException {
        return new RawUpstream(connection -> {
            connection.readHead();
            String body = "answer " + asked.incrementAndGet();
            gate.await();
            connection.send("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        });
    }

    @Test
    void onlyOneFetchesWhileTheOthersWait() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (RawUpstream app = app(gate, "");
                ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, conf(app, "proxy_cache_valid 1m; proxy_cache_lock on;"))) {
            List<Thread> clients = new ArrayList<>();
            List<String> answers = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 10; i++) {
                Thread client = new Thread(() -> {
                    try {
                        answers.add(RawClient.get(proxy.port(), "/x"));
                    } catch (IOException e) {
                        answers.add(e.toString());
                    }
                });
                client.start();
                clients.add(client);
            }
            Wait.until("all to be under way", () -> proxy.server().inFlight() == 10);
            gate.countDown();
            for (Thread client : clients) {
                client.join(10_000);
            }
            assertEquals(1, asked.get());
            assertEquals(
                    10, answers.stream().filter(a -> a.endsWith("answer 1")).count(), answers.toString());
            assertEquals(
                    9, answers.stream().filter(a -> a.contains("X-Cache: HIT")).count());
        }
    }

    @Test
    void whoHasWaitedTooLongAsksForItself() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try (RawUpstream app = app(gate, "");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        conf(app, "proxy_cache_valid 1m; proxy_cache_lock on; proxy_cache_lock_timeout 50ms;"));
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port())) {
            String request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
            first.send(request);
            Wait.until("the first", () -> asked.get() == 1);
            second.send(request);
            Wait.until("the second", () -> asked.get() == 2);
            gate.countDown();
            assertTrue(first.readAll().endsWith("answer 1"));
            assertTrue(second.readAll().endsWith("answer 2"));
            assertTrue(RawClient.get(proxy.port(), "/x").endsWith("answer 1"));
        }
    }

    @Test
    void whatIsTooOldIsSentAtOnceAndFetchedMeanwhile() throws Exception {
        try (RawUpstream app = app(new CountDownLatch(0), "X-Accel-Expires: 1\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, conf(app, "proxy_cache_use_stale updating; proxy_cache_background_update on;"))) {
            assertTrue(RawClient.get(proxy.port(), "/x").endsWith("answer 1"));
            String[] seen = new String[1];
            Wait.until("it to be too old", () -> {
                seen[0] = RawClient.get(proxy.port(), "/x");
                return !seen[0].contains("X-Cache: HIT");
            });
            assertTrue(seen[0].contains("X-Cache: STALE") && seen[0].endsWith("answer 1"), seen[0]);
            Wait.until("the new one", () -> RawClient.get(proxy.port(), "/x").endsWith("answer 2"));
        }
    }

    @Test
    void whatIsKeptOutlivesTheServer() throws Exception {
        try (RawUpstream app = app(new CountDownLatch(0), "Cache-Control: max-age=60\r\n")) {
            for (int i = 0; i < 2; i++) {
                try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(app, ""))) {
                    String wanted = i == 0 ? "X-Cache: MISS" : "X-Cache: HIT";
                    Wait.until(
                            "the cache", () -> RawClient.get(proxy.port(), "/x").contains(wanted));
                }
            }
        }
    }

    @Test
    void theCacheIsNoLargerThanItMayBe() throws Exception {
        try (RawUpstream app = app(new CountDownLatch(0), "Cache-Control: max-age=60\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, conf(app, "").replace("keys_zone=one:1m", "keys_zone=one:1m max_size=2000"))) {
            for (int i = 0; i < 50; i++) {
                RawClient.get(proxy.port(), "/" + i);
            }
            try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
                long size = files.filter(Files::isRegularFile)
                        .mapToLong(file -> file.toFile().length())
                        .sum();
                assertTrue(size > 0 && size <= 2000, size + " bytes");
            }
            assertTrue(RawClient.get(proxy.port(), "/49").contains("X-Cache: HIT"));
            assertTrue(RawClient.get(proxy.port(), "/0").contains("X-Cache: MISS"));
        }
    }

    @Test
    void aClearedDirectoryIsNoHarm() throws Exception {
        try (RawUpstream app = app(new CountDownLatch(0), "Cache-Control: max-age=60\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(app, ""))) {
            assertTrue(RawClient.get(proxy.port(), "/x").contains("X-Cache: MISS"));
            try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
            assertTrue(RawClient.get(proxy.port(), "/x").contains("X-Cache: MISS"));
            assertTrue(RawClient.get(proxy.port(), "/x").contains("X-Cache: HIT"));
        }
    }

    /** In a file, or passed on as it comes, nobody can tell one content from another. */
    @ParameterizedTest
    @ValueSource(strings = {"client_body_buffer_size 5;", "proxy_request_buffering off; proxy_http_version 1.1;"})
    void nothingIsKeptWhereTheKeyNamesAContentThatIsNotInMemory(String how) throws Exception {
        String more = "proxy_cache_valid 1m; proxy_cache_methods GET POST; proxy_cache_key $uri$request_body; " + how;
        try (RawUpstream app = app(new CountDownLatch(0), "");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(app, more))) {
            String post = "POST /x HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 10\r\n\r\n";
            String first = RawClient.exchange(proxy.port(), post + "aaaaabbbbb");
            String second = RawClient.exchange(proxy.port(), post + "aaaaaccccc");
            String third = RawClient.get(proxy.port(), "/x");
            assertTrue(first.endsWith("answer 1"), first);
            assertTrue(second.endsWith("answer 2"), second);
            assertTrue(third.endsWith("answer 3"), third);
        }
    }

    @Test
    void aClientThatWaitsForLeaveToSendTheContentOfTheKeyGetsIt() throws Exception {
        String more = "proxy_cache_valid 1m; proxy_cache_methods GET POST; proxy_cache_key $uri$request_body;";
        try (RawUpstream app = app(new CountDownLatch(0), "");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(app, more));
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST /x HTTP/1.1\r\nHost: t\r\nConnection: close\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 3\r\n\r\n");
            client.readThrough("100 Continue\r\n\r\n");
            String answer = client.send("abc").readAll();
            assertTrue(answer.endsWith("answer 1"), answer);
        }
    }

    @Test
    void onlyTheProxysUserMayLookIntoTheCache() throws Exception {
        try (RawUpstream app = app(new CountDownLatch(0), "");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, conf(app, "proxy_cache_valid 1m;"))) {
            RawClient.get(proxy.port(), "/x");
            assertTrue(RawClient.get(proxy.port(), "/x").contains("X-Cache: HIT"));
            try (Stream<Path> all = Files.walk(directory.resolve("cache"))) {
                for (Path each : all.toList()) {
                    assertEquals(
                            Files.isDirectory(each) ? "rwx------" : "rw-------",
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(each)),
                            each.toString());
                }
            }
        }
    }
}
