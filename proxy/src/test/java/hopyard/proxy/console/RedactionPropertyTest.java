package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No secret that a request or a response holds is in anything that the console shows of them. More cases than in a
 * build: {@code -Dtest=RedactionPropertyTest -Dredaction.cases=20000}, {@code -Dredaction.seed=N} for those of another
 * run.
 */
class RedactionPropertyTest {

    private static final int CASES = Integer.getInteger("redaction.cases", 300);
    private static final int FIXED_SEED = 15;
    private static final int BATCH = 150;

    /** Of a secret, so much in a row is a find. */
    private static final int FIND = 8;

    private static final Pattern MAYBE_BASE64 = Pattern.compile("[A-Za-z0-9+/_-]{12,}");
    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");

    private static final String LOCATIONS = """
            proxy_set_header X-Original-URL $request_uri; proxy_set_header X-Original-Request $request;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            add_header X-Echo $request_uri always; add_header Link '<$request_uri>; rel=self' always;
            location / { proxy_pass http://app; }
            location /files/ { return 302 http://other.example$request_uri; }
            location /x/ { proxy_pass http://127.0.0.1:9/; }
            """;

    @TempDir
    private Path directory;

    private final Map<Integer, String> responses = new ConcurrentHashMap<>();
    /** Where each secret's parts come from. */
    private final Map<String, String> parts = new HashMap<>();

    private final StringBuffer live = new StringBuffer();
    private final List<String> found = new ArrayList<>();
    private final Set<String> leaked = new HashSet<>();
    private int secrets;
    private int documents;

    private RawUpstream upstream() throws IOException {
        return new RawUpstream(connection -> {
            String response = "";
            while (true) {
                if (response.startsWith("HTTP/1.1 101")) {
                    connection.send(connection.read(1));
                    return;
                }
                Matcher number = Pattern.compile("X-Case: ([0-9]+)").matcher(connection.readHead());
                response = number.find() ? responses.get(Integer.parseInt(number.group(1))) : "";
                connection.send(response);
            }
        });
    }

