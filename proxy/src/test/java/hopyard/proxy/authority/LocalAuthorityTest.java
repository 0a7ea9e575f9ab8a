package hopyard.proxy.authority;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.OpenSsl;
import hopyard.proxy.tls.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The authority: what it makes, for how long, who may read it. */
class LocalAuthorityTest {

    @TempDir
    Path temporary;

    private Path directory;
    private Instant now = Instant.now();
    private final InstantSource clock = () -> now;
    private final List<String> news = new ArrayList<>();

    @BeforeEach
    void inADirectoryThatIsNotThere() {
        directory = temporary.resolve("state/hopyard");
    }

    private Keys.Pair leaf(String... names) throws IOException, GeneralSecurityException {
        LocalAuthority authority = new LocalAuthority(directory, clock);
        List.of(names).forEach(authority::add);
        return authority.leaf(news::add);
    }

    private boolean isFresh(String... names) throws IOException {
        LocalAuthority authority = new LocalAuthority(directory, clock);
        List.of(names).forEach(authority::add);
        return authority.isFresh();
    }

    private X509Certificate certificate(String... names) throws IOException, GeneralSecurityException {
        return leaf(names).chain().get(0);
    }

    private Set<String> files() throws IOException {
        Set<String> all = new HashSet<>();
        try (var files = Files.list(directory)) {
            for (Path each : files.toList()) {
                all.add(each.getFileName() + " " + PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
            }
        }
        return all;
    }

    @Test
    void nobodyElseCanReadWhatIsMade() throws Exception {
        leaf();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        assertEquals(
                Set.of(
                        "authority.pem rw-r--r--",
                        "authority.key rw-------",
                        "localhost.pem rw-------",
                        "lock rw-------"),
                files());
        assertFalse(Files.readString(directory.resolve("authority.pem")).contains("PRIVATE"));
    }

    @Test
    void opensslTakesTheCertificateForLocalhost() throws Exception {
        OpenSsl.require();
        leaf("app.localhost");
        for (String option : List.of(
                "-verify_hostname localhost",
                "-verify_hostname app.localhost",
                "-verify_ip 127.0.0.1",
                "-verify_ip ::1")) {
            String[] words = option.split(" ");
            assertEquals("localhost.pem: OK\n", verify("localhost.pem", words[0], words[1]));
        }
        assertThrows(AssertionError.class, () -> verify("localhost.pem", "-verify_hostname", "example.com"));
    }

    private String verify(String file, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "verify", "-x509_strict", "-check_ss_sig", "-purpose", "sslserver", "-CAfile", "authority.pem"));
        arguments.addAll(List.of(more));
        arguments.add(file);
        return OpenSsl.run(directory, arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "localhost.example.com", "evillocalhost"})
    void whatTheAuthorityWouldSayOfOthersIsRefused(String name) throws Exception {
        OpenSsl.require();
        leaf();
        Keys.Pair authority = authority();
        KeyPair keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        X509Certificate other =
                CertificateMaker.leaf(keys.getPublic(), authority.chain().get(0), authority.key(), List.of(name), now);
        Files.writeString(directory.resolve("other.pem"), LocalAuthority.pem(other));
        AssertionError refused = assertThrows(AssertionError.class, () -> verify("other.pem"));
        assertTrue(refused.getMessage().contains("permitted subtree violation"), refused.getMessage());
    }

    private Keys.Pair authority() throws IOException, GeneralSecurityException {
        return LocalAuthority.parse(Files.readString(directory.resolve("authority.key")));
    }

    @Test
    void theCertificateIsKeptUntilThirtyDaysBeforeItsEnd() throws Exception {
        X509Certificate first = certificate();
        assertTrue(Duration.between(
                                first.getNotBefore().toInstant(),
                                first.getNotAfter().toInstant())
                        .compareTo(Duration.ofDays(397))
                <= 0);
        now = first.getNotAfter().toInstant().minus(Duration.ofDays(31));
        assertEquals(first, certificate());
        now = now.plus(Duration.ofDays(1)).plusSeconds(1);
        X509Certificate next = certificate();
        assertNotEquals(first, next);
        assertEquals(first.getIssuerX500Principal(), next.getIssuerX500Principal());
        assertEquals(1, news.size(), "the authority stays");
    }

    @Test
    void theAuthorityIsMadeAnewBeforeItsEndAndNoCertificateOutlastsIt() throws Exception {
        certificate();
        X509Certificate authority = authority().chain().get(0);
        now = authority.getNotAfter().toInstant().minus(Duration.ofDays(60));
        assertEquals(authority.getNotAfter(), certificate().getNotAfter());
        now = now.plus(Duration.ofDays(31));
        assertNotEquals(authority.getSubjectX500Principal(), certificate().getIssuerX500Principal());
        assertEquals(2, news.size());
        assertEquals(authority().chain().get(0), new LocalAuthority(directory, clock).publicCertificate());
    }

    @Test
    void aClockThatWasFastDoesNotMakeACertificateOfNoUse() throws Exception {
        certificate();
        now = now.plus(Duration.ofDays(3000));
        X509Certificate future = certificate();
        now = now.minus(Duration.ofDays(3000));
        assertNotEquals(future, certificate());
        assertEquals(1, news.size(), "the authority stays");
    }

    @Test
    void aCertificateGetsTheNamesOfTheOneBeforeToo() throws Exception {
        X509Certificate first = certificate("one.localhost");
        X509Certificate second = certificate("two.localhost");
        assertNotEquals(first, second);
        assertEquals(second, certificate("one.localhost"));
        assertEquals(second, certificate());
    }

    @Test
    void whatIsDamagedIsMadeAnewButTheAuthority() throws Exception {
        X509Certificate first = certificate();
        for (String damaged : List.of("", "no certificate", Files.readString(directory.resolve("authority.pem")))) {
            // the file stays, and so does its mode
            Files.writeString(directory.resolve("localhost.pem"), damaged);
            X509Certificate next = certificate();
            assertNotEquals(first, next);
            Files.writeString(directory.resolve("authority.pem"), damaged);
            assertEquals(next, certificate());
            assertEquals(
                    next.getIssuerX500Principal(),
                    new LocalAuthority(directory, clock).publicCertificate().getSubjectX500Principal());
        }
        Files.writeString(directory.resolve("authority.key"), "no key");
        Files.delete(directory.resolve("localhost.pem"));
        FileSystemException refused = assertThrows(FileSystemException.class, this::leaf);
        assertEquals(directory.resolve("authority.key").toString(), refused.getFile());
        assertTrue(refused.getReason().startsWith("is damaged: remove it"), refused.getReason());
    }

    @Test
    void whatOthersCanReadIsRefused() throws Exception {
        leaf();
        Files.delete(directory.resolve("authority.pem"));
        for (Path each : List.of(directory, directory.resolve("authority.key"), directory.resolve("localhost.pem"))) {
            var before = Files.getPosixFilePermissions(each);
            Files.setPosixFilePermissions(
                    each, PosixFilePermissions.fromString(Files.isDirectory(each) ? "rwxr-x---" : "rw----r--"));
            FileSystemException refused = assertThrows(FileSystemException.class, this::leaf);
            assertEquals(each.toString(), refused.getFile());
            assertTrue(refused.getReason()
                    .matches("is open to other users \\(mode \\d+\\): chmod [67]00 it, or remove it"));
            assertThrows(FileSystemException.class, () -> new LocalAuthority(directory, clock).check());
            Files.setPosixFilePermissions(each, before);
        }
        leaf();
    }

    @Test
    void whatAnotherUserOwnsIsRefused() throws Exception {
        leaf();
        try {
            Files.setAttribute(directory, "unix:uid", 12345);
        } catch (FileSystemException e) {
            Assumptions.abort("only root can give a directory away");
        }
        FileSystemException refused = assertThrows(FileSystemException.class, this::leaf);
        assertTrue(refused.getReason().startsWith("belongs to user 12345, and this is user"), refused.getReason());
    }

    @Test
    void aLinkIsNotFollowedToAKey() throws Exception {
        leaf();
        Path elsewhere = temporary.resolve("elsewhere");
        Files.move(directory.resolve("localhost.pem"), elsewhere);
        Files.createSymbolicLink(directory.resolve("localhost.pem"), elsewhere);
        assertThrows(FileSystemException.class, this::leaf);
    }

    @Test
    void whatStandsAboveTheCertificateTellsWhetherItIsFresh() throws Exception {
        assertFalse(isFresh());
        X509Certificate leaf = certificate("one.localhost");
        assertTrue(isFresh());
        assertTrue(isFresh("one.localhost"));
        assertFalse(isFresh("two.localhost"));
        Instant made = now;
        now = leaf.getNotAfter().toInstant().minus(Duration.ofDays(31));
        assertTrue(isFresh());
        now = now.plus(Duration.ofDays(1)).plusSeconds(1);
        assertFalse(isFresh());
        now = made.minus(Duration.ofDays(1));
        assertFalse(isFresh());
        now = made;
        Files.delete(directory.resolve("authority.key"));
        Files.move(directory.resolve("localhost.pem"), temporary.resolve("before"));
        leaf();
        Files.move(
                temporary.resolve("before"), directory.resolve("localhost.pem"), StandardCopyOption.REPLACE_EXISTING);
        assertFalse(isFresh(), "another authority has made it");
    }

    @Test
    void checkingWritesNothing() throws Exception {
        new LocalAuthority(directory, clock).check();
        assertFalse(Files.exists(directory.getParent()));
    }

    @Test
    void processesThatStartTogetherUseOneCertificate() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Starting.class.getName(),
                            directory.toString())
                    .redirectErrorStream(true)
                    .start());
        }
        Set<String> said = new HashSet<>();
        for (Process each : all) {
            said.add(new String(each.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertTrue(each.waitFor(20, TimeUnit.SECONDS));
        }
        assertEquals(Set.of(certificate().getSerialNumber() + "\n"), said);
        assertEquals(List.of(), news);
    }

    /** One of several processes that start at a time. */
    static final class Starting {
        public static void main(String[] args) throws Exception {
            Keys.Pair leaf = new LocalAuthority(Path.of(args[0]), InstantSource.system()).leaf(news -> {});
            System.out.println(leaf.chain().get(0).getSerialNumber());
        }
    }
}
