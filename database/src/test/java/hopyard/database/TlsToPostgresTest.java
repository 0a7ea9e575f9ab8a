package hopyard.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.trace.Hop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS between the app and PostgreSQL, as sslmode has it. The certificate is for 127.0.0.1. */
class TlsToPostgresTest {

    @TempDir
    private static Path directory;

    private static RealPostgres postgres;
    private static RealPostgres plain;
    private static Path certificate;

    @BeforeAll
    static void start() throws Exception {
        postgres = new RealPostgres(Files.createDirectory(directory.resolve("tls"))).start();
        postgres.close();
        certificate = postgres.data().resolve("server.crt");
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=127.0.0.1",
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        postgres.data().resolve("server.key").toString(),
                        "-out",
                        certificate.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(openssl.getInputStream().readAllBytes());
        assertEquals(0, openssl.waitFor(), said);
        Files.writeString(postgres.data().resolve("postgresql.conf"), "\nssl = on\n", StandardOpenOption.APPEND);
        postgres.start();
        plain = new RealPostgres(Files.createDirectory(directory.resolve("plain"))).start();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
        plain.close();
    }

    private static Asked asked(RealPostgres at, String host, String options) throws Exception {
        String url = "postgres://hopyard:hopyard@" + host + ":" + at.port() + "/hopyard?" + options;
        return new Asked(at.settings("DATABASE_URL", url, "DB_POOL_TIMEOUT", "2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sslmode=prefer", "sslmode=require", "sslmode=verify-full&sslrootcert=@CERTIFICATE@"})
    void whatIsSpokenIsInTheHop(String options) throws Exception {
        String filledIn =
                options.replace("@CERTIFICATE@", certificate.toString().replace("/", "%2F"));
        try (Asked asked = asked(postgres, "127.0.0.1", filledIn)) {
            var outcome = asked.ask(session -> session.query("SELECT 1"));
            assertNull(outcome.failure());
            Hop hop = outcome.hop();
            assertEquals("TLSv1.3", hop.tls().protocol());
            assertTrue(hop.tls().cipher().startsWith("TLS_"), hop::toString);
            assertEquals("TLSv1.3", ((Map<?, ?>) asked.state().get("server")).get("tls"));
        }
    }

    @Test
    void aNameThatIsNotInTheCertificateIsRefusedByVerifyFull() throws Exception {
        String options =
                "sslmode=verify-full&sslrootcert=" + certificate.toString().replace("/", "%2F");
        try (Asked asked = asked(postgres, "localhost", options)) {
            Failure failure = asked.failure("SELECT 1");
            assertEquals(Code.TLS_FAILED, failure.code(), failure::getMessage);
        }
    }

    @Test
    void aCertificateOfNobodysIsRefusedByVerifyCa() throws Exception {
        // nobody is trusted by it
        try (Asked asked = asked(postgres, "127.0.0.1", "sslmode=verify-ca&sslrootcert=%2Fdev%2Fnull")) {
            Failure failure = asked.failure("SELECT 1");
            assertEquals(Code.TLS_FAILED, failure.code(), failure::getMessage);
        }
    }

    @Test
    void aPostgresWithoutTlsIsToldFromOneThatIsNotThere() throws Exception {
        try (Asked asked = asked(plain, "127.0.0.1", "sslmode=require")) {
            Failure failure = asked.failure("SELECT 1");
            assertEquals(Code.TLS_FAILED, failure.code(), failure::getMessage);
        }
        try (Asked asked = asked(plain, "127.0.0.1", "sslmode=prefer")) {
            assertNull(asked.failure("SELECT 1"));
        }
    }

    @Test
    void eachModeCanBeTriedApartFromThePool() throws Exception {
        try (Asked asked = asked(postgres, "127.0.0.1", "")) {
            assertEquals(false, asked.tls("disable").get("encrypted"));
            assertEquals("TLSv1.3", asked.tls("require").get("protocol"));
            Map<?, ?> error = (Map<?, ?>) asked.tls("verify-full").get("error");
            assertEquals("tls_failed", error.get("code"), error::toString);
        }
    }
}
