package hopyard.proxy.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * OpenSSL's command, which makes certificates that sign each other. Files are in a directory: NAME.crt, NAME.key,
 * NAME.crl.
 */
public final class OpenSsl {

    /** Kinds of keys. */
    public enum Key {
        P256("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        P384("ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"),
        RSA("rsa:2048"),
        ED25519("ed25519");

        private final List<String> arguments;

        Key(String... arguments) {
            this.arguments = List.of(arguments);
        }
    }

    private final Path directory;

    public OpenSsl(Path directory) throws IOException {
        this.directory = directory;
        Files.writeString(directory.resolve("index"), "");
        Files.writeString(directory.resolve("serial"), "1000");
        Files.writeString(directory.resolve("ca.conf"), """
                [ca]
                default_ca = this
                [this]
                dir = %s
                new_certs_dir = $dir
                database = $dir/index
                serial = $dir/serial
                default_md = sha256
                default_days = 3
                policy = any
                unique_subject = no
                x509_extensions = none
                [any]
                commonName = supplied
                [none]
                [authority]
                basicConstraints = critical,CA:TRUE
                [server]
                extendedKeyUsage = serverAuth
                [req]
                distinguished_name = name
                [name]
                """.formatted(directory));
    }

    /** Skips the test where there is no such command; with {@code CI=true} it fails. */
    public static void require() {
        try {
            run(Path.of("."), "version");
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(e);
            }
            Assumptions.abort("openssl is not installed");
        }
    }

    /** Runs the command; what it prints. */
    public static String run(Path where, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertEquals(true, process.waitFor(20, TimeUnit.SECONDS), "openssl has not ended");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertEquals(0, process.exitValue(), () -> command + ": " + said);
        return said;
    }

    /** Has an OCSP responder answer that stands for root and has a directory's index, with more of its options. */
    public static void answer(Path where, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("ocsp", "-index", "index", "-CA", "root.crt", "-rsigner", "root.crt", "-rkey", "root.key"));
        arguments.addAll(List.of(more));
        run(where, arguments.toArray(String[]::new));
    }

    public Path file(String name) {
        return directory.resolve(name);
    }

    /** Makes a certificate that signs itself. */
    public void root(String name) throws IOException {
        run(
                directory,
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-config",
                "ca.conf",
                "-extensions",
                "authority",
                "-subj",
                "/CN=" + name,
                "-days",
                "3",
                "-keyout",
                name + ".key",
                "-out",
                name + ".crt");
    }

    /**
     * Makes a certificate that another one signs.
     *
     * @param extensions {@code authority}, {@code server} or {@code none}
     * @param more other arguments of {@code openssl ca}
     */
    public void signed(String name, String by, String extensions, String... more) throws IOException {
        signed(name, by, extensions, Key.P256, more);
    }

    /** The same with another kind of key. */
    public void signed(String name, String by, String extensions, Key key, String... more) throws IOException {
        List<String> request = new ArrayList<>(List.of("req", "-new", "-newkey"));
        request.addAll(key.arguments);
        request.addAll(List.of("-nodes", "-config", "ca.conf", "-subj", "/CN=" + name));
        request.addAll(List.of("-keyout", name + ".key", "-out", name + ".csr"));
        run(directory, request.toArray(String[]::new));
        List<String> command = new ArrayList<>(List.of(
                "ca",
                "-batch",
                "-notext",
                "-config",
                "ca.conf",
                "-extensions",
                extensions,
                "-keyfile",
                by + ".key",
                "-cert",
                by + ".crt",
                "-in",
                name + ".csr",
                "-out",
                name + ".crt"));
        command.addAll(List.of(more));
        run(directory, command.toArray(String[]::new));
    }

    public void revoke(String name, String by) throws IOException {
        run(
                directory,
                "ca",
                "-config",
                "ca.conf",
                "-revoke",
                name + ".crt",
                "-keyfile",
                by + ".key",
                "-cert",
                by + ".crt");
    }

    /** Makes the list of what is revoked now. */
    public void list(String name, String by) throws IOException {
        run(
                directory,
                "ca",
                "-config",
                "ca.conf",
                "-gencrl",
                "-keyfile",
                by + ".key",
                "-cert",
                by + ".crt",
                "-crldays",
                "1",
                "-out",
                name + ".crl");
    }

    /** Writes several files into one. */
    public Path together(String name, String... files) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String each : files) {
            all.append(Files.readString(file(each)));
        }
        return Files.writeString(file(name), all);
    }
}
