package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.record.redaction.Redaction;
import hopyard.proxy.support.CaseFile;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RandomRequests;
import hopyard.proxy.support.Site;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the location tester says of a request, and what the server then does with it: random requests to the
 * configurations that are in the tests because people have such ones. {@code -Dlocation.requests=500} makes more of
 * them for each, and {@code -Dlocation.corpus=true} takes the small ones of the comparison with nginx as well.
 */
class LocationTesterAgreesTest {

    private static final int REQUESTS = Integer.getInteger("location.requests", 24);
    private static final long SEED = Long.getLong("location.seed", 16);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT = new OkHttpClient();

    private static Site site;

    @TempDir
    private static Path directory;

    private final Map<String, Integer> report = new TreeMap<>();
    private final List<String> differences = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        site = new Site(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        site.close();
    }

    @Test
    void theTesterAgreesWithTheServerOnRandomRequests() throws Exception {
        Map<String, String> configurations = new LinkedHashMap<>();
        for (CaseFile each : CaseFile.all(Path.of("src/test/resources/configurations"))) {
            configurations.put(each.name(), each.conf());
        }
        if (Boolean.getBoolean("location.corpus")) {
            for (CaseFile each : CaseFile.all(Path.of("src/test/resources/cases"))) {
                configurations.put(each.group() + " " + each.name(), whole(each.conf()));
            }
        }
        configurations.put("production.conf", Files.readString(Path.of("src/test/resources/production.conf")));
        configurations.put("the shipped nginx.conf", Files.readString(Path.of("conf/nginx.conf")));
        for (Map.Entry<String, String> each : configurations.entrySet()) {
            compare(each.getKey(), each.getValue());
        }
        System.out.println(
                "location tester: " + configurations.size() + " configurations, seed " + SEED + ": " + report);
        assertEquals("", String.join("\n", differences));
        int agreed = report.values().stream().mapToInt(n -> n).sum();
        assertTrue(agreed - report.getOrDefault("only when sent", 0) >= 300, report.toString());
        for (String kind : List.of("upstream", "proxy", "file", "nobody")) {
            assertTrue(report.getOrDefault(kind, 0) >= 5, kind + ": " + report);
        }
    }

    /** A file made of the contents of an http block or, where that has no server, of its only server. */
    private static String whole(String conf) {
        String http = conf.contains("server {") ? conf : "server { @LISTEN@ " + conf + " }";
        return "events {} http { root @ROOT@; error_log log info; access_log off;\n"
                + http.replaceAll("@LISTEN( [^@]*)?@", "listen 80$1;") + "\n}";
    }

    private static String conf(String text, Path home, Map<String, Integer> ports) {
        String known = text.replaceAll("include /etc/nginx/mime.types;", "types { text/html html; text/plain txt; }")
                .replaceAll("resolver [^;]*;", "")
                .replaceAll("server backend:8000 resolve;", "server @APP@;")
                .replaceAll("127.0.0.1:18000", "@APP@")
                .replaceAll("/dev/stdout|stderr", "log")
                .replaceAll("pid [^;]*;", "")
                .replace("%LOGS%", home.toString())
                .replace("@TEMP@", "");
        String conf = site.filledIn(Site.atPorts(known, ports.get("plain"), ports.get("tls")), home);
        int end = conf.lastIndexOf('}');
        return conf.substring(0, end) + "server { listen 127.0.0.1:" + ports.get("console")
                + "; auth_basic off; auth_request off; allow all; location /_hops/ { hop_console edit; } }\n}\n";
    }

