package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much content a record holds: {@code ssl_buffer_size}. */
class RecordSizeTest {

    private static final int APPLICATION_DATA = 23;

    /** More than encryption adds to a record (RFC 5246 §6.2.3, RFC 8446 §5.2) with the ciphers in use, in bytes. */
    private static final int ADDED = 64;

    @TempDir
    private static Path keys;

    private static TestCertificate certificate;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeCertificate() {
        certificate = TestCertificate.in(keys, "one", "one.example");
    }

    /** A socket that remembers what has come. */
    private static final class Remembering extends Socket {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Remembering(int port) throws IOException {
            super("127.0.0.1", port);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    int n = super.read(into, offset, length);
                    if (n > 0) {
                        bytes.write(into, offset, n);
                    }
                    return n;
                }
            };
        }

        /** Returns the lengths of the records with content, and with the last parts of a handshake. */
        int[] records() {
            ByteBuffer all = ByteBuffer.wrap(bytes.toByteArray());
            IntStream.Builder lengths = IntStream.builder();
            while (all.remaining() > 5) {
                int type = all.get();
                all.getShort();
                int length = all.getShort() & 0xffff;
                all.position(all.position() + length);
                if (type == APPLICATION_DATA) {
                    lengths.add(length);
                }
            }
            return lengths.build().toArray();
        }
    }

    /** Gets a file; the lengths of the records with which it came. */
    private int[] records(int port, String version, int size) throws Exception {
        try (Remembering plain = new Remembering(port);
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", port, true)) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.getOutputStream()
                    .write("GET /file HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(size, response.length() - response.indexOf("\r\n\r\n") - 4);
            return plain.records();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void noRecordHoldsMoreThanIsConfigured(String version) throws Exception {
        int size = 100_000;
        Files.writeString(directory.resolve("file"), "x".repeat(size));
        for (int most : new int[] {1024, 5000, 16_384}) {
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                    directory,
                    "ssl_buffer_size " + most + "; server { listen 127.0.0.1:0 ssl; " + certificate.lines() + " root "
                            + directory + "; }")) {
                int[] lengths = records(proxy.port(), version, size);
                int longest = Arrays.stream(lengths).max().getAsInt();
                assertTrue(longest >= most && longest <= most + ADDED, most + ": " + Arrays.toString(lengths));
            }
        }
    }
}
