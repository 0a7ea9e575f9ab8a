package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** https://localhost by {@code ./playground}, as a person meets it who has just cloned the repository. */
class HttpsIT {

    private static final int PROXY = Program.freePort();
    private static final int TLS = Program.freePort();
    private static final int APP = Program.freePort();

    @TempDir
    private static Path home;

    private static Path authority;
    private static Program playground;

    @BeforeAll
    static void start() throws IOException {
        authority = home.resolve("state/hopyard/authority.pem");
        String conf = Program.shippedConf(
                home,
                text -> text.replace(
                        "location = /proxy-says {",
                        "location = /to-https { return 301 https://localhost:" + TLS + "/whoami; }\n"
                                + "location = /proxy-says {"));
        playground = Program.playground(state(), PROXY, APP, "--tls-port=" + TLS, "--conf", conf);
    }

    private static Map<String, String> state() {
        return Map.of("XDG_STATE_HOME", home.resolve("state").toString());
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> List.of(command) + " has not ended");
        assertEquals(0, process.exitValue(), () -> List.of(command) + ": " + said);
        return said;
    }

    private static String curl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    @Test
    void whoTrustsTheAuthorityNeedsNothingElse() throws Exception {
        for (String host : List.of("localhost", "127.0.0.1")) {
            String seen = curl("--cacert", authority.toString(), "https://" + host + ":" + TLS + "/whoami");
            assertTrue(seen.contains("\nX-Forwarded-Proto: https\n"), seen);
            assertTrue(seen.contains("proto=https"), seen);
        }
        AssertionError refused = assertThrows(AssertionError.class, () -> curl("https://localhost:" + TLS + "/"));
        assertTrue(refused.getMessage().contains("curl: (60)"), refused.getMessage());
    }

    @Test
    void http2IsSpokenWithWhoWantsIt() throws Exception {
        String url = "https://localhost:" + TLS + "/whoami";
        String[] version = {"--cacert", authority.toString(), "-o", "/dev/null", "-w", "%{http_version}"};
        List<String> asked = new ArrayList<>(List.of(version));
        asked.add(url);
        assertEquals("2", curl(asked.toArray(String[]::new)));
        asked.add("--http1.1");
        assertEquals("1.1", curl(asked.toArray(String[]::new)));
    }

    @Test
    void thePlaygroundSaysWhereItIsAndWhoVouchesForIt() throws Exception {
        String command = playground
                .output()
                .lines()
                .filter(line -> line.contains("--cacert"))
                .findFirst()
                .orElseThrow()
                .strip();
        assertTrue(run("sh", "-c", command).contains("X-Forwarded-Proto: https"));
        assertTrue(playground.output().contains("https://localhost:" + TLS + "/ "), playground.output());
    }

    @Test
    void nobodyElseCanReadTheKeys() throws Exception {
        for (String name : List.of("authority.key", "localhost.pem")) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(authority.resolveSibling(name))));
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(authority.getParent())));
    }

    @Test
    void theConsoleHandsOutTheAuthoritysCertificateAndSaysHowToTrustIt() throws Exception {
        assertEquals(Files.readString(authority), curl("http://localhost:" + PROXY + "/_hops/authority.pem"));
        String guide = curl("http://localhost:" + PROXY + "/_hops/https");
        for (String each :
                List.of(authority.toString(), "certutil -d", "Firefox", "security add-trusted-cert", "-delstore")) {
            assertTrue(guide.contains(each), guide);
        }
        assertTrue(curl("--cacert", authority.toString(), "https://localhost:" + TLS + "/_hops/last")
                .contains("──►"));
    }

    /** With the commands that the console shows. */
    @Test
    void aBrowserThatTrustsTheAuthorityDoesNotWarnAndOneThatDoesNotDoes() throws Exception {
        Browser.require();
        requireCertutil();
        Files.copy(authority, home.resolve("hopyard.pem"));
        String guide = curl("http://localhost:" + PROXY + "/_hops/https");
        List<String> commands = guide.lines()
                .map(String::strip)
                .filter(line -> line.contains("certutil -d"))
                .toList();
        Map<String, String> environment = Map.of("HOME", home.toString());
        shell(commands.get(0));
        try (Browser browser = new Browser(environment)) {
            browser.open("http://localhost:" + PROXY + "/to-https");
            browser.awaitText("body", "X-Forwarded-Proto: https");
            browser.open("https://localhost:" + TLS + "/#ports");
            browser.awaitText("#https", authority.toString());
            browser.awaitEquals(
                    "h2", () -> browser.script("return performance.getEntriesByType('navigation')[0].nextHopProtocol"));
        }
        shell(commands.get(1));
        try (Browser browser = new Browser(environment)) {
            browser.open("http://localhost:" + PROXY + "/to-https");
            browser.awaitText("body", "ERR_CERT_AUTHORITY_INVALID");
        }
    }

    private static void shell(String command) throws IOException, InterruptedException {
        run("sh", "-c", "cd " + home + " && " + command);
    }

    private static void requireCertutil() {
        boolean present = Files.isExecutable(Path.of("/usr/bin/certutil"));
        if (!present && "true".equals(System.getenv("CI"))) {
            Assertions.fail(
                    "certutil is not installed, and under CI nothing is skipped: apt-get install libnss3-tools");
        }
        Assumptions.assumeTrue(present, "skipped: certutil is not installed (apt-get install libnss3-tools)");
    }

    private static int[] ports() {
        return new int[] {Program.freePort(), Program.freePort()};
    }

    @Test
    void whereThePortIsTakenTheRestStartsAndSaysSo() throws Exception {
        // also by somebody who is not at 127.0.0.1
        for (String address : List.of("127.0.0.1", "127.0.0.2")) {
            int[] ports = ports();
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(address));
                    Program other = Program.playground(
                            state(), ports[0], ports[1], "--tls-port", Integer.toString(taken.getLocalPort()))) {
                assertTrue(
                        other.output()
                                .contains("no https: port " + taken.getLocalPort()
                                        + " is taken by another process; try ./playground --tls-port 8443\n"),
                        other.output());
                assertTrue(curl("http://localhost:" + ports[0] + "/whoami").contains("X-Forwarded-Proto: http\n"));
            }
        }
    }

    @Test
    void withoutTheRightToThePortTheRestStartsAndSaysSo() throws Exception {
        int[] ports = ports();
        String start = "./playground --proxy-port=" + ports[0] + " --app-port=" + ports[1] + " --tls-port=443";
        String first = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
        List<String> command = List.of("sh", "-c", start);
        if (run("id", "-u").equals("0\n")) {
            // a network with the kernel's own defaults, where root has lost the right
            command = List.of(
                    "unshare",
                    "--net",
                    "sh",
                    "-c",
                    "ip link set lo up && echo 1024 >" + first
                            + " && exec setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service "
                            + start);
        } else {
            Assumptions.assumeTrue(
                    Integer.parseInt(Files.readString(Path.of(first)).strip()) > 443,
                    "skipped: everybody may use port 443 here");
        }
        try (Program other = Program.start(state(), command.toArray(String[]::new))) {
            other.awaitOutput("Ctrl-C stops both");
            assertTrue(other.output().contains("no https: port 443 is privileged (below 1024)"), other.output());
        }
    }

    @Test
    void leftOutItIsNotMentioned() {
        int[] ports = ports();
        try (Program other = Program.playground(state(), ports[0], ports[1], "--tls-port", "off")) {
            assertFalse(other.output().contains("https"), other.output());
        }
    }

    @Test
    void keysThatOthersCanReadAreRefusedWithWhatToDo() throws Exception {
        Path own = Files.createDirectories(home.resolve("other/hopyard"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxr-xr-x"));
        int[] ports = ports();
        try (Program other = Program.start(
                Map.of("XDG_STATE_HOME", own.getParent().toString()),
                "./playground",
                "--proxy-port=" + ports[0],
                "--app-port=" + ports[1],
                "--tls-port=" + Program.freePort())) {
            assertEquals(1, other.await());
            assertTrue(
                    other.output().contains("\"" + own + "\" is open to other users (mode 755): chmod 700 it"),
                    other.output());
        }
    }
}
