package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import hopyard.proxy.support.CaseFile;
import hopyard.proxy.support.Http2Words;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.Site;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The corpus in {@code cases/}: each configuration and its requests, before the real nginx and before Hopyard. */
class DifferentialTest {

    private static final Path CASES = Path.of("src/test/resources/cases");
    /** Which groups are wanted: {@code -Dcases=static|cache}. */
    private static final String ONLY = System.getProperty("cases", ".*");

    /** The groups whose requests are said in HTTP/2, too. */
    private static final String OVER_HTTP2 =
            "access|addition|auth_request|charset|core|gunzip|headers|limits|modules|proxy|slice|static"
                    + "|sub|upstream|variables";

    private static final Path CONFIGURATIONS = Path.of("src/test/resources/configurations");

    /** A server's ports, without TLS and with it. */
    private record Served(int plain, int tls) {
        static Served free() {
            int[] ports = Ports.free(2);
            return new Served(ports[0], ports[1]);
        }

        String known(String text) {
            String out = text.replace(":" + plain, ":PORT");
            return tls == 0 ? out : out.replace(":" + tls, ":TLSPORT");
        }
    }

    private static final Pattern EXPIRES = Pattern.compile("Expires: (\\w{3}, \\d\\d \\w{3} \\d{4} [0-9:]{8} GMT)");

    /** How many requests were the same, and how many differ on purpose, by group. */
    private static final Map<String, int[]> REPORT = new TreeMap<>();

    private static Site site;

    @TempDir
    private static Path directory;

    private int number;

    @BeforeAll
    static void start() throws Exception {
        Nginx.require();
        site = new Site(directory);
    }

