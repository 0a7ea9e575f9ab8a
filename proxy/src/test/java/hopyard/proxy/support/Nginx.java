package hopyard.proxy.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** The real nginx, as the oracle: with a configuration of a test's own, in a directory of its own. */
public final class Nginx implements AutoCloseable {

    private static final String PROGRAM = "/usr/sbin/nginx";

    /** Directives of the http block that keep what it writes in its directory. */
    private static final String TEMPORARY = "client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;"
            + " uwsgi_temp_path u; scgi_temp_path s; ";

    private final Path directory;
    private final int port;
    private final Process process;

    private Nginx(Path directory, int port) throws IOException {
        this.directory = directory;
        this.port = port;
        process = new ProcessBuilder(
                        PROGRAM, "-p", directory + "/", "-e", "stderr", "-c", file().toString(), "-g", "daemon off;")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.out").toFile())
                .start();
        Wait.until("nginx to listen", () -> !process.isAlive() || isListening());
        if (!process.isAlive()) {
            throw new AssertionError(Files.readString(directory.resolve("nginx.out")));
        }
    }

    /**
     * Starts it with the contents of its http block, in which {@code @PORT@} stands for a port that is free.
     *
     * @param directory where it may write; made if it is not there
     */
    public static Nginx withHttp(Path directory, String httpBlock) throws IOException {
        int port = Ports.free();
        write(Files.createDirectories(directory), httpBlock, port);
        return new Nginx(directory, port);
    }

    /**
     * Starts it with a whole configuration, in which {@code @TEMP@} stands for directives of the http block that are
     * about temporary files.
     *
     * @param port one of those where it listens
     */
    public static Nginx withFile(Path directory, String text, int port) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("nginx.conf"), text.replace("@TEMP@", TEMPORARY));
        return new Nginx(directory, port);
    }

    private static void write(Path directory, String httpBlock, int port) throws IOException {
        Files.writeString(
                directory.resolve("nginx.conf"),
                "user root; pid nginx.pid; error_log error.log info; events {} http { access_log off; " + TEMPORARY
                        + httpBlock.replace("@PORT@", Integer.toString(port)) + " }");
    }

    private Path file() {
        return directory.resolve("nginx.conf");
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    public String errorLog() throws IOException {
        return Files.readString(directory.resolve("error.log"), StandardCharsets.ISO_8859_1);
    }

    /** Has it load its file again; returns when the workers are gone that had loaded it before. */
    public void reload() throws IOException, InterruptedException {
        long before = ends();
        hangUp();
        Wait.until("the old worker to end", () -> ends() > before);
    }

    private long ends() throws IOException {
        return errorLog()
                .lines()
                .filter(line -> line.contains(" exited with code "))
                .count();
    }

    private void hangUp() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    }

    /** Has it take up another http block; returns when it has been told. */
    public void reload(String httpBlock) throws IOException, InterruptedException {
        write(directory, httpBlock, port);
        hangUp();
    }

    @Override
    public void close() {
        try {
            List<ProcessHandle> workers = process.descendants().toList();
            process.destroy();
            process.waitFor(5, TimeUnit.SECONDS);
            workers.forEach(ProcessHandle::destroyForcibly);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static boolean isInstalled() {
        return Files.isExecutable(Path.of(PROGRAM));
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
                        PROGRAM, "-t", "-p", directory + "/", "-e", "stderr", "-c", file.toString(), "-g", directives)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return output;
    }

    /**
     * What {@code nginx -t} says about a configuration at some levels, without what stands before its words.
     *
     * @param levels a regular expression, such as {@code warn|emerg}
     */
    public static Stream<String> complaints(Path directory, Path file, String levels)
            throws IOException, InterruptedException {
        // with -e stderr, nginx's own line starts as in a log: time and process ids
        Pattern before = Pattern.compile(".*\\[(" + levels + ")] (\\d+#\\d+: )?");
        return test(directory, file, "")
                .lines()
                .filter(line -> before.matcher(line).lookingAt())
                .map(line -> before.matcher(line).replaceFirst(""));
    }
}
