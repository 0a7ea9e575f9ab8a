package hopyard.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests for {@code /healthz} one after the other on connections that stay open, until told to stop. */
final class Load implements AutoCloseable {
    private final int port;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    Load(int port, int clients) {
        this.port = port;
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(this::run);
            threads.add(thread);
            thread.start();
        }
    }

    private void run() {
        byte[] request = "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            while (!stop.get()) {
                socket.getOutputStream().write(request);
                StringBuilder response = new StringBuilder();
                while (response.indexOf("\r\n\r\nok\n") < 0) {
                    int b = socket.getInputStream().read();
                    if (b < 0) {
                        throw new IOException("connection closed after: " + response);
                    }
                    response.append((char) b);
                }
                answered.incrementAndGet();
            }
        } catch (IOException e) {
            failures.add(e.toString());
        }
    }

    void awaitAnswers(int more) {
        int target = answered.get() + more;
        Program.until("answers", () -> answered.get() >= target || !failures.isEmpty());
    }

    List<String> failures() {
        return failures;
    }

    int answered() {
        return answered.get();
    }

    @Override
    public void close() throws InterruptedException {
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
