package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.CaseFile;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The corpus in {@code cases/}: each configuration and its requests, before the real nginx and before Hopyard. */
class DifferentialTest {

    private static final Path CASES = Path.of("src/test/resources/cases");
    private static final Path CONFIGURATIONS = Path.of("src/test/resources/configurations");

    /** A server's ports, without TLS and with it. */
    private record Ports(int plain, int tls) {
        String known(String text) {
            String out = text.replace(":" + plain, ":PORT");
            return tls == 0 ? out : out.replace(":" + tls, ":TLSPORT");
        }
    }

    /** How many requests were the same, and how many differ on purpose, by group. */
    private static final Pattern EXPIRES = Pattern.compile("Expires: (\\w{3}, \\d\\d \\w{3} \\d{4} [0-9:]{8} GMT)");

    private static final Map<String, int[]> REPORT = new TreeMap<>();

    private static final List<ActingUpstream> APPS = new ArrayList<>();
    private static int deadPort;
    private static TestCertificate certificate;
    private static SSLContext trusting;

    @TempDir
    private static Path directory;

    private int number;

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        for (int i = 1; i <= 3; i++) {
            APPS.add(new ActingUpstream(i));
        }
        deadPort = freePort();
        certificate = TestCertificate.in(directory, "server", "example.com");
        trusting = TestCertificate.trustingAnybody();
        Path html = Files.createDirectories(directory.resolve("html/dir")).getParent();
        Files.createDirectories(html.resolve("listed/a dir"));
        Files.writeString(html.resolve("listed/b & <c>.txt"), "b");
        Files.writeString(html.resolve("listed/" + "long-name".repeat(8)), "x".repeat(20_000));
        Files.writeString(html.resolve("listed/.hidden"), "");
        Files.writeString(html.resolve("listed/Caf\u00e9"), "");
        Files.writeString(html.resolve("packed.txt"), "not packed");
        Files.writeString(html.resolve("packed.txt.gz"), "PACKED");
        Files.writeString(html.resolve("file.txt"), "0123456789\n");
        Files.writeString(html.resolve("index.html"), "<p>the index</p>\n");
        Files.writeString(html.resolve("dir/index.html"), "an index\n");
        Files.writeString(html.resolve("long.txt"), "many lines\n".repeat(2_000));
        Files.writeString(html.resolve("htpasswd"), """
                # every password is "secret"
                apr1:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/
                md5:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1
                sha256:$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.
                sha512:$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.
                des:abNANd1rDfiNc:and a comment
                sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
                ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0
                plain:{PLAIN}secret
                bcrypt:$2y$05$pBnIaaxnnxmV7CP2MduFleBeEoqvrO1W.R7IMHY0kphhAqbhIFKq.
                """);
    }

    @AfterAll
    static void stop() throws IOException {
        for (ActingUpstream app : APPS) {
            app.close();
        }
        REPORT.forEach((group, counts) -> System.out.printf(
                "differential: %-20s %3d requests the same, %d different on purpose%n", group, counts[0], counts[1]));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @TestFactory
    Stream<DynamicContainer> behavesLikeNginx() throws IOException {
        return tests(CASES);
    }

    /** Whole files, of the kind that stands in front of Django, Flask, Rails and Node. */
    @TestFactory
    Stream<DynamicContainer> configurationsOfDeploymentsLoadUnchangedAndBehaveTheSame() throws IOException {
        return tests(CONFIGURATIONS);
    }

    private Stream<DynamicContainer> tests(Path directoryOfCases) throws IOException {
        Map<String, List<DynamicTest>> groups = new LinkedHashMap<>();
        for (CaseFile each : CaseFile.all(directoryOfCases)) {
            groups.computeIfAbsent(each.group(), g -> new ArrayList<>())
                    .add(DynamicTest.dynamicTest(each.name(), () -> run(each)));
        }
        return groups.entrySet().stream().map(e -> DynamicContainer.dynamicContainer(e.getKey(), e.getValue()));
    }

    private void run(CaseFile which) throws Exception {
        Path home = Files.createDirectories(directory.resolve(which.group() + number++));
        List<String> theirs = inNginx(which, Files.createDirectories(home.resolve("nginx")));
        List<String> ours = inHopyard(which, Files.createDirectories(home.resolve("hopyard")));
        int[] counts = REPORT.computeIfAbsent(which.group(), g -> new int[2]);
        if (which.differs() == null) {
            StringBuilder differences = new StringBuilder();
            for (int i = 0; i < theirs.size(); i++) {
                if (!theirs.get(i).equals(ours.get(i))) {
                    differences
                            .append("\nnginx ")
                            .append(theirs.get(i))
                            .append("\nhopyard ")
                            .append(ours.get(i));
                }
            }
            assertEquals("", differences.toString(), which.group() + ": " + which.name());
            counts[0] += which.requests().size();
        } else {
            assertNotEquals(theirs, ours, "no longer different: " + which.differs());
            counts[1] += which.requests().size();
        }
    }

    /** The http block's contents of a case or, where a case is a whole file, all of it. */
    private static String conf(CaseFile which, Path home, String listen, Ports ports) {
        String conf = which.conf();
        if (isWhole(which)) {
            conf = conf.replaceAll("listen \\[::\\]:\\d+[^;]*;", "")
                    .replaceAll("listen 80\\b", "listen 127.0.0.1:" + ports.plain)
                    .replaceAll("listen 443\\b", "listen 127.0.0.1:" + ports.tls);
        } else {
            conf = "root @ROOT@;\n" + (conf.contains("server {") ? conf : "server { @LISTEN@ " + conf + " }") + "\n";
        }
        return conf.replaceAll("@LISTEN( [^@]*)?@", listen + "$1;")
                .replace("@ROOT@", directory.resolve("html").toString())
                .replace("@DIR@", home.toString())
                .replace("@USER@", "root")
                .replace("@CERT@", certificate.file().toString())
                .replace("@KEY@", certificate.key().toString())
                .replace("@DEAD@", "127.0.0.1:" + deadPort)
                .replace("@APP2@", APPS.get(1).address())
                .replace("@APP3@", APPS.get(2).address())
                .replace("@APP@", APPS.get(0).address());
    }

    private static boolean isWhole(CaseFile which) {
        return which.conf().contains("events {");
    }

    private static List<String> inNginx(CaseFile which, Path home) throws Exception {
        Ports ports = new Ports(freePort(), freePort());
        String temporary = "client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; "
                + "scgi_temp_path s; ";
        String text = conf(which, home, "listen 127.0.0.1:" + ports.plain, ports);
        Path conf = Files.writeString(
                home.resolve("nginx.conf"),
                isWhole(which)
                        ? text.replace("@TEMP@", temporary)
                        : "user root; pid nginx.pid; error_log error.log info; events {} http { access_log off; "
                                + temporary + text + " }");
        Process nginx = Nginx.start(home, conf);
        try {
            Wait.until("nginx to listen", () -> {
                if (!nginx.isAlive()) {
                    return true;
                }
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), ports.plain)) {
                    return socket.isConnected();
                } catch (IOException e) {
                    return false;
                }
            });
            if (!nginx.isAlive()) {
                throw new AssertionError(Files.readString(home.resolve("nginx.out")));
            }
            return outcomes(which, ports, home);
        } finally {
            List<ProcessHandle> workers = nginx.descendants().toList();
            nginx.destroy();
            nginx.waitFor(5, TimeUnit.SECONDS);
            workers.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static List<String> inHopyard(CaseFile which, Path home) throws Exception {
        if (isWhole(which)) {
            Ports ports = new Ports(freePort(), freePort());
            Path file = Files.writeString(
                    home.resolve("nginx.conf"), conf(which, home, "", ports).replace("@TEMP@", ""));
            try (ProxyUnderTest hopyard = ProxyUnderTest.withFile(home, file)) {
                return outcomes(which, ports, home);
            }
        }
        String http = conf(which, home, "listen 127.0.0.1:0", new Ports(0, 0));
        try (ProxyUnderTest hopyard = ProxyUnderTest.withHttp(home, http, 1)) {
            return outcomes(which, new Ports(hopyard.port(), 0), home);
        }
    }

    private static String ask(CaseFile.Request request, Ports ports) throws IOException {
        String text = withLongValues(request.text());
        if (!request.tls()) {
            return RawClient.exchange(ports.plain, text);
        }
        try (Socket socket = trusting.getSocketFactory().createSocket("127.0.0.1", ports.tls)) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static List<String> outcomes(CaseFile which, Ports ports, Path home) throws IOException {
        List<String> out = new ArrayList<>();
        for (CaseFile.Request request : which.requests()) {
            if (request.later()) {
                // what was good for one second must be too old; there is no event to wait for
                long since = System.nanoTime();
                Wait.until("time to pass", () -> System.nanoTime() - since > 2_100_000_000L);
            }
            for (int i = 0; i < request.times(); i++) {
                APPS.forEach(app -> app.asked().clear());
                String response = ask(request, ports);
                out.add("> " + request.text().replaceAll("\r\n[^$]*", "") + "\n"
                        + normalized(response, ports, which.anyFraming()));
            }
        }
        Path log = home.resolve("compared.log");
        if (which.conf().contains("compared.log")) {
            // each request writes as many lines as there are logs
            int logs = which.conf().split("compared\\.log").length - 1;
            int expected = logs
                    * which.requests().stream()
                            .mapToInt(CaseFile.Request::times)
                            .sum();
            Wait.until(
                    "the log",
                    () -> Files.readAllLines(log, StandardCharsets.ISO_8859_1).size() >= expected);
            out.add("log:\n" + known(Files.readString(log, StandardCharsets.ISO_8859_1), ports));
        }
        return out;
    }

    /** {@code @LONG5000@} stands for so many bytes. */
    private static String withLongValues(String text) {
        Matcher matcher = Pattern.compile("@LONG([0-9]+)@").matcher(text);
        return matcher.replaceAll(found -> "x".repeat(Integer.parseInt(found.group(1))));
    }

    /** Without what must differ: the server's name, the time, ports that the system chose. */
    private static String normalized(String response, Ports ports, boolean anyFraming) {
        StringBuilder out = new StringBuilder();
        String rest = response;
        while (rest.startsWith("HTTP/1.")) {
            int end = rest.indexOf("\r\n\r\n");
            if (end < 0) {
                break;
            }
            String[] lines = rest.substring(0, end).split("\r\n");
            rest = rest.substring(end + 4);
            boolean ownPage = rest.contains("<hr><center>");
            TreeSet<String> fields = new TreeSet<>();
            for (int i = 1; i < lines.length; i++) {
                if (!lines[i].matches("(?i)(date|server): .*") && !(ownPage && lines[i].startsWith("Content-Length"))) {
                    fields.add(lines[i]);
                }
            }
            out.append(lines[0]).append('\n');
            fields.stream()
                    .filter(field -> !anyFraming || !field.matches("(Transfer-Encoding|Content-Length): .*"))
                    .forEach(field -> out.append(field).append('\n'));
            if (rest.startsWith("HTTP/1.")) {
                continue;
            }
            int next = rest.indexOf("HTTP/1.");
            String body = next < 0 ? rest : rest.substring(0, next);
            // how content is cut into chunks is a matter of buffers
            String content = fields.contains("Transfer-Encoding: chunked") ? unchunked(body) : body;
            out.append('\n').append(anyFraming ? content.replaceFirst("\\[trailers]\\s*$", "") : content);
            rest = next < 0 ? "" : rest.substring(next);
        }
        return known(out.append(rest).toString(), ports);
    }

    private static String unchunked(String chunks) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (true) {
            int end = chunks.indexOf("\r\n", at);
            if (end < 0) {
                return out + "[broken off]";
            }
            int size = Integer.parseInt(chunks.substring(at, end), 16);
            if (size == 0) {
                return out + "[trailers]" + chunks.substring(end);
            }
            if (end + 2 + size > chunks.length()) {
                return out + chunks.substring(end + 2) + "[broken off]";
            }
            out.append(chunks, end + 2, end + 2 + size);
            at = end + size + 4;
        }
    }

    private static String known(String text, Ports ports) {
        return EXPIRES.matcher(ports.known(text))
                .replaceAll(DifferentialTest::minutesFromNow)
                // gzip's header names the system that compressed (RFC 1952 §2.3.1)
                .replaceAll("(?s)\u001f\u008b\b.{7}", "GZIP")
                .replaceAll("nginx/[0-9.]+( \\(\\w+\\))?|hopyard/[0-9.]+", "SERVER")
                .replaceAll("<center>(nginx|hopyard)</center>", "<center>SERVER</center>")
                .replaceAll("(?m)^(boundary=|--)[0-9]{20}", "$1BOUNDARY")
                .replaceAll("boundary=[0-9]{20}", "boundary=BOUNDARY")
                .replace(APPS.get(0).address(), "APP")
                .replace(APPS.get(1).address(), "APP2")
                .replace(APPS.get(2).address(), "APP3")
                .replace("127.0.0.1:" + deadPort, "DEAD");
    }

    /** A moment to come stands as its distance from now in minutes: the two servers were not asked at the same second. */
    private static String minutesFromNow(MatchResult expires) {
        ZonedDateTime moment = ZonedDateTime.parse(expires.group(1), DateTimeFormatter.RFC_1123_DATE_TIME);
        long seconds = ChronoUnit.SECONDS.between(ZonedDateTime.now(ZoneOffset.UTC), moment);
        boolean relative = seconds > -60 && seconds < 400 * 86_400;
        // 20 s of tolerance rather than 30: nobody says "expires 40s", and many say 30s
        return relative ? "Expires: in " + Math.floorDiv(seconds + 20, 60) + " min" : expires.group();
    }
}