    @AfterAll
    static void stop() throws IOException {
        site.close();
        REPORT.forEach((group, counts) -> System.out.printf(
                "differential: %-20s %3d requests the same, %d different on purpose%n", group, counts[0], counts[1]));
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

    /** The same cases, with their requests said in HTTP/2. */
    @TestFactory
    Stream<DynamicContainer> behavesLikeNginxOverHttp2() throws IOException {
        return tests(CaseFile.all(CASES).stream()
                .filter(each -> each.group().matches(OVER_HTTP2) && each.differs() == null && !isWhole(each))
                .filter(each -> !each.conf().matches("(?s).*(ssl|http2|\\$(request_length|bytes_sent)).*"))
                .map(CaseFile::overHttp2)
                .filter(each -> !each.requests().isEmpty())
                .toList());
    }

    private Stream<DynamicContainer> tests(Path directoryOfCases) throws IOException {
        return tests(CaseFile.all(directoryOfCases));
    }

    private Stream<DynamicContainer> tests(List<CaseFile> cases) {
        Map<String, List<DynamicContainer>> groups = new LinkedHashMap<>();
        for (CaseFile each : cases) {
            if (!each.group().matches(ONLY)) {
                continue;
            }
            groups.computeIfAbsent(each.group(), g -> new ArrayList<>())
                    .add(DynamicContainer.dynamicContainer(each.name(), tests(each)));
        }
        return groups.entrySet().stream().map(e -> DynamicContainer.dynamicContainer(e.getKey(), e.getValue()));
    }

    /** A test for each request of a case, and one for what is logged; a single one where something has to differ. */
    private Stream<DynamicTest> tests(CaseFile which) {
        Comparison comparison = new Comparison(which, directory.resolve(which.group() + number++));
        int[] counts = REPORT.computeIfAbsent(which.group(), g -> new int[2]);
        if (which.differs() != null) {
            return Stream.of(DynamicTest.dynamicTest("differs: " + which.differs(), () -> {
                int requests = which.requests().size();
                assertNotEquals(
                        comparison.theirs().subList(0, requests),
                        comparison.ours().subList(0, requests),
                        "no longer different: " + which.differs());
                counts[1] += which.requests().size();
            }));
        }
        Stream<DynamicTest> requests = IntStream.range(0, which.requests().size())
                .mapToObj(i -> DynamicTest.dynamicTest(which.requests().get(i).name(), () -> {
                    assertEquals(comparison.theirs().get(i), comparison.ours().get(i));
                    counts[0]++;
                }));
        Stream<DynamicTest> log = Stream.of(DynamicTest.dynamicTest("the log", () -> {
            int last = which.requests().size();
            assertEquals(comparison.theirs().get(last), comparison.ours().get(last));
        }));
        Stream<DynamicTest> errors = Stream.of(DynamicTest.dynamicTest(
                "the error log", () -> assertEquals(comparison.theirErrors(), comparison.ourErrors())));
        return Stream.of(
                        requests,
                        which.isLogged() ? log : Stream.<DynamicTest>empty(),
                        which.errorLog() == null ? errors : Stream.<DynamicTest>empty())
                .flatMap(each -> each);
    }

    /** What both servers do with a case; they are started when the first test of it asks. */
    private static final class Comparison {
        private final CaseFile which;
        private final Path home;
        private List<String> theirs;
        private List<String> ours;

        Comparison(CaseFile which, Path home) {
            this.which = which;
            this.home = home;
        }

        List<String> theirs() throws Exception {
            if (theirs == null) {
                theirs = inNginx(which, home.resolve("nginx"));
            }
            return theirs;
        }

        List<String> ours() throws Exception {
            if (ours == null) {
                ours = inHopyard(
                        which,
                        Files.createDirectories(home.resolve("hopyard")),
                        which.errorLog() == null ? (int) theirErrors().lines().count() - 1 : 0);
            }
            return ours;
        }

        String theirErrors() throws Exception {
            return theirs().get(theirs().size() - 1);
        }

        String ourErrors() throws Exception {
            return ours().get(ours().size() - 1);
        }
    }

    /**
     * The http block's contents of a case, with {@code @PORT@} for its port or, where a case is a whole file, all of
     * it.
     */
    private static String conf(CaseFile which, Path home, Served ports) throws IOException {
        if (isWhole(which)) {
            UnaryOperator<String> filledIn = text -> site.filledIn(Site.atPorts(text, ports.plain, ports.tls), home);
            which.writeFiles(home, filledIn);
            return filledIn.apply(which.main());
        }
        String conf = which.conf();
        String http = "root @ROOT@;\n" + (conf.contains("server {") ? conf : "server { @LISTEN@ " + conf + " }") + "\n";
        return site.filledIn(http.replaceAll("@LISTEN( [^@]*)?@", "listen 127.0.0.1:@PORT@$1;"), home);
    }

    private static boolean isWhole(CaseFile which) {
        return which.conf().contains("events {");
    }

    private static List<String> inNginx(CaseFile which, Path home) throws Exception {
        Served ports = Served.free();
        String text = conf(which, home, ports);
        try (Nginx nginx = isWhole(which) ? Nginx.withFile(home, text, ports.plain) : Nginx.withHttp(home, text)) {
            return outcomes(which, isWhole(which) ? ports : new Served(nginx.port(), 0), home, 0);
        }
    }

    private static List<String> inHopyard(CaseFile which, Path home, int errors) throws Exception {
        Served ports = Served.free();
        String text = conf(which, home, ports);
        if (isWhole(which)) {
            Path file = Files.writeString(home.resolve("nginx.conf"), text.replace("@TEMP@", ""));
            try (ProxyUnderTest hopyard = ProxyUnderTest.withFile(home, file)) {
                return outcomes(which, ports, home, errors);
            }
        }
        try (ProxyUnderTest hopyard = ProxyUnderTest.withHttp(home, text.replace("@PORT@", "0"), 1)) {
            return outcomes(which, new Served(hopyard.port(), 0), home, errors);
        }
    }

    /** @param errors how many lines the error log is to have */
    private static List<String> outcomes(CaseFile which, Served ports, Path home, int errors) throws IOException {
        List<String> out = new ArrayList<>();
        for (CaseFile.Request request : which.requests()) {
            if (request.later()) {
                // what was good for one second must be too old; there is no event to wait for
                long since = System.nanoTime();
                Wait.until("time to pass", () -> System.nanoTime() - since > 2_100_000_000L);
            }
            StringBuilder each = new StringBuilder();
            for (int i = 0; i < request.times(); i++) {
                site.forgetAsked();
                int port = request.tls() ? ports.tls : ports.plain;
                String text = withLongValues(request.text());
                Site.Answer answer = request.http2() ? Http2Words.ask(port, text) : site.ask(port, request.tls(), text);
                StringBuilder outcome = new StringBuilder(normalized(answer.bytes(), ports, which.any())).append('\n');
                if (!which.any().contains("asked")) {
                    site.asked().forEach(asked -> outcome.append("asked: ").append(known(inOrder(asked), ports)));
                }
                each.append(outcome.toString().replaceAll("\\b" + answer.from() + "\\b", "CLIENT"));
            }
            out.add(each.toString());
        }
        Path log = home.resolve("compared.log");
        if (which.isLogged()) {
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
        out.add("error log:\n"
                + known(ErrorLines.read(home.resolve("error.log"), errors), ports)
                        .replace(home.toString(), "HOME"));
        return out;
    }

    /** {@code @LONG5000@} stands for so many bytes. */
    private static String withLongValues(String text) {
        Matcher matcher = Pattern.compile("@LONG([0-9]+)@").matcher(text);
        return matcher.replaceAll(found -> "x".repeat(Integer.parseInt(found.group(1))));
    }

    /** Without what must differ: the server's name, the time, ports that the system chose. */
    private static String normalized(String response, Served ports, Set<String> any) throws IOException {
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
                    .filter(field ->
                            !any.contains("framing") || !field.matches("(Transfer-Encoding|Content-Length): .*"))
                    .forEach(field -> out.append(field).append('\n'));
            if (rest.startsWith("HTTP/1.")) {
                continue;
            }
            int next = rest.indexOf("HTTP/1.");
            String body = next < 0 ? rest : rest.substring(0, next);
            // how content is cut into chunks is a matter of buffers
            String content = fields.contains("Transfer-Encoding: chunked") ? unchunked(body) : body;
            if (any.contains("compression") && fields.contains("Content-Encoding: gzip")) {
                content = uncompressed(content);
            }
            out.append('\n').append(any.contains("framing") ? content.replaceFirst("\\[trailers]\\s*$", "") : content);
            rest = next < 0 ? "" : rest.substring(next);
        }
        return known(out.append(rest).toString(), ports);
    }

    /** A request with its header lines in alphabetical order: in which they come is nobody's business. */
    private static String inOrder(String request) {
        int end = request.indexOf("\r\n\r\n");
        String[] lines = request.substring(0, end).split("\r\n");
        Arrays.sort(lines, 1, lines.length);
        return String.join("\r\n", lines) + request.substring(end);
    }

    /** Content whose coding is gzip; what follows a whole one stays. */
    private static String uncompressed(String content) throws IOException {
        if (content.isEmpty() || content.startsWith("[trailers]")) {
            return content;
        }
        int end = content.lastIndexOf("[trailers]");
        byte[] bytes = content.substring(0, end < 0 ? content.length() : end).getBytes(StandardCharsets.ISO_8859_1);
        String text = new String(
                new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), StandardCharsets.ISO_8859_1);
        return "uncompressed: " + text + (end < 0 ? "" : content.substring(end));
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

    private static String known(String text, Served ports) {
        return EXPIRES.matcher(site.named(ports.known(text)))
                .replaceAll(DifferentialTest::minutesFromNow)
                // gzip's header names the system that compressed (RFC 1952 §2.3.1)
                .replaceAll("(?s)\u001f\u008b\b.{7}", "GZIP")
                .replaceAll("nginx/[0-9.]+( \\(\\w+\\))?|hopyard/[0-9.]+", "SERVER")
                .replaceAll("<center>(nginx|hopyard)</center>", "<center>SERVER</center>")
                .replaceAll("(?m)^(boundary=|--)[0-9]{20}", "$1BOUNDARY")
                .replaceAll("boundary=[0-9]{20}", "boundary=BOUNDARY");
    }

    /**
     * A moment to come stands as its distance from now in minutes: the two servers were not asked at the same second.
     */
    private static String minutesFromNow(MatchResult expires) {
        ZonedDateTime moment = ZonedDateTime.parse(expires.group(1), DateTimeFormatter.RFC_1123_DATE_TIME);
        long seconds = ChronoUnit.SECONDS.between(ZonedDateTime.now(ZoneOffset.UTC), moment);
        boolean relative = seconds > -60 && seconds < 400 * 86_400;
        // 20 s of tolerance rather than 30: nobody says "expires 40s", and many say 30s
        return relative ? "Expires: in " + Math.floorDiv(seconds + 20, 60) + " min" : expires.group();
    }
}
