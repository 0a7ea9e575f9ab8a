package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How TLS ends: with an alert (RFC 8446 §6.1), whether or not the connection is closed, too. */
class TlsEndTest {

    @TempDir
    private Path directory;

    /** A socket that sends at once what was written since {@link #gather}. */
    private static final class Gathering extends Socket {
        private ByteArrayOutputStream gathered;

        void gather() {
            gathered = new ByteArrayOutputStream();
        }

        void release() throws IOException {
            super.getOutputStream().write(gathered.toByteArray());
            gathered = null;
        }

        @Override
        public void shutdownOutput() {
            // TLS has ended, and the connection has not
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            OutputStream out = super.getOutputStream();
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    (gathered == null ? out : gathered).write(bytes, from, length);
                }
            };
        }
    }

    private static final class Gatherings extends ServerSocket {
        Gatherings() throws IOException {
            super(0, 1, InetAddress.getLoopbackAddress());
        }

        @Override
        public Gathering accept() throws IOException {
            Gathering socket = new Gathering();
            implAccept(socket);
            return socket;
        }
    }

    /** Answers with a content that TLS ends with, and keeps the connection until the other side has ended, too. */
    private static void answer(Gatherings listening, TestCertificate certificate) throws Exception {
        Gathering socket = listening.accept();
        try (SSLSocket tls = (SSLSocket) certificate.server().getSocketFactory().createSocket(socket, null, true)) {
            tls.getInputStream().read(new byte[4096]);
            socket.gather();
            tls.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it".getBytes(StandardCharsets.US_ASCII));
            tls.shutdownOutput();
            socket.release();
            tls.getInputStream().read();
        }
    }

    @Test
    void anEndThatComesTogetherWithTheLastContentIsSeen() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        try (Gatherings listening = new Gatherings();
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "server { listen 127.0.0.1:0; location / { proxy_pass https://127.0.0.1:"
                                + listening.getLocalPort() + "; } }")) {
            CompletableFuture<Void> upstream = CompletableFuture.runAsync(() -> {
                try {
                    answer(listening, certificate);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            String answer = RawClient.exchange(proxy.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            upstream.join();
            assertTrue(answer.contains("all of it"), answer);
        }
    }
}
