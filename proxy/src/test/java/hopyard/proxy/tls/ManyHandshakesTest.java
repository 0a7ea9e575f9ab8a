package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that shake hands by the hundred, slowly and then all at once, beside one that is served meanwhile. */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class ManyHandshakesTest {

    private static final int CLIENTS = 300;

    @TempDir
    private Path directory;

    @Parameter
    private String engine;

    private static byte[] hello() throws Exception {
        SSLEngine client = TestCertificate.trustingAnybody().createSSLEngine();
        client.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(17 << 10);
        client.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    private static String ask(SSLSocket socket) throws IOException {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] answer = new byte[4096];
        int n = 0;
        while (!new String(answer, 0, n, StandardCharsets.US_ASCII).endsWith("served")) {
            int more = socket.getInputStream().read(answer, n, answer.length - n);
            if (more < 0) {
                throw new IOException("ended after: " + new String(answer, 0, n, StandardCharsets.US_ASCII));
            }
            n += more;
        }
        return new String(answer, 0, 15, StandardCharsets.US_ASCII);
    }

    @Test
    void everyClientIsServedAndNothingIsLeftOfThem() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        byte[] hello = hello();
        List<Socket> slow = new ArrayList<>();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl backlog=1024; "
                                + certificate.lines() + " return 200 served; }");
                Socket plain = new Socket("127.0.0.1", proxy.port());
                SSLSocket ordinary = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", proxy.port(), true)) {
            ordinary.setSoTimeout(10_000);
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    Socket each = new Socket("127.0.0.1", proxy.port());
                    each.setSoTimeout(10_000);
                    slow.add(each);
                    each.getOutputStream().write(hello, 0, 50);
                }
                assertEquals("HTTP/1.1 200 OK", ask(ordinary));
                for (Socket each : slow) {
                    each.getOutputStream().write(hello, 50, hello.length - 50);
                }
                assertEquals("HTTP/1.1 200 OK", ask(ordinary));
                for (Socket each : slow) {
                    // a record of the handshake: the server's hello
                    assertEquals(22, each.getInputStream().read());
                }
                assertEquals("HTTP/1.1 200 OK", ask(ordinary));
            } finally {
                for (Socket each : slow) {
                    each.close();
                }
            }
            Wait.until("the end of the others", () -> proxy.server().connections() == 1);
            assertEquals("HTTP/1.1 200 OK", ask(ordinary));
        }
    }

    /** Such a client's last word of the handshake is there before the server looks whether it is. */
    @Test
    void aClientThatAnswersAtOnceIsServedToo() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        SSLContext quick = SSLContext.getInstance("TLS", Conscrypt.newProvider());
        quick.init(null, new TrustManager[] {new AnyPeer(List.of())}, null);
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl http2; " + certificate.lines()
                        + " return 200 served; }")) {
            for (int i = 0; i < CLIENTS; i++) {
                try (Socket plain = new Socket("127.0.0.1", proxy.port());
                        SSLSocket client = (SSLSocket)
                                quick.getSocketFactory().createSocket(plain, "one.example", proxy.port(), true)) {
                    client.setSoTimeout(10_000);
                    client.startHandshake();
                    assertEquals("HTTP/1.1 200 OK", ask(client));
                }
            }
        }
    }
}
