package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages of other origins in a real Chromium ask the console for everything, in every way that a page has; what came of
 * it is read from the proxy's access log.
 */
class CrossSiteIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final String PAGE = "http://localhost:" + PROXY;

    /** Names under which the console can be asked; Chromium sends no Sec-Fetch-Site to the last one. */
    private static final List<String> CONSOLES =
            List.of(PAGE, "http://127.0.0.1:" + PROXY, "http://console.test:" + PROXY);

    /** What was asked of the console with a tag, and with which status it was answered. */
    private static final Pattern LOGGED =
            Pattern.compile("\"[A-Z]+ /_hops/\\S*[?&]tag=([a-z-]+)([0-9]+) HTTP/1\\.1\" ([0-9]{3}) ");

    /** Asks for each URL in every way that a page has; the URL tells which, and which URL of the list it is. */
    private static final String ATTACK = """
            const attack = (url, number) => {
            const tagged = way => url + (url.includes('?') ? '&' : '?') + 'tag=' + way + number;
            const add = (name, properties, more) => {
                const element = Object.assign(document.createElement(name), properties);
                document.body.append(element);
                more?.(element);
                return element;
            };
            const frame = way => add('iframe', { name: way + Math.random() }).name;
            const form = (way, method) => add('form', { action: tagged(way), method, target: frame(way), enctype: 'text/plain' },
                element => {
                    // a form that GETs makes the query of its fields
                    for (const [name, value] of new URL(tagged(way)).searchParams) {
                        element.append(Object.assign(document.createElement('input'), { name, value }));
                    }
                    element.submit();
                });
            const ways = {
                'img': () => add('img', { src: tagged('img') }),
                'img-without-referrer': () => add('img', { referrerPolicy: 'no-referrer', src: tagged('img-without-referrer') }),
                'script': () => add('script', { src: tagged('script') }),
                'module': () => add('script', { type: 'module', src: tagged('module') }),
                'stylesheet': () => add('link', { rel: 'stylesheet', href: tagged('stylesheet') }),
                'preload': () => add('link', { rel: 'preload', as: 'fetch', href: tagged('preload') }),
                'audio': () => add('audio', { src: tagged('audio'), preload: 'auto' }),
                'object': () => add('object', { data: tagged('object') }),
                'iframe': () => add('iframe', { src: tagged('iframe') }),
                'sandboxed': () => add('iframe', { sandbox: 'allow-scripts', srcdoc: `<img src="${tagged('sandboxed')}">` }),
                'form-get': () => form('form-get', 'get'),
                'form-post': () => form('form-post', 'post'),
                'fetch': () => fetch(tagged('fetch')),
                'fetch-no-cors': () => fetch(tagged('fetch-no-cors'), { mode: 'no-cors', credentials: 'include' }),
                'fetch-no-referrer': () => fetch(tagged('fetch-no-referrer'), { mode: 'no-cors', referrerPolicy: 'no-referrer' }),
                'fetch-head': () => fetch(tagged('fetch-head'), { method: 'HEAD', mode: 'no-cors' }),
                'fetch-post': () => fetch(tagged('fetch-post'), { method: 'POST', body: '{}', credentials: 'include' }),
                'fetch-put': () => fetch(tagged('fetch-put'), { method: 'PUT', body: '{}', headers: { 'X-Any': '1' } }),
                'fetch-delete': () => fetch(tagged('fetch-delete'), { method: 'DELETE' }),
                'beacon': () => navigator.sendBeacon(tagged('beacon'), '{}'),
                'events': () => new EventSource(tagged('events'), { withCredentials: true }),
                'websocket': () => new WebSocket(tagged('websocket').replace('http', 'ws')),
                'open': () => open(tagged('open'), frame('open'), 'noreferrer'),
            };
            for (const way of Object.values(ways)) {
                Promise.resolve().then(way).catch(() => {});
            }
            return Object.keys(ways);
            };
            return arguments[0].map(attack)[0];
            """;

    @TempDir
    private static Path directory;

    private static Program playground;
    private static Browser browser;
    private static HttpServer elsewhere;

    @BeforeAll
    static void start() throws IOException {
        Browser.require();
        String conf = Program.shippedConf(
                directory, text -> text.replace("server_name localhost;", "server_name localhost console.test;"));
        playground = Program.start(
                Map.of("ALLOWED_HOSTS", "localhost,127.0.0.1,console.test,evil.test"),
                "./playground",
                "--proxy-port=" + PROXY,
                "--app-port=" + APP,
                "--conf=" + conf);
        playground.awaitOutput("Ctrl-C stops both");
        elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>elsewhere</title><body>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        elsewhere.start();
        // what a browser refuses by itself would not be seen
        browser = new Browser(
                "--host-resolver-rules=MAP *.test 127.0.0.1",
                "--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,LocalNetworkAccessChecks,"
                        + "BlockInsecurePrivateNetworkRequests");
    }

    @AfterAll
    static void stop() {
        if (playground != null) {
            playground.close();
        }
        if (elsewhere != null) {
            elsewhere.stop(0);
        }
        if (browser != null) {
            browser.close();
        }
    }

    /** Everything that the console says it has, and some ways past a list of names. */
    private static List<String> paths() throws IOException {
        List<String> paths = new ArrayList<>(List.of(
                "",
                "nothing",
                "config/test",
                "compare?path=/whoami&n=30",
                "compare/x?path=/whoami&n=30",
                "exchanges.har?limit=1000",
                "exchanges/1?wait=3000",
                "doors/20000/connect"));
        OkHttpClient client = new OkHttpClient();
        Request index = new Request.Builder()
                .url(PAGE + "/_hops/")
                .header("Accept", "application/json")
                .build();
        try (Response response = client.newCall(index).execute()) {
            new ObjectMapper()
                    .readTree(response.body().string())
                    .get("endpoints")
                    .forEach(name -> paths.add(name.asText()));
        } finally {
            client.connectionPool().evictAll();
            client.dispatcher().executorService().shutdown();
        }
        assertTrue(paths.containsAll(List.of("live", "send", "load", "config", "compare")), paths.toString());
        return paths;
    }

    /** The status codes of what asked the console since then, by its tag. */
    private static Map<String, TreeSet<String>> logged(int since) {
        Map<String, TreeSet<String>> statuses = new TreeMap<>();
        Matcher line = LOGGED.matcher(playground.output().substring(since));
        while (line.find()) {
            statuses.computeIfAbsent(line.group(1) + line.group(2), tag -> new TreeSet<>())
                    .add(line.group(3));
        }
        return statuses;
    }

    private static void assertOnlyRefusals(String page, String console) throws IOException {
        List<String> paths = paths();
        int before = playground.output().length();
        browser.open(page);
        Object ways = browser.script(
                ATTACK, paths.stream().map(path -> console + "/_hops/" + path).toList());
        TreeSet<String> expected = new TreeSet<>();
        for (Object way : (List<?>) ways) {
            for (int i = 0; i < paths.size(); i++) {
                expected.add(way.toString() + i);
            }
        }
        Map<String, TreeSet<String>> all = new TreeMap<>();
        TreeSet<String> missing = new TreeSet<>(expected);
        try {
            browser.until("each of the page's requests to be logged", () -> {
                all.putAll(logged(before));
                return all.keySet().containsAll(expected);
            });
        } catch (AssertionError e) {
            missing.removeAll(all.keySet());
            throw new AssertionError("never answered for " + page + " at " + console + ": " + missing, e);
        }
        all.forEach((tag, statuses) -> assertEquals(List.of("403"), List.copyOf(statuses), page + ": " + tag));
        System.out.println(page + " asked " + console + "/_hops/: " + all.size() + " requests, all refused");
    }

    @ParameterizedTest
    @CsvSource({"localhost, localhost", "127.0.0.1, localhost", "evil.test, 127.0.0.1", "evil.test, console.test"})
    void aPageOfAnotherOriginGetsNothingButRefusals(String host, String console) throws IOException {
        assertOnlyRefusals(
                "http://" + host + ":" + elsewhere.getAddress().getPort() + "/", "http://" + console + ":" + PROXY);
    }

    @Test
    void aPageUnderANameThatPointsHereGetsNothingButRefusals() throws IOException {
        // to the browser it is the console's own origin
        String origin = "http://evil.test:" + PROXY;
        assertOnlyRefusals(origin + "/proxy-says", origin);
    }

    @Test
    void aPageOfAnotherOriginMayNotLeadTheBrowserToTheConsole() throws IOException {
        int before = playground.output().length();
        List<String> led = new ArrayList<>();
        for (String console : CONSOLES) {
            String tag = "led" + led.size();
            browser.open("http://evil.test:" + elsewhere.getAddress().getPort() + "/");
            browser.script("location.href = arguments[0]", console + "/_hops/compare?path=/whoami&n=30&tag=" + tag);
            led.add(tag);
            browser.until(tag + " to be logged", () -> logged(before).containsKey(tag));
        }
        led.forEach(target ->
                assertEquals(List.of("403"), List.copyOf(logged(before).get(target)), target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "console.test"})
    void theConsolesOwnPageWorks(String host) {
        browser.open("http://" + host + ":" + PROXY + "/#compare");
        browser.await("#status.on");
        browser.type("#panel-compare input[type=number]", "5");
        browser.click("#panel-compare .primary");
        browser.awaitText("#panel-compare table", "5 × 200");
    }
}
