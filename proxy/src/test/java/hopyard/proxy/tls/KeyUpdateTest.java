package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.http2.FrameType;
import hopyard.http.http2.Setting;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that ask for new keys (KeyUpdate, RFC 8446 §4.6.3) while the server cannot answer them. */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class KeyUpdateTest {

    private static final int LARGE = 40_000_000;

    @TempDir
    private Path directory;

    @Parameter
    private String engine;

    /** A socket that can keep what is written, to send it in one piece. */
    private static final class HoldingSocket extends Socket {
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();
        private volatile boolean holds;

        @Override
        public OutputStream getOutputStream() throws IOException {
            OutputStream out = super.getOutputStream();
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    (holds ? held : out).write(bytes, offset, length);
                }
            };
        }

        void release() throws IOException {
            holds = false;
            getOutputStream().write(held.toByteArray());
        }
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** Waits until nothing more comes, because the client's side of the connection is full. */
    private static void awaitFull(Socket socket) {
        int[] before = {0};
        Wait.until("a full connection", () -> {
            int now = socket.getInputStream().available();
            boolean isFull = now > 0 && now == before[0];
            before[0] = now;
            Thread.sleep(200);
            return isFull;
        });
    }

    @Test
    void whatComesBehindOneIsReadWhenTheAnswerIsOut() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        try (RandomAccessFile large =
                new RandomAccessFile(directory.resolve("large").toFile(), "rw")) {
            large.setLength(LARGE);
        }
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl http2; " + certificate.lines()
                                + " root " + directory + "; location = /small { return 200 served; } }");
                HoldingSocket plain = new HoldingSocket()) {
            plain.setReceiveBufferSize(64 << 10);
            plain.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
            SSLSocket tls = (SSLSocket) TestCertificate.trustingAnybody()
                    .getSocketFactory()
                    .createSocket(plain, "one.example", proxy.port(), true);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            assertEquals("TLSv1.3", tls.getSession().getProtocol());

            RawHttp2 client = new RawHttp2(tls).bytes(RawHttp2.PREFACE);
            byte[] window = ByteBuffer.allocate(6)
                    .putShort((short) Setting.INITIAL_WINDOW_SIZE)
                    .putInt(LARGE)
                    .array();
            client.frame(FrameType.SETTINGS, 0, 0, window).frame(FrameType.WINDOW_UPDATE, 0, 0, LARGE);
            client.get(1, "/large");
            awaitFull(plain);

            plain.holds = true;
            tls.startHandshake();
            client.get(3, "/small");
            plain.release();
            client.frame(FrameType.PING, 0, 0, new byte[8]);
            long before = cpu();
            Thread.sleep(1000);
            assertTrue(cpu() - before < 700_000_000, "an I/O thread was busy for nothing");

            int ended = 0;
            long bytes = 0;
            while (ended < 2) {
                RawHttp2.Frame frame = client.read();
                bytes += frame.type() == FrameType.DATA && frame.stream() == 1 ? frame.payload().length : 0;
                boolean isContent = frame.type() == FrameType.DATA || frame.type() == FrameType.HEADERS;
                ended += isContent && frame.isEnd() ? 1 : 0;
            }
            assertEquals(LARGE, bytes);
        }
    }
}
