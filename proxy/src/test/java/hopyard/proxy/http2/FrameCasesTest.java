package hopyard.proxy.http2;

import static org.junit.jupiter.api.Assertions.fail;

import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What RFC 9113 asks for, by section: {@code http2/*.cases}. {@link FrameCases} explains the notation. */
class FrameCasesTest {

    private static final Path CASES = Path.of("src/test/resources/http2");

    @TempDir
    private static Path directory;

    private static ActingUpstream app;
    private static ProxyUnderTest proxy;
    private static int plain;
    private static int tls;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(directory.resolve("file.txt"), "0123456789");
        Files.writeString(directory.resolve("large.bin"), "x".repeat(300_000));
        app = new ActingUpstream(1);
        TestCertificate certificate = TestCertificate.in(directory, "server", "localhost");
        proxy = ProxyUnderTest.withHttp(directory, """
                server {
                    listen 127.0.0.1:0 http2;
                    listen 127.0.0.2:0 ssl http2;
                    %s
                    root %s;
                    http2_max_concurrent_streams 10;
                    client_max_body_size 200k;
                    location = / { return 200 root; }
                    location = /ok { return 200 ok; }
                    location = /none { return 204; }
                    location = /close { return 444; }
                    location /app { proxy_pass http://%s; }
                    location = /fields { return 200 "$http_a|$http_cookie|$host|$request_method|$request_uri"; }
                }
                """.formatted(certificate.lines(), directory, app.address()));
        proxy.server().boundAddresses().forEach(address -> {
            boolean isTls = address.getHostString().equals("127.0.0.2");
            tls = isTls ? address.getPort() : tls;
            plain = isTls ? plain : address.getPort();
        });
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        app.close();
    }

    @TestFactory
    Stream<DynamicTest> framesAreJudgedAsTheRfcSays() throws IOException {
        return FrameCases.all(CASES).stream().map(each -> DynamicTest.dynamicTest(each.name(), () -> run(each)));
    }

    private static void run(FrameCases.Case which) throws Exception {
        FrameCases.Seen seen = new FrameCases.Seen();
        try (RawHttp2 client = new RawHttp2(which.hasPreface() ? new Socket("127.0.0.1", plain) : agreed())) {
            if (which.hasPreface() && which.hasSettings()) {
                client.begin();
            } else if (which.hasPreface()) {
                client.bytes(RawHttp2.PREFACE);
            }
            int stream = 101;
            int times = 1;
            List<String> lines = which.lines();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.startsWith("> ") && line.endsWith(" times")) {
                    times = Integer.parseInt(line.split(" ")[1]);
                } else if (line.startsWith(">")) {
                    try {
                        for (; times > 0; times--) {
                            FrameCases.send(client, line, stream);
                            stream += 2;
                        }
                    } catch (SocketException e) {
                        // it has closed the connection, which may be what is expected
                    }
                    times = 1;
                } else if (line.equals("< open")) {
                    client.frame(6, 0, 0, 0x6f70_656e, i);
                    await(client, seen, "< ping x6f70656e%08x".formatted(i));
                } else {
                    await(client, seen, line);
                }
            }
        }
    }

    /** Connects by TLS, and agrees on HTTP/2: without, who does not say the preface speaks HTTP/1.1. */
    private static Socket agreed() throws Exception {
        SSLSocket socket =
                (SSLSocket) TestCertificate.trustingAnybody().getSocketFactory().createSocket("127.0.0.2", tls);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static void await(RawHttp2 client, FrameCases.Seen seen, String line) throws IOException {
        while (!seen.has(line)) {
            if (seen.events.contains("closed")) {
                fail("expected " + line + ", but there came " + seen.events);
            }
            RawHttp2.Frame frame;
            try {
                frame = client.read();
            } catch (IOException e) {
                throw new AssertionError("expected " + line + ", but there came " + seen.events, e);
            }
            if (frame == null) {
                seen.closed();
            } else {
                seen.add(frame);
            }
        }
    }
}
