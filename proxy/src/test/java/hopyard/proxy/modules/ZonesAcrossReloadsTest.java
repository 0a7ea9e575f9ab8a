package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What zones hold belongs to the configuration that runs, and goes on in the next one where it does in nginx. */
class ZonesAcrossReloadsTest {

    private static final String REQ = "limit_req_zone $http_k zone=a:1m rate=1r/m;";
    private static final String CONN = "limit_conn_zone $http_k zone=a:1m;";

    @TempDir
    private Path directory;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    private static String limited(String zone) {
        return limited(zone, "127.0.0.1:0");
    }

    private static String limited(String zone, String address) {
        return zone + " server { listen " + address + "; location / { limit_req zone=a; root /; } }";
    }

    private static String status(int port) throws IOException {
        return RawClient.exchange(port, "GET /none HTTP/1.1\r\nHost: h\r\nK: key\r\nConnection: close\r\n\r\n")
                .substring(9, 12);
    }

    @Test
    void modulesKeepNothing() {
        for (Module module : ConsoleModule.andAllOthers(null)) {
            for (Field field : module.getClass().getDeclaredFields()) {
                // whom it asks, which protocol it is for, which directives it reads and forgets; the console is of the
                // process
                boolean isFixed = Set.of(
                                Function.class, String.class, AcceptedDirectives.class, ConsoleModule.Host.class)
                        .contains(field.getType());
                assertTrue(Modifier.isStatic(field.getModifiers()) || isFixed, field + " outlives the configuration");
                assertTrue(Modifier.isFinal(field.getModifiers()), field + " may change");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit_req_zone $http_k zone=a:1m rate=1r/m;",
                "limit_req_zone $http_k zone=a:1m rate=30r/m;",
                "limit_req_zone $http_k zone=a:1024k rate=2r/m;",
            })
    void countsGoOnAlsoAtAnotherRate(String zone) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, limited(REQ))) {
            assertEquals("404", status(proxy.port()));
            assertEquals("503", status(proxy.port()));
            proxy.reload(limited(zone));
            assertEquals("503", status(proxy.port()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"limit_req_zone $http_k zone=a:2m rate=1r/m;", "limit_req_zone $http_k$uri zone=a:2m rate=1r/m;"
            })
    void anotherSizeIsAnotherZone(String zone) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, limited(REQ))) {
            assertEquals("404", status(proxy.port()));
            proxy.reload(limited(zone));
            assertEquals("404", status(proxy.port()));
            assertEquals("503", status(proxy.port()));
        }
    }

    @Test
    void aZoneThatWasAwayForAWhileBeginsAnew() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, limited(REQ))) {
            assertEquals("404", status(proxy.port()));
            proxy.reload("server { listen 127.0.0.1:0; root /; }");
            proxy.reload(limited(REQ));
            assertEquals("404", status(proxy.port()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limit_req_zone $uri zone=a:1m rate=1r/m; | limit_req \"a\" uses the \"$uri\" key while previously it used the"
                        + " \"$http_k\" key",
                "limit_req_zone $http_k zone=a:1m rate=1r/m; server { listen @TAKEN@; } | bind() to",
                "limit_req_zone $http_k zone=a:2m rate=1r/m; server { listen @TAKEN@; } | bind() to",
            })
    void whatIsRefusedChangesNothing(String zone, String message) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, limited(REQ))) {
            assertEquals("404", status(proxy.port()));
            String http = limited(zone.replace("@TAKEN@", "127.0.0.1:" + taken.getLocalPort()));
            ConfException e = assertThrows(ConfException.class, () -> proxy.reload(http));
            assertTrue(e.getMessage().contains(message), e.getMessage());
            assertEquals("503", status(proxy.port()));
            proxy.reload(limited(REQ));
            assertEquals("503", status(proxy.port()));
        }
    }

    @Test
    void requestsUnderWayAreCountedThroughReloads() throws Exception {
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    asked.incrementAndGet();
                    gate.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, held(app, CONN));
                RawClient first = new RawClient(proxy.port())) {
            first.send("GET / HTTP/1.1\r\nHost: h\r\nK: key\r\nConnection: close\r\n\r\n");
            Wait.until("the request", () -> asked.get() == 1);
            proxy.reload(held(app, CONN));
            assertEquals("503", status(proxy.port()));
            ConfException e =
                    assertThrows(ConfException.class, () -> proxy.reload(held(app, "limit_conn_zone $uri zone=a:1m;")));
            assertEquals(
                    "limit_conn_zone \"a\" uses the \"$uri\" key while previously it used the \"$http_k\" key",
                    e.getMessage());
            gate.countDown();
            assertTrue(first.readAll().endsWith("ok"));
            // it has left the zone of the configuration that came after its own
            Wait.until("room", () -> status(proxy.port()).equals("200"));
        }
    }

    private static String held(RawUpstream app, String zone) {
        return zone + " server { listen 127.0.0.1:0; limit_conn a 1; location / { proxy_pass http://" + app.address()
                + "; } }";
    }

    private String cached(RawUpstream app, String path, String more) {
        return "proxy_cache_path " + directory.resolve(path) + " " + more
                + "; server { listen 127.0.0.1:0; proxy_cache one;"
                + " proxy_cache_valid 1h; add_header X-Cache $upstream_cache_status; location / { proxy_pass http://"
                + app.address() + "; } }";
    }

    @Test
    void aCacheGoesOnAndKnowsItsFilesAtAnotherSize() throws Exception {
        String zone = "levels=1:2 keys_zone=one:1m";
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, cached(app, "cache", zone))) {
            assertTrue(RawClient.get(proxy.port(), "/").contains("X-Cache: MISS"));
            proxy.reload(cached(app, "cache", zone + " inactive=1m max_size=1m"));
            assertTrue(RawClient.get(proxy.port(), "/").contains("X-Cache: HIT"));
            for (String other : List.of("elsewhere|" + zone, "cache|levels=2 keys_zone=one:1m")) {
                String[] how = other.split("\\|");
                ConfException e = assertThrows(ConfException.class, () -> proxy.reload(cached(app, how[0], how[1])));
                assertEquals(
                        how[0].equals("cache")
                                ? "cache \"one\" had previously different levels"
                                : "cache \"one\" uses the \"" + directory.resolve("elsewhere")
                                        + "\" cache path while previously it used the \"" + directory.resolve("cache")
                                        + "\" cache path",
                        e.getMessage());
            }
            assertTrue(RawClient.get(proxy.port(), "/").contains("X-Cache: HIT"));
            proxy.reload(cached(app, "cache", "levels=1:2 keys_zone=one:2m"));
            Wait.until(
                    "what is in the directory",
                    () -> RawClient.get(proxy.port(), "/").contains("X-Cache: HIT"));
        }
    }

    @Test
    void whoeverWaitsForAFetchOfTheOldConfigurationIsServed() throws Exception {
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    asked.incrementAndGet();
                    gate.await();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, locking(app));
                RawClient first = new RawClient(proxy.port());
                RawClient second = new RawClient(proxy.port())) {
            String request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
            first.send(request);
            Wait.until("the first", () -> asked.get() == 1);
            proxy.reload(locking(app));
            second.send(request);
            Wait.until("both", () -> proxy.server().inFlight() == 2);
            gate.countDown();
            assertTrue(first.readAll().contains("X-Cache: MISS"));
            assertTrue(second.readAll().contains("X-Cache: HIT"));
            assertEquals(1, asked.get());
        }
    }

    private String locking(RawUpstream app) {
        return cached(app, "cache", "keys_zone=one:1m")
                .replace("proxy_cache one;", "proxy_cache one; proxy_cache_lock on;");
    }

    /** What a request gets before and after a reload, and what the log says about it. */
    private record Seen(List<String> statuses, String refusal) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limit_req_zone $http_k zone=a:1m rate=1r/m; | limit_req zone=a;",
                "limit_req_zone $http_k zone=a:1m rate=40r/m; | limit_req zone=a;",
                "limit_req_zone $http_k zone=a:2m rate=1r/m; | limit_req zone=a;",
                "limit_req_zone $http_j zone=a:1m rate=1r/m; | limit_req zone=a;",
                "limit_req_zone $http_j zone=a:2m rate=1r/m; | limit_req zone=a;",
                "limit_req_zone $http_k zone=b:1m rate=1r/m; | limit_req zone=b;",
                "limit_conn_zone $http_k zone=a:1m; | limit_conn a 1;",
                "limit_conn_zone $http_k zone=b:1m; limit_req_zone $http_k zone=a:1m rate=1r/m; | limit_req zone=a; limit_conn b 1;",
                "'' | ''",
            })
    void reloadsDoTheSameAsInNginx(String zone, String limit) throws Exception {
        Nginx.require();
        String before = limited(REQ, "127.0.0.1:@PORT@");
        String after = zone + " server { listen 127.0.0.1:@PORT@; location / { " + limit + " root /; } }";
        assertEquals(ofNginx(before, after), ofHopyard(before, after));
    }

    private Seen ofHopyard(String before, String after) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, before.replace("@PORT@", "0"))) {
            List<String> statuses = new ArrayList<>(List.of(status(proxy.port()), status(proxy.port())));
            String refusal = null;
            try {
                proxy.reload(after.replace("@PORT@", "0"));
            } catch (ConfException e) {
                refusal = e.getMessage();
            }
            statuses.add(status(proxy.port()));
            statuses.add(status(proxy.port()));
            return new Seen(statuses, refusal);
        }
    }

    private Seen ofNginx(String before, String after) throws Exception {
        try (Nginx nginx = Nginx.withHttp(directory.resolve("nginx"), before)) {
            int port = nginx.port();
            List<String> statuses = new ArrayList<>(List.of(status(port), status(port)));
            nginx.reload(after);
            String[] refusal = new String[1];
            Wait.until("nginx to reload", () -> {
                String said = nginx.errorLog();
                int emerg = said.indexOf("[emerg]");
                if (emerg >= 0) {
                    refusal[0] = said.substring(said.indexOf(": ", emerg) + 2)
                            .lines()
                            .findFirst()
                            .orElse("");
                }
                return emerg >= 0 || said.contains("exited with code 0");
            });
            statuses.add(status(port));
            statuses.add(status(port));
            return new Seen(statuses, refusal[0]);
        }
    }
}
