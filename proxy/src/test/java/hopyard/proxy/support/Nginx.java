package hopyard.proxy.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** The real nginx, as the oracle. */
public final class Nginx {

    private Nginx() {}

    public static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/sbin/nginx"));
    }

    /** Skips the test where there is no nginx, and says so; under CI=true that is a failure. */
    public static void require() {
        boolean present = isInstalled();
        if (!present && "true".equals(System.getenv("CI"))) {
            Assertions.fail("nginx is not installed, and under CI nothing is skipped: apt-get install nginx");
        }
        Assumptions.assumeTrue(present, "skipped: the real nginx is not installed (apt-get install nginx)");
    }

    /** What {@code nginx -t} says about a configuration. */
    public static String test(Path directory, Path file, String directives) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "/usr/sbin/nginx",
                        "-t",
                        "-p",
                        directory + "/",
                        "-e",
                        "stderr",
                        "-c",
                        file.toString(),
                        "-g",
                        directives)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return output;
    }

    /** Starts nginx in the foreground with that configuration; the caller stops the process. */
    public static Process start(Path directory, Path file) throws IOException {
        return new ProcessBuilder(
                        "/usr/sbin/nginx",
                        "-p",
                        directory + "/",
                        "-e",
                        "stderr",
                        "-c",
                        file.toString(),
                        "-g",
                        "daemon off;")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.out").toFile())
                .start();
    }

    /** Waits until it accepts connections there. */
    public static void awaitPort(int port) {
        Wait.until("nginx to listen", () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }
}