    private void compare(String name, String text) throws Exception {
        Path home = Files.createDirectories(directory.resolve(name.replace(' ', '-')));
        Files.createDirectories(home.resolve("www/html"));
        Files.createDirectories(home.resolve("www/static"));
        Files.writeString(home.resolve("www/static/file.txt"), "static");
        Files.writeString(home.resolve("www/html/index.html"), "index");
        Map<String, Integer> ports = new HashMap<>();
        int[] chosen = Ports.free(3);
        for (String port : List.of("plain", "tls", "console")) {
            ports.put(port, chosen[ports.size()]);
        }
        String conf = conf(text, home, ports);
        Path file = Files.writeString(home.resolve("nginx.conf"), conf);
        RandomRequests requests = new RandomRequests(SEED + name.hashCode(), conf);
        boolean hasTls = conf.contains(":" + ports.get("tls"));
        try (ProxyUnderTest proxy = ProxyUnderTest.withFile(home, file)) {
            for (int i = 0; i < REQUESTS; i++) {
                RandomRequests.Made request = requests.next();
                boolean toTls = hasTls && i % 3 == 0;
                // now and then without TLS, where TLS is expected
                compare(name, request, ports, toTls, toTls && i % 7 != 0);
            }
        }
    }

    private void compare(
            String name, RandomRequests.Made request, Map<String, Integer> ports, boolean toTls, boolean tls)
            throws Exception {
        int console = ports.get("console");
        Map<String, Object> question = new LinkedHashMap<>(request.question());
        question.put("port", ports.get(toTls ? "tls" : "plain"));
        question.put("scheme", tls ? "https" : "http");
        JsonNode said = ask(console, "location", JSON.writeValueAsBytes(question));
        Map<String, List<String>> before = site.askedByAddress();
        String newest = ask(console, "exchanges?limit=1", null).get("newest").asText();
        String response = site.ask(ports.get(toTls ? "tls" : "plain"), tls, request.bytes())
                .bytes();
        if (said.at("/answer/who").asText().equals("console")) {
            // what the console is asked is not recorded
            assertTrue(response.contains("Content-Security-Policy: "), response);
            report.merge("console", 1, Integer::sum);
            return;
        }
        JsonNode[] found = new JsonNode[1];
        Wait.until(name + ": the exchange to be recorded: " + request.bytes(), () -> {
            JsonNode newer = ask(console, "exchanges?since=" + newest, null).get("exchanges");
            found[0] = newer.path(0);
            return !newer.isEmpty();
        });
        Map<String, List<String>> asked = site.askedByAddress();
        asked.replaceAll((app, all) -> all.subList(before.get(app).size(), all.size()));
        String kind = said.path("answer").path("who").asText();
        String difference = difference(said, kind, found[0], response, asked);
        if (difference == null) {
            report.merge(kind, 1, Integer::sum);
        } else if (isOpen(said, found[0])) {
            report.merge("only when sent", 1, Integer::sum);
        } else {
            differences.add("== " + name + ": " + difference + "\n" + request.bytes() + "\nsaid: "
                    + said.toPrettyString() + "\nwas: " + found[0].toPrettyString() + "\n" + asked + "\n" + response);
        }
    }

    /** Whether the answer was made by something of which the tester has said that it cannot know. */
    private static boolean isOpen(JsonNode said, JsonNode was) {
        String open = said.get("unknown").toString();
        return open.contains("limit_") && was.get("status").asInt() == 429
                || (open.contains("the cache has a response") || open.contains("to auth_request"))
                        && was.get("tries").isEmpty()
                || open.contains("client_max_body_size") && was.get("status").asInt() == 413
                || said.get("answer").toString().contains("comes to depends on the files")
                || was.get("tries").toString().contains("127.0.0.1:" + site.deadPort());
    }

    /** {@code null} if what was said is what was. */
    private static String difference(
            JsonNode said, String kind, JsonNode was, String response, Map<String, List<String>> asked) {
        for (String part : List.of("server", "location")) {
            if (said.at("/" + part + "/line").asInt()
                    != was.at("/" + part + "/line").asInt()) {
                return part;
            }
        }
        int status = was.get("status").asInt();
        JsonNode answer = said.get("answer");
        switch (kind) {
            case "nobody":
                return status == 444 && response.isEmpty() ? null : "444";
            case "proxy", "file":
                String location = header(response, "Location");
                if (!response.startsWith("HTTP/1.1 " + answer.get("status").asInt() + " ")
                        || !was.findValues("to").stream().allMatch(JsonNode::isNull)) {
                    return "status or tries";
                }
                if (!answer.path("why")
                        .asText()
                        .equals(was.at("/answeredBy/why").asText())) {
                    return "why " + was.at("/answeredBy/why");
                }
                if (kind.equals("file")) {
                    return answer.path("file").asText().startsWith("/") ? null : "file";
                }
                return location.equals(answer.path("location").asText("")) ? null : "Location: " + location;
            case "upstream":
                if (was.get("tries").size() != 1) {
                    return "tries";
                }
                String server = was.at("/tries/0/server").asText();
                List<String> peers = said.at("/upstream/peers").findValuesAsText("address");
                if (!peers.contains(server)) {
                    return "peer " + server;
                }
                List<String> problems = new ArrayList<>();
                for (String head : asked.getOrDefault(server, List.of())) {
                    String problem = headDifference(said.at("/upstream/head"), head);
                    if (problem == null) {
                        return null;
                    }
                    problems.add(problem);
                }
                return "head: " + problems;
            default:
                return kind;
        }
    }

