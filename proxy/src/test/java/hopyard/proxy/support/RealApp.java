package hopyard.proxy.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** An {@link AppServer} that runs, with an app from the test resources. */
public final class RealApp implements AutoCloseable {

    private static int number;

    private final Process process;
    private final String address;

    RealApp(Path directory, Path socket, List<String> command) throws IOException {
        this(directory, "unix:" + socket, () -> Files.exists(socket), command);
    }

    RealApp(Path directory, int port, List<String> command) throws IOException {
        this(directory, "127.0.0.1:" + port, () -> isListening(port), command);
    }

    private RealApp(Path directory, String address, Callable<Boolean> listens, List<String> command)
            throws IOException {
        this.address = address;
        Path out = directory.resolve("app" + number++ + ".out");
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        Wait.until("the app to listen", () -> !process.isAlive() || listens.call());
        if (!process.isAlive()) {
            throw new AssertionError(Files.readString(out));
        }
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns where it listens, as {@code fastcgi_pass} has it. */
    public String address() {
        return address;
    }

    @Override
    public void close() {
        List<ProcessHandle> workers = process.descendants().toList();
        process.destroy();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.forEach(ProcessHandle::destroyForcibly);
    }
}
