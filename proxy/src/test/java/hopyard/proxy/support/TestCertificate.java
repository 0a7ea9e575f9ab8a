package hopyard.proxy.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * A certificate that signs itself, made anew for each test with the JDK's keytool.
 *
 * @param file the certificate
 * @param key its key
 */
public record TestCertificate(Path file, Path key) {

    private static final char[] PASSWORD = "for-the-test".toCharArray();

    /** Makes one for a host name. */
    public static TestCertificate in(Path directory, String name, String host) {
        return in(directory, name, host, "EC");
    }

    /** Makes one with a key of a kind: {@code EC}, {@code RSA}, {@code Ed25519}. */
    public static TestCertificate in(Path directory, String name, String host, String kind) {
        Path store = directory.resolve(name + ".p12");
        try {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-keyalg",
                            kind,
                            "-alias",
                            "key",
                            "-dname",
                            "CN=" + host,
                            "-ext",
                            "SAN=dns:" + host,
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            store.toString(),
                            "-storepass",
                            new String(PASSWORD))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(keytool.getInputStream().readAllBytes());
            if (!keytool.waitFor(20, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new AssertionError("keytool failed: " + said);
            }
            KeyStore loaded = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                loaded.load(in, PASSWORD);
            }
            Path file = directory.resolve(name + ".pem");
            Path key = directory.resolve(name + ".key");
            Files.writeString(
                    file, pem("CERTIFICATE", loaded.getCertificate("key").getEncoded()));
            Files.writeString(
                    key, pem("PRIVATE KEY", loaded.getKey("key", PASSWORD).getEncoded()));
            return new TestCertificate(file, key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + kind
                + "-----\n";
    }

    /** Returns a context for a server of its own that uses it. */
    public SSLContext server() throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(), null, null);
        return context;
    }

    /** Returns one for a client that shows it, and is content with any certificate of the server. */
    public SSLContext trustingAnybodyWithIt() throws GeneralSecurityException, IOException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(), new TrustManager[] {new Anybody()}, null);
        return context;
    }

    private KeyManager[] keys() throws GeneralSecurityException, IOException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(), PASSWORD);
        return keys.getKeyManagers();
    }

    private KeyStore store() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        Path made = file.resolveSibling(file.getFileName().toString().replace(".pem", ".p12"));
        try (InputStream in = Files.newInputStream(made)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    /** Returns the key itself. */
    public PrivateKey privateKey() throws GeneralSecurityException, IOException {
        return (PrivateKey) store().getKey("key", PASSWORD);
    }

    /** Returns the certificate itself. */
    public X509Certificate certificate() {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The lines of a server block that use it. */
    public String lines() {
        return "ssl_certificate " + file + "; ssl_certificate_key " + key + ";";
    }

    /** For a client that is content with any certificate. */
    public static SSLContext trustingAnybody() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        return context;
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // a test's own server
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // a test's own server
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