    private ConsoleUnderTest start(RawUpstream upstream) {
        String http = "hop_trace on; hop_exchanges 10000 64m; proxy_next_upstream off; upstream app { server "
                + upstream.address() + "; }\nserver { listen 127.0.0.1:0; proxy_http_version 1.1;\n" + LOCATIONS
                + "location /_hops/ { hop_console; } }";
        return ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, http));
    }

    @Test
    void noPlantedSecretIsInAnythingThatIsShown() throws Exception {
        long seed = Long.getLong("redaction.seed", new Random().nextInt(1_000_000));
        try (ConsoleUnderTest console = start(upstream());
                RawClient watcher = new RawClient(console.proxy.port())) {
            watcher.send("GET /_hops/live HTTP/1.1\r\nHost: localhost\r\n\r\n").readThrough("\n\n");
            Thread watching = new Thread(() -> watch(watcher), "watcher");
            watching.start();
            run(console, new Random(FIXED_SEED), CASES / 2);
            run(console, new Random(seed), CASES - CASES / 2);
            Wait.until("the last one to be live", () -> live.indexOf("\"id\":" + newest(console) + ",") >= 0);
            watcher.close();
            watching.join();
        }
        search("live", live.toString());
        System.out.printf(
                "redaction: %d cases (seeds %d and %d), %d secrets, %d documents: %d found%n",
                CASES, FIXED_SEED, seed, secrets, documents, found.size());
        assertEquals(List.of(), found.subList(0, Math.min(20, found.size())), found.size() + " found");
    }

    private void watch(RawClient watcher) {
        try {
            while (true) {
                live.append(watcher.readThrough("\n\n"));
            }
        } catch (IOException e) {
            // closed: the test is over
            live.append('\n');
        }
    }

    private void run(ConsoleUnderTest console, Random random, int cases) throws IOException {
        for (int done = 0; done < cases; ) {
            long before = newest(console);
            int n = Math.min(BATCH, cases - done);
            Map<Integer, PlantedSecrets> planted = new HashMap<>();
            for (int i = 0; i < n; i++) {
                int number = done + i;
                planted.put(number, exchange(console, random, number));
            }
            Wait.until("all to be recorded", () -> newest(console) == before + n);
            look(console, before, planted);
            done += n;
        }
    }

    private static long newest(ConsoleUnderTest console) throws IOException {
        return console.json("/_hops/exchanges?limit=1").get("newest").asLong();
    }

    private PlantedSecrets exchange(ConsoleUnderTest console, Random random, int number) throws IOException {
        PlantedSecrets planted = new PlantedSecrets(random);
        String request = planted.request(number);
        boolean upgrades = request.contains("Upgrade: websocket") && random.nextBoolean();
        String response = upgrades ? planted.switching() : planted.response();
        responses.put(number, response);
        secrets += planted.secrets.size();
        for (String secret : planted.secrets) {
            String lower = secret.toLowerCase(Locale.ROOT);
            for (int i = 0; i + FIND <= lower.length(); i++) {
                parts.put(lower.substring(i, i + FIND), secret + " of\n" + request + response);
            }
        }
        try (RawClient client = new RawClient(console.proxy.port())) {
            client.send(request);
            if (request.contains("Upgrade: websocket")) {
                String head = client.readThrough("\r\n\r\n");
                if (head.startsWith("HTTP/1.1 101")) {
                    client.send("!").readAll();
                }
            } else {
                client.readAll();
            }
        }
        return planted;
    }

    private void look(ConsoleUnderTest console, long before, Map<Integer, PlantedSecrets> planted) throws IOException {
        for (String path :
                List.of("last", "stats", "metrics", "exchanges.har?limit=" + BATCH, "exchanges?limit=" + BATCH)) {
            everyForm(console, path);
        }
        for (long id = before + 1; id <= before + planted.size(); id++) {
            String json = everyForm(console, "exchanges/" + id);
            Matcher number = Pattern.compile("\"X-Case\", *\"([0-9]+)\"").matcher(json);
            if (number.find()) {
                PlantedSecrets its = planted.get(Integer.parseInt(number.group(1)));
                assertTrue(json.contains("redacted:"), json);
                if (!json.contains("\"toUpstream\" : \"\"")) {
                    String shown = json.toLowerCase(Locale.ROOT);
                    its.visible.forEach(each -> assertTrue(shown.contains(each), () -> each + " in " + json));
                }
            }
        }
    }

    /** Searches what the console answers as JSON, as text and as a page; returns the first. */
    private String everyForm(ConsoleUnderTest console, String path) throws IOException {
        String first = null;
        for (String format : List.of("json", "text", "html")) {
            ConsoleUnderTest.Answer answer =
                    console.get("/_hops/" + path + (path.contains("?") ? "&" : "?") + "format=" + format);
            assertEquals(200, answer.status(), path);
            search(path + " as " + format, answer.body());
            first = first == null ? answer.body() : first;
        }
        return first;
    }

    /** Looks for all secrets in a document as it is and decoded in every way that a reader may think of. */
    private void search(String name, String document) {
        documents++;
        String plain = document.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
                .replace("\\\"", "\"");
        find(name, plain);
        String decoded = plain;
        for (String next = decode(plain); !next.equals(decoded); next = decode(next)) {
            decoded = next;
            find(name + ", decoded", decoded);
        }
        StringBuilder all = new StringBuilder();
        for (Matcher m = MAYBE_BASE64.matcher(decoded); m.find(); ) {
            String standard = m.group().replace('-', '+').replace('_', '/');
            byte[] bytes = Base64.getDecoder().decode(standard.substring(0, standard.length() / 4 * 4));
            all.append(new String(bytes, StandardCharsets.ISO_8859_1)).append('\n');
        }
        find(name + ", from base 64", all.toString());
    }

    private static String decode(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(m -> Matcher.quoteReplacement(Character.toString((char) Integer.parseInt(m.group(1), 16))));
    }

    private void find(String name, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (int i = 0; i + FIND <= lower.length(); i++) {
            String secret = parts.get(lower.substring(i, i + FIND));
            if (secret != null) {
                if (!leaked.add(secret)) {
                    continue;
                }
                String around = text.substring(Math.max(0, i - 100), Math.min(text.length(), i + 60));
                found.add(name + ": …" + around + "…\n" + secret);
            }
        }
    }
}
