package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.support.CaseFile;
import hopyard.proxy.support.Http2Words;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.Site;
import hopyard.proxy.support.Wait;
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
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
            String out = text.replace(":" + plain, ":PORT").replace("SERVER_PORT: " + plain, "SERVER_PORT: PORT");
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
        if (which.requests().isEmpty()) {
            return Stream.of(DynamicTest.dynamicTest("what is said of it", () -> compareWhatIsSaid(which)));
        }
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

    /** Compares why a configuration is refused or, if it is not, what is warned of. */
    private void compareWhatIsSaid(CaseFile which) throws Exception {
        Path home = Files.createDirectories(directory.resolve(which.group() + number++));
        Path file = Files.writeString(
                home.resolve("nginx.conf"), conf(which, home, Served.free()).replace("@TEMP@", ""));
        String theirs = said(Nginx.complaints(home, file, "emerg"));
        theirs = !theirs.isEmpty() ? theirs : said(Nginx.complaints(home, file, "warn"));
        String ours;
        try {
            ours = said(new ConfigurationLoader(Modules.all(), home, file, "", "stderr").load().warnings().stream());
        } catch (ConfException e) {
            ours = e.getMessage() + "\n";
        }
        if (which.differs() == null) {
            assertEquals(theirs, ours);
        } else {
            assertNotEquals(theirs, ours, "no longer different: " + which.differs());
        }
        REPORT.computeIfAbsent(which.group(), g -> new int[2])[which.differs() == null ? 0 : 1]++;
    }

    private static String said(Stream<String> complaints) {
        return complaints
                // the test runs as root or not
                .filter(line -> !line.contains("\"user\" directive makes sense only"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
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
            return outcomes(which, isWhole(which) ? ports : new Served(nginx.port(), 0), home, 0, nginx::reload);
        }
    }

    private static List<String> inHopyard(CaseFile which, Path home, int errors) throws Exception {
        Served ports = Served.free();
        String text = conf(which, home, ports);
        if (isWhole(which)) {
            Path file = Files.writeString(home.resolve("nginx.conf"), text.replace("@TEMP@", ""));
            try (ProxyUnderTest hopyard = ProxyUnderTest.withFile(home, file)) {
                return outcomes(which, ports, home, errors, hopyard::reload);
            }
        }
        try (ProxyUnderTest hopyard = ProxyUnderTest.withHttp(home, text.replace("@PORT@", "0"), 1)) {
            return outcomes(which, new Served(hopyard.port(), 0), home, errors, hopyard::reload);
        }
    }

    /** Has a server load its configuration again. */
    @FunctionalInterface
    private interface Reload {
        void run() throws Exception;
    }

    /** @param errors how many lines the error log is to have */
    private static List<String> outcomes(CaseFile which, Served ports, Path home, int errors, Reload reload)
            throws Exception {
        List<String> out = new ArrayList<>();
        for (CaseFile.Request request : which.requests()) {
            if (request.isReload()) {
                reload.run();
                out.add("reloaded");
                continue;
            }
            if (request.isLater()) {
                // what was good for one second must be too old; there is no event to wait for
                long since = System.nanoTime();
                Wait.until("time to pass", () -> System.nanoTime() - since > 2_100_000_000L);
            }
            StringBuilder each = new StringBuilder();
            for (int i = 0; i < request.times(); i++) {
                each.append(outcome(which, request, ports, home));
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

    private static String outcome(CaseFile which, CaseFile.Request request, Served ports, Path home)
            throws IOException {
        site.forgetAsked();
        String text = CaseFile.withLongValues(request.text());
        Site.Answer answer = request.isTls()
                ? site.askOverTls(ports.tls, site.filledIn(request.tlsOptions(), home), text)
                : request.isHttp2() ? Http2Words.ask(ports.plain, text) : site.ask(ports.plain, false, text);
        StringBuilder outcome = new StringBuilder(known(answer.handshake(), ports))
                .append(known(NormalResponse.of(answer.bytes(), which.any()), ports))
                .append('\n');
        if (!which.any().contains("asked")) {
            site.asked().forEach(asked -> outcome.append("asked: ").append(known(inOrder(asked), ports)));
        }
        String same = outcome.toString().replace(home.toString(), "HOME");
        // a length may be the same number
        String port = "(?<!(?i:content-length): )\\b" + answer.from() + "\\b";
        return answer.from() == 0 ? same : same.replaceAll(port, "CLIENT");
    }

    /** A request with its header lines in alphabetical order: in which they come is nobody's business. */
    private static String inOrder(String request) {
        int end = request.indexOf("\r\n\r\n");
        String[] lines = request.substring(0, end).split("\r\n");
        Arrays.sort(lines, 1, lines.length);
        return String.join("\r\n", lines) + request.substring(end);
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
