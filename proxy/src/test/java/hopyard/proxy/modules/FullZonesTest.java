package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.HeldMemory;
import hopyard.memory.ZoneMemory;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.support.Nginx;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zones that are full: what requests get, and what the log says, is what nginx does. */
class FullZonesTest {

    private static final String HEADERS = "large_client_header_buffers 8 128k; ";

    @TempDir
    private Path directory;

    private static String status(int port, String key) throws IOException {
        return RawClient.exchange(port, request(key)).substring(9, 12);
    }

    private static String request(String key) {
        return "GET /none HTTP/1.1\r\nHost: h\r\nK: " + key + "\r\nConnection: close\r\n\r\n";
    }

    /** Long keys, then short ones, then long ones again, and those at the border of what nginx counts. */
    private static List<String> limitReq(int port) throws IOException {
        List<String> seen = new ArrayList<>();
        String x = "x".repeat(6000);
        for (int i = 0; i < 10; i++) {
            seen.add(status(port, x + i));
        }
        seen.add("first again " + status(port, x + 0) + ", last again " + status(port, x + 0));
        for (int i = 0; i < 600; i++) {
            String status = status(port, "short" + i);
            if (!status.equals("404")) {
                seen.add(i + ": " + status);
            }
        }
        seen.add("short again " + status(port, "short599") + ", long " + status(port, x + 1));
        seen.add("65535: " + status(port, "y".repeat(65_535)));
        seen.add("65536: " + status(port, "y".repeat(65_536)) + status(port, "y".repeat(65_536)));
        return seen;
    }