    private static String header(String response, String name) {
        for (String line : response.split("\r\n\r\n", 2)[0].split("\r\n")) {
            if (line.startsWith(name + ": ")) {
                return Paths.fromBytes(line.substring(name.length() + 2));
            }
        }
        return "";
    }

    private static String headDifference(JsonNode said, String request) {
        if (said.get(0).get("header").asText().matches(".* (fastcgi|uwsgi|scgi)")) {
            return parameterDifference(said, request);
        }
        String[] lines = request.substring(0, request.indexOf("\r\n\r\n")).split("\r\n");
        if (lines.length != said.size()) {
            return lines.length + " lines, not " + said.size();
        }
        for (int i = 0; i < lines.length; i++) {
            String expected = said.get(i).get("header").asText();
            String line = Paths.fromBytes(lines[i]);
            int colon = i == 0 ? -1 : lines[i].indexOf(": ");
            if (said.get(i).has("line") && colon > 0) {
                String field = lines[i].substring(0, colon);
                line = Paths.fromBytes(field + ": " + Redaction.field(field, lines[i].substring(colon + 2)));
            }
            boolean isOpen = said.get(i).get("varies").asBoolean()
                    || !said.get(i).get("known").asBoolean();
            if (isOpen ? !line.startsWith(expected.substring(0, expected.indexOf(": ") + 2)) : !line.equals(expected)) {
                return line + " | " + expected;
            }
        }
        return null;
    }

    /** The same for an app that gets parameters, which {@link hopyard.proxy.support.CgiApp} knows by their names. */
    private static String parameterDifference(JsonNode said, String request) {
        Map<String, String> was = new TreeMap<>();
        String head = request.substring(request.indexOf("\r\n") + 2, request.indexOf("\r\n\r\n") + 2);
        // a value may have line breaks, which are shown as blanks
        for (String line : head.split("\r\n(?=\\w+: |$)")) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                String value = line.substring(colon + 2).replaceAll("[\r\n]", " ");
                was.put(line.substring(0, colon), Paths.fromBytes(value));
            }
        }
        Map<String, String> expected = new TreeMap<>();
        for (int i = 1; i < said.size(); i++) {
            JsonNode line = said.get(i);
            int colon = line.get("header").asText().indexOf(": ");
            String name = line.get("header").asText().substring(0, colon);
            boolean isOpen =
                    line.get("varies").asBoolean() || !line.get("known").asBoolean();
            if (isOpen) {
                was.computeIfPresent(name, (its, value) -> "(open)");
            } else if (line.has("line")) {
                was.computeIfPresent(name, (its, value) -> Redaction.field(name, value));
            }
            expected.put(name, isOpen ? "(open)" : line.get("header").asText().substring(colon + 2));
        }
        return was.equals(expected) ? null : was + " | " + expected;
    }

    private static JsonNode ask(int port, String path, byte[] body) throws IOException {
        Request.Builder request = new Request.Builder()
                .url("http://127.0.0.1:" + port + "/_hops/" + path)
                .header("Accept", "application/json");
        if (body != null) {
            request.post(RequestBody.create(body, MediaType.get("application/json")));
        }
        try (Response response = CLIENT.newCall(request.build()).execute()) {
            String text = response.body().string();
            assertEquals(200, response.code(), text);
            return JSON.readTree(text);
        }
    }
}
