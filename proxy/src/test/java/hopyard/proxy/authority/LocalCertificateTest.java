package hopyard.proxy.authority;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.Wait;
import hopyard.proxy.tls.Keys;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hop_certificate}: a certificate for localhost that is there when it is needed. */
class LocalCertificateTest {

    private static final Directive LINE = new Directive("hop_certificate", List.of("on"), null, "nginx.conf", 1, 0);

    @TempDir
    Path directory;

    private volatile Instant now = Instant.now();
    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final ErrorLog errors = ErrorLog.to((severity, line) -> log.add(line), ErrorLog.Level.NOTICE);

    private ProxyUnderTest proxy(String server) {
        return ProxyUnderTest.withMain(
                directory, "hop_authority authority;", "server { listen 127.0.0.1:0 ssl; " + server + " }");
    }

    /** A client that trusts the authority, and nobody else. */
    private OkHttpClient client() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        X509Certificate authority =
                new LocalAuthority(directory.resolve("authority"), InstantSource.system()).publicCertificate();
        trusted.setCertificateEntry("authority", authority);
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return new OkHttpClient.Builder()
                .sslSocketFactory(context.getSocketFactory(), (X509TrustManager) managers.getTrustManagers()[0])
                .dns(host -> List.of(InetAddress.getLoopbackAddress()))
                .build();
    }

    private static String get(OkHttpClient client, String host, int port) throws IOException {
        Request request =
                new Request.Builder().url("https://" + host + ":" + port + "/").build();
        try (Response response = client.newCall(request).execute()) {
            return response.body().string();
        }
    }

    @Test
    void localhostIsServedToWhoTrustsTheAuthority() throws Exception {
        try (ProxyUnderTest proxy =
                proxy("hop_certificate on; server_name localhost app.localhost; return 200 $scheme;")) {
            for (String host : List.of("localhost", "127.0.0.1", "app.localhost")) {
                assertEquals("https", get(client(), host, proxy.port()));
            }
            assertThrows(SSLHandshakeException.class, () -> get(new OkHttpClient(), "localhost", proxy.port()));
        }
    }

    @Test
    void aCertificateOfTheUsersTakesItsPlace() throws Exception {
        new LocalAuthority(directory.resolve("authority"), InstantSource.system()).leaf(news -> {});
        String file = directory.resolve("authority/localhost.pem").toString();
        Path mine = Files.copy(Path.of(file), directory.resolve("mine.pem"));
        Path gone = Files.move(directory.resolve("authority"), directory.resolve("gone"));
        try (ProxyUnderTest proxy = proxy("hop_certificate on; ssl_certificate " + mine + "; ssl_certificate_key "
                + mine + "; return 200 own;")) {
            assertTrue(Files.notExists(directory.resolve("authority")));
            Files.move(gone, directory.resolve("authority"));
            assertEquals("own", get(client(), "localhost", proxy.port()));
        }
    }

    @Test
    void withoutAPortThereIsNoCertificate() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withMain(
                directory,
                "hop_authority authority; hop_listen 443 off;",
                "server { listen 127.0.0.1:0; listen 443 ssl; hop_certificate on; return 200 plain; }")) {
            assertEquals(1, proxy.ports().size());
            assertTrue(Files.notExists(directory.resolve("authority")));
        }
    }

    @Test
    void aReloadTakesUpWhatIsThereAndRefusesWhatOthersCanRead() throws Exception {
        String block = "server { listen 127.0.0.1:0 ssl; hop_certificate on; return 200 again; }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withMain(directory, "hop_authority authority;", block)) {
            Path key = directory.resolve("authority/authority.key");
            Files.delete(key);
            Files.delete(directory.resolve("authority/localhost.pem"));
            proxy.reload(block);
            assertEquals("again", get(client(), "localhost", proxy.port()));
            Files.setPosixFilePermissions(directory.resolve("authority"), PosixFilePermissions.fromString("rwxr-xr-x"));
            ConfException refused = assertThrows(ConfException.class, () -> proxy.reload(block));
            assertTrue(refused.getMessage().contains("chmod 700 it"), refused.getMessage());
            assertEquals("again", get(client(), "localhost", proxy.port()));
        }
    }

    @Test
    void aDamagedOneIsMadeAnewForTheFirstClient() throws Exception {
        String block = "hop_certificate on; return 200 mended;";
        proxy(block).close();
        Path file = directory.resolve("authority/localhost.pem");
        String label = Files.readAllLines(file).get(0);
        Files.writeString(file, label + "\ndamaged");
        try (ProxyUnderTest proxy = proxy(block)) {
            assertEquals(label + "\ndamaged", Files.readString(file), "a start does not look at certificates");
            assertEquals("mended", get(client(), "localhost", proxy.port()));
        }
    }

    @Test
    void itIsMadeAnewWhileItIsInUse() throws Exception {
        LocalCertificate certificate = new LocalCertificate(directory.resolve("authority"), LINE, () -> now);
        certificate.obtain(errors);
        Keys.Pair first = certificate.pair();
        now = now.plus(Duration.ofDays(365));
        assertSame(first, certificate.pair());
        now = now.plus(Duration.ofDays(2));
        assertSame(first, certificate.pair(), "nobody waits for the next one");
        Wait.until("another certificate", () -> certificate.pair() != first);
        Wait.until("a line", () -> log.stream().anyMatch(line -> line.contains("has been made anew")));
    }

    @Test
    void whereItCannotBeMadeAnewTheOldOneGoesOnAndTheLogSaysWhy() throws Exception {
        LocalCertificate certificate = new LocalCertificate(directory.resolve("authority"), LINE, () -> now);
        certificate.obtain(errors);
        Keys.Pair first = certificate.pair();
        Files.writeString(directory.resolve("authority/authority.key"), "damaged");
        now = now.plus(Duration.ofDays(370));
        for (int i = 0; i < 100; i++) {
            assertSame(first, certificate.pair());
        }
        Wait.until("a line", () -> log.stream().anyMatch(line -> line.contains("is damaged: remove it")));
        now = now.plus(Duration.ofMinutes(59));
        certificate.pair();
        assertEquals(1, log.stream().filter(line -> line.contains("damaged")).count());
    }
}
