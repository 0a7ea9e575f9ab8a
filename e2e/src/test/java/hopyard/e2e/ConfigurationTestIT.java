package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST config/test} as the kernel sees it: nothing is made, written, looked up or listened on. */
class ConfigurationTestIT {

    @TempDir
    private Path inside;

    @TempDir
    private Path outside;

    private final int port = Program.freePort();

    @BeforeEach
    void files() throws IOException {
        Files.writeString(outside.resolve("secret"), "SECRET-WORD another;");
        Files.createSymbolicLink(inside.resolve("link"), outside.resolve("secret"));
        Files.createSymbolicLink(inside.resolve("absent-link"), outside.resolve("absent"));
        Files.createDirectory(inside.resolve("conf.d"));
        Files.writeString(inside.resolve("conf.d/good"), "add_header X y;");
        Files.writeString(inside.resolve("users"), "admin:HASH-OF-A-PASSWORD\n");
        for (String mark : List.of("mark-begin", "mark-end")) {
            Files.writeString(inside.resolve(mark), mark);
        }
        Files.writeString(inside.resolve("nginx.conf"), conf("access_log access.log;", "error_log error.log;"));
    }

    private String conf(String http, String main) {
        return main + "\nevents {}\nhttp {\n" + http + "\nserver { listen 127.0.0.1:" + port + "; root " + inside
                + ";\n" + "location /_hops/ { hop_console; }\n}\n}\n";
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private String test(String http, String main) throws IOException, InterruptedException {
        String text =
                conf(http, main).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return send(request("/_hops/config/test")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"" + text + "\"}")));
    }

    /** The system calls between the two marks. */
    private List<String> between(Path trace) throws IOException {
        List<String> lines = Files.readAllLines(trace, StandardCharsets.ISO_8859_1);
        int begin = -1;
        int end = -1;
        for (int i = 0; i < lines.size(); i++) {
            begin = lines.get(i).contains("/mark-begin\"") ? i : begin;
            end = lines.get(i).contains("/mark-end\"") && end < 0 ? i : end;
        }
        assertTrue(begin >= 0 && end > begin, "both marks are in the trace");
        return joined(lines.subList(begin + 1, end));
    }

    /** strace breaks the line of a call in two where another thread's call comes in between. */
    private static List<String> joined(List<String> lines) {
        List<String> out = new ArrayList<>();
        Map<String, String> begun = new HashMap<>();
        for (String line : lines) {
            String thread = line.substring(0, line.indexOf(' '));
            if (line.endsWith(" <unfinished ...>")) {
                begun.put(thread, line);
                continue;
            }
            boolean resumes = line.contains("<... ") && begun.containsKey(thread);
            out.add(resumes ? begun.remove(thread) + line : line);
        }
        out.addAll(begun.values());
        return out;
    }

    @Test
    void hasNoEffectOutsideOfItsAnswer() throws Exception {
        boolean present = Files.isExecutable(Path.of("/usr/bin/strace"));
        assertTrue(
                present || !"true".equals(System.getenv("CI")), "under CI nothing is skipped: apt-get install strace");
        Assumptions.assumeTrue(present, "skipped: strace is not installed (apt-get install strace)");
        Path trace = outside.resolve("trace");
        try (Program proxy = Program.start(
                Map.of(),
                "strace",
                "-f",
                "--seccomp-bpf",
                "-e",
                "trace=%file,%network",
                "-o",
                trace.toString(),
                "proxy/bin/hopyard",
                "-p",
                inside.toString(),
                "-c",
                "nginx.conf",
                "-g",
                "daemon off;")) {
            proxy.awaitPort(port);
            // once without looking, so that the classes are there
            assertTrue(test("include conf.d/*;", "").startsWith("200 "), "a good one");
            assertEquals("200 mark-begin", send(request("/mark-begin")));
            everything();
            outsideIsNotLookedAt();
            assertEquals("200 mark-end", send(request("/mark-end")));
            Program.until(
                    "the trace",
                    () -> Files.readString(trace, StandardCharsets.ISO_8859_1).contains("/mark-end\""));
        }
        List<String> wrong = between(trace).stream()
                // where a link in the directory leads to is in the directory
                .filter(line -> !line.contains("readlink(\"" + inside))
                .filter(line -> line.contains(outside.toString())
                        || line.matches(
                                ".*\\b(mkdir|mkdirat|creat|unlink|unlinkat|rename|renameat2?|bind|connect)\\(.*")
                        || line.matches(".*\\bopen(at)?\\(.*(O_CREAT|O_WRONLY|O_RDWR).*")
                        || line.contains("SOCK_DGRAM")
                        || line.contains("htons(53)")
                        || line.contains("/etc/hosts"))
                .toList();
        assertEquals(List.of(), wrong);
        try (Stream<Path> files = Files.list(outside)) {
            assertEquals(2, files.count(), "the secret and the trace");
        }
    }

    /** A configuration that would open, make and look up whatever can be: nothing of that is a mistake. */
    private void everything() throws IOException, InterruptedException {
        String answer = test(
                "access_log OUT/access.log; proxy_cache_path OUT/cache levels=1:2 keys_zone=c:1m; client_body_temp_path OUT/t;"
                                .replace("OUT", outside.toString())
                        + " resolver dns.invalid; upstream u { server one.invalid; server 127.0.0.1:1; }"
                        + " limit_req_zone $uri zone=l:1m rate=1r/s;"
                        + " server { listen two.invalid:8080; listen 127.0.0.1:" + Program.freePort() + ";"
                        + " listen unix:" + outside + "/sock; auth_basic x; auth_basic_user_file " + outside
                        + "/secret;"
                        + " location / { proxy_pass http://three.invalid; } location /u { proxy_pass http://u; } }",
                "error_log " + outside + "/error.log; pid " + outside + "/pid;");
        assertTrue(answer.startsWith("200 "), answer);
    }

    /** What is there and what is not get the same answer. */
    private void outsideIsNotLookedAt() throws IOException, InterruptedException {
        for (String line : List.of(
                "include OUT/NAME;",
                "include OUT/NA?E;",
                "include IN/../" + outside.getFileName() + "/NAME;",
                "include ../" + outside.getFileName() + "/NAME;",
                "include conf.d/../../" + outside.getFileName() + "/NAME;",
                "ssl_certificate OUT/NAME; ssl_certificate_key OUT/NAME;")) {
            String there = answer(line, "secret");
            assertEquals(there, answer(line, "absent"));
            assertTrue(there.startsWith("422 ") && there.contains("does not look outside"), there);
        }
        assertEquals(
                test("include link;", "").replace("link", ""),
                test("include absent-link;", "").replace("absent-link", ""));
        String quoted = test("include users;", "");
        assertTrue(quoted.startsWith("422 ") && !quoted.contains("HASH"), quoted);
    }

    private String answer(String line, String name) throws IOException, InterruptedException {
        String pattern = name.substring(0, 2) + "?" + name.substring(3);
        return test(
                        line.replace("OUT", outside.toString())
                                .replace("IN/", inside + "/")
                                .replace("NAME", name)
                                .replace("NA?E", pattern),
                        "")
                .replace(name, "NAME")
                .replace(pattern, "NA?E");
    }
}