    @Test
    void limitReqLetsGoOrRefusesAsNginxDoes() throws Exception {
        Nginx.require();
        String http =
                HEADERS + "limit_req_zone $http_k zone=a:32k rate=1r/m; server { listen 127.0.0.1:@PORT@; location / {"
                        + " limit_req zone=a; root /; } }";
        List<String> ours;
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http.replace("@PORT@", "0"))) {
            ours = limitReq(proxy.port());
            assertTrue(proxy.errorLine("[alert]").contains("could not allocate node in limit_req zone \"a\""));
            assertTrue(proxy.errorLine("is more than")
                    .contains("the value of the \"$http_k\" key is more than 65535 bytes: \"yyy"));
        }
        String log;
        try (Nginx nginx = Nginx.withHttp(directory.resolve("nginx"), http)) {
            assertEquals(limitReq(nginx.port()), ours);
            log = nginx.errorLog();
        }
        assertTrue(log.contains("could not allocate node in limit_req zone \"a\""), "nginx's words");
        assertTrue(log.contains("the value of the \"$http_k\" key is more than 65535 bytes: \"yyy"), "nginx's words");
    }

    @Test
    void limitConnRefusesWhoHasNoRoomUntilSomebodyLeaves() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        String x = "x".repeat(200);
        List<RawClient> held = new ArrayList<>();
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    asked.incrementAndGet();
                    gate.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "limit_conn_zone $http_k zone=a:32k; server { listen 127.0.0.1:0; location / { limit_conn a 1;"
                                + " add_header S $limit_conn_status always; proxy_pass http://" + app.address()
                                + "; } }")) {
            String refused = "";
            // nginx has room for 80 of these
            while (held.size() < 300 && !refused.startsWith("HTTP/1.1 503 ")) {
                RawClient client = new RawClient(proxy.port());
                held.add(client);
                int before = asked.get();
                client.send(request(x + held.size()));
                Wait.until(
                        "an answer or the app",
                        () -> asked.get() > before
                                || client.socket().getInputStream().available() > 0);
                refused = asked.get() > before ? "" : client.readAll();
            }
            assertTrue(held.size() > 50 && held.size() < 150, held.size() + " were held");
            assertTrue(refused.contains("S: REJECTED"), refused);
            assertTrue(
                    proxy.errorLine("[crit]").contains("ngx_slab_alloc() failed: no memory in limit_conn_zone \"a\""));
            gate.countDown();
            assertTrue(held.get(0).readAll().endsWith("ok"));
            Wait.until("room", () -> status(proxy.port(), "another").equals("200"));
            // not counted at all
            assertTrue(
                    RawClient.exchange(proxy.port(), request("y".repeat(256))).startsWith("HTTP/1.1 200 "));
            assertTrue(proxy.errorLine("is more than").contains("key is more than 255 bytes: \"yyy"));
        } finally {
            for (RawClient client : held) {
                client.close();
            }
        }
    }

    @Test
    void whoIsRefusedByOneLimitLeavesTheOthersAtOnce() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    asked.incrementAndGet();
                    gate.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "limit_conn_zone $server_port zone=all:1m; limit_conn_zone $uri zone=each:1m; server { listen"
                                + " 127.0.0.1:0; limit_conn all 2; limit_conn each 1; limit_conn_dry_run on; add_header S"
                                + " $limit_conn_status always; location / { proxy_pass http://" + app.address()
                                + "; } location /here { root /; } }");
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port())) {
            for (RawClient client : List.of(first, second)) {
                int before = asked.get();
                client.send(request("k"));
                Wait.until("the app", () -> asked.get() > before);
            }
            assertTrue(RawClient.get(proxy.port(), "/here").contains("S: PASSED"));
            gate.countDown();
            assertTrue(first.readAll().contains("S: PASSED"));
            assertTrue(second.readAll().contains("S: REJECTED_DRY_RUN"));
        }
    }

    @Test
    void aCacheKeepsAsManyFilesAsItsKeysZoneHasRoomFor() throws Exception {
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "proxy_cache_path " + directory.resolve("cache")
                                + " keys_zone=c:32k; server { listen 127.0.0.1:0;"
                                + " proxy_cache c; proxy_cache_valid 1h; add_header X-Cache $upstream_cache_status;"
                                + " location / { proxy_pass http://" + app.address() + "; } }")) {
            String path = "/" + "p".repeat(2400);
            for (int i = 0; i < 600; i++) {
                assertTrue(RawClient.get(proxy.port(), path + i).contains("X-Cache: MISS"));
            }
            // nginx has room for 191
            try (Stream<Path> files = Files.list(directory.resolve("cache"))) {
                long count = files.count();
                assertTrue(count > 150 && count < 300, count + " files");
            }
            assertTrue(RawClient.get(proxy.port(), path + 599).contains("X-Cache: HIT"));
            assertTrue(RawClient.get(proxy.port(), path + 0).contains("X-Cache: MISS"));
        }
    }

    @Test
    void zonesThatAreTooMuchForTheHeapGetLessAndThatIsSaid() throws Exception {
        long all = ZoneMemory.ALL >> 10;
        assertEquals(
                List.of("the zone \"c\" of " + all + "k gets no more than " + (all - 1024 - 32)
                        + "k, because all zones together may take " + all
                        + "k, a quarter of the heap: see -Xmx in HOPYARD_JAVA_OPTS"),
                load("keys_zone=c:" + all + "k", "1m", "32k").warnings());
        assertEquals(List.of(), load("keys_zone=c:1m", "1m", "1m").warnings());
    }

    @Test
    void clientsHaveWhatZonesLeave() throws Exception {
        long most = Runtime.getRuntime().maxMemory() / 16 * 11;
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "limit_req_zone $uri zone=a:" + ZoneMemory.ALL + " rate=1r/s; server { listen 127.0.0.1:0; }")) {
            assertFalse(HeldMemory.hasRoom(most - ZoneMemory.ALL + 1));
            proxy.reload("limit_req_zone $uri zone=a:1m rate=1r/s; server { listen 127.0.0.1:0; }");
            assertTrue(HeldMemory.hasRoom(most - ZoneMemory.ALL + 1));
        }
    }

    private Configuration load(String keys, String limitReq, String limitConn) throws IOException, ConfException {
        Path file = Files.writeString(
                directory.resolve("nginx.conf"),
                "error_log e.log; events {} http { access_log off; proxy_cache_path " + directory.resolve("cache") + " "
                        + keys
                        + "; limit_req_zone $uri zone=r:" + limitReq + " rate=1r/s; limit_conn_zone $uri zone=a:"
                        + limitConn
                        + "; }");
        Configuration loaded = new ConfigurationLoader(Modules.all(), directory, file, "", "error.log").load();
        loaded.logFiles().discard();
        return loaded;
    }
}
