package hopyard.proxy.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The certificates and keys that cases about TLS name: {@code @TLS@} is their directory.
 *
 * <ul>
 *   <li>{@code root} vouches for {@code inter}, {@code a.example}, {@code b.example}, {@code rsa.example} and
 *       {@code visitor}; {@code inter} for {@code deep.example} and {@code guest}
 *   <li>{@code chain.pem} is {@code deep.example} with {@code inter}; {@code path.pem} has all three
 *   <li>{@code expired}, {@code revoked} and {@code serverside} (which is for servers only) are certificates of clients
 *   <li>{@code self} and {@code odd}, which has an odd name, are nobody's; {@code ed.example} has a key of Ed25519,
 *       {@code p384.example} one of P-384
 *   <li>{@code root.crl} revokes {@code revoked}, {@code both.crl} holds the list of {@code inter}, too
 *   <li>{@code secret.key} and {@code old.key} are the key of {@code rsa.example} with a pass phrase, which is in
 *       {@code passwords}
 *   <li>{@code good.ocsp} and {@code revoked.ocsp} are what a responder said of {@code a.example} and {@code revoked}
 * </ul>
 */
final class TlsFiles {

    private static final String PASSWORD = "the third one";

    private final Path directory;
    private final OpenSsl openssl;

    private TlsFiles(Path directory) throws IOException {
        this.directory = directory;
        openssl = new OpenSsl(directory);
    }

    /** Makes them all. */
    static void make(Path directory) {
        try {
            new TlsFiles(Files.createDirectories(directory)).make();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void make() throws IOException {
        authorities();
        clients();
        keys();
        lists();
        Files.write(directory.resolve("ticket48.key"), new byte[48]);
        byte[] other = new byte[80];
        other[0] = 1;
        Files.write(directory.resolve("ticket80.key"), other);
        Files.write(directory.resolve("short.key"), new byte[47]);
        OpenSsl.run(
                directory,
                "genpkey",
                "-genparam",
                "-algorithm",
                "DH",
                "-pkeyopt",
                "group:ffdhe2048",
                "-out",
                "dhparam.pem");
        Files.writeString(directory.resolve("nothing.pem"), "");
        Files.writeString(
                directory.resolve("nonsense.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    }

    private void authorities() throws IOException {
        openssl.root("root");
        openssl.root("self");
        openssl.signed("inter", "root", "authority");
        openssl.signed("a.example", "root", "none");
        openssl.signed("b.example", "root", "none");
        openssl.signed("deep.example", "inter", "none");
        openssl.together("chain.pem", "deep.example.crt", "inter.crt");
        openssl.together("path.pem", "deep.example.crt", "inter.crt", "root.crt");
        openssl.together("vouching.pem", "a.example.crt", "root.crt");
        openssl.together("authorities.pem", "root.crt", "inter.crt");
    }

    private void clients() throws IOException {
        openssl.signed("visitor", "root", "none");
        openssl.signed("guest", "inter", "none");
        openssl.together("guest.pem", "guest.crt", "inter.crt");
        openssl.signed("serverside", "root", "server");
        openssl.signed("revoked", "root", "none");
        odd();
        openssl.signed("expired", "root", "none", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z");
    }

    /** A name with all that has to be escaped, and a long number. */
    private void odd() throws IOException {
        Files.writeString(directory.resolve("odd.conf"), """
                [req]
                prompt = no
                utf8 = yes
                string_mask = utf8only
                distinguished_name = name
                [name]
                C = DE
                ST = K\u00f6ln
                O = "Hops, Malt & Sons"
                OU = a<b>+c=d
                CN = "#1 \\\\ x"
                emailAddress = a@b.example
                serialNumber = 7
                """);
        OpenSsl.run(
                directory,
                "req",
                "-x509",
                "-config",
                "odd.conf",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-set_serial",
                "0xfedcba98765432100f",
                "-keyout",
                "odd.key",
                "-out",
                "odd.crt");
    }

    private void keys() throws IOException {
        openssl.signed("rsa.example", "root", "none", OpenSsl.Key.RSA);
        openssl.signed("p384.example", "root", "none", OpenSsl.Key.P384);
        openssl.signed("ed.example", "root", "none", OpenSsl.Key.ED25519);
        Files.writeString(directory.resolve("passwords"), "the first one\nthe second one\n" + PASSWORD + "\n");
        Files.writeString(directory.resolve("wrong.passwords"), "the first one\n");
        OpenSsl.run(
                directory,
                "pkcs8",
                "-topk8",
                "-in",
                "rsa.example.key",
                "-passout",
                "pass:" + PASSWORD,
                "-out",
                "secret.key");
        OpenSsl.run(
                directory,
                "rsa",
                "-traditional",
                "-aes128",
                "-in",
                "rsa.example.key",
                "-passout",
                "pass:" + PASSWORD,
                "-out",
                "old.key");
    }

    private void lists() throws IOException {
        responseAbout("a.example", "good.ocsp");
        openssl.revoke("revoked", "root");
        responseAbout("revoked", "revoked.ocsp");
        openssl.list("root", "root");
        openssl.list("inter", "inter");
        openssl.together("both.crl", "root.crl", "inter.crl");
    }

    /** Makes the answer of a responder, with all that is known of certificates by now. */
    private void responseAbout(String name, String file) throws IOException {
        OpenSsl.answer(directory, "-issuer", "root.crt", "-cert", name + ".crt", "-ndays", "1", "-respout", file);
    }
}
