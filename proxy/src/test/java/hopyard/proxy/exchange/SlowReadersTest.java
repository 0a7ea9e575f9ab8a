package hopyard.proxy.exchange;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.Wait;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not read what they have asked for. */
class SlowReadersTest {

    @TempDir
    private Path directory;

    @Test
    void whoTakesNothingOfAResponseThatIsReadyLosesItsConnection() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "send_timeout 1s; location / { return 200 '" + "x".repeat(3000) + "'; }");
                Socket client = new Socket()) {
            client.setReceiveBufferSize(2304);
            client.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
            client.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: t\r\n\r\n".repeat(990).getBytes(StandardCharsets.US_ASCII));
            Wait.until("the request", () -> proxy.server().inFlight() == 1);
            Wait.until("the connection to be closed", () -> proxy.server().connections() == 0);
        }
    }
}
