package hopyard.otel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AwaitedReceiverTest {

    private final CountDownLatch there = new CountDownLatch(1);

    private static ServerSocket bound() throws Exception {
        ServerSocket socket = new ServerSocket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    private Thread await(int port) {
        Settings settings = new Settings(
                "http://127.0.0.1:" + port + "/v1/traces", Duration.ofSeconds(1), 1, 1, Map.of(), null, Map.of());
        return AwaitedReceiver.await(settings, there::countDown);
    }

    @Test
    void whoListensAlreadyIsFound() throws Exception {
        try (ServerSocket socket = bound()) {
            await(socket.getLocalPort());
            assertTrue(there.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void whoComesLaterIsFoundLater() throws Exception {
        ServerSocket first = bound();
        int port = first.getLocalPort();
        first.close();
        await(port);
        assertFalse(there.await(600, TimeUnit.MILLISECONDS), "nobody listens yet");
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            assertTrue(there.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void whoIsInterruptedWaitsNoMore() throws Exception {
        ServerSocket first = bound();
        first.close();
        Thread waiting = await(first.getLocalPort());
        waiting.interrupt();
        waiting.join(TimeUnit.SECONDS.toMillis(30));
        assertFalse(waiting.isAlive());
        assertFalse(there.await(0, TimeUnit.MILLISECONDS));
    }
}
