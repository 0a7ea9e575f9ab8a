package hopyard.proxy.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** An app server as people have it behind nginx: PHP-FPM, uWSGI or gunicorn, with an app from the test resources. */
public final class RealApp implements AutoCloseable {

    private static final String PHP_FPM = "/usr/sbin/php-fpm8.2";
    private static final String UWSGI = "/usr/bin/uwsgi";
    private static final Path APPS = Path.of("src/test/resources/apps").toAbsolutePath();

    private static final String GUNICORN = "/usr/bin/gunicorn";

    private static int number;

    private final Process process;
    private final String address;

    private RealApp(Path directory, Path socket, List<String> command) throws IOException {
        this(directory, "unix:" + socket, () -> Files.exists(socket), command);
    }

    private RealApp(Path directory, int port, List<String> command) throws IOException {
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

    /**
     * Starts PHP-FPM.
     *
     * @param directory where it may write
     * @param workers how many requests it serves at a time
     * @param backlog how many connections may wait
     */
    public static RealApp phpFpm(Path directory, int workers, int backlog) throws IOException {
        Path socket = directory.resolve("php" + workers + ".sock");
        Path conf = Files.writeString(
                directory.resolve("fpm" + workers + ".conf"),
                """
                [global]
                error_log = %1$s/fpm.log
                daemonize = no
                [www]
                listen = %2$s
                listen.backlog = %4$d
                pm = static
                pm.max_children = %3$d
                catch_workers_output = no
                php_admin_value[upload_tmp_dir] = %1$s
                php_admin_value[session.save_path] = %1$s
                php_admin_value[post_max_size] = 200M
                php_admin_value[upload_max_filesize] = 200M
                php_admin_value[error_log] =
                php_admin_flag[log_errors] = on
                php_admin_flag[display_errors] = off
                php_admin_flag[html_errors] = off
                """.formatted(directory, socket, workers, backlog) + (isRoot() ? "user = root\ngroup = root\n" : ""));
        return new RealApp(
                directory, socket, List.of(PHP_FPM, "-n", "-d", "extension=posix", "-R", "-F", "-y", conf.toString()));
    }

    /** Starts uWSGI with its plug-in for Python. */
    public static RealApp uwsgi(Path directory, int workers, int backlog) throws IOException {
        Path socket = directory.resolve("uwsgi" + workers + ".sock");
        return new RealApp(
                directory,
                socket,
                List.of(
                        UWSGI,
                        "--plugin",
                        "python3",
                        "--socket",
                        socket.toString(),
                        "--chmod-socket=666",
                        "--wsgi-file",
                        APPS.resolve("app.py").toString(),
                        "--master",
                        "--need-app",
                        "--die-on-term",
                        "--processes",
                        Integer.toString(workers),
                        "--listen",
                        Integer.toString(backlog)));
    }

    /**
     * Starts uWSGI with its plug-in for Python, which speaks HTTP.
     *
     * @param workers how many requests it serves at a time
     */
    public static RealApp uwsgiHttp(Path directory, int workers) throws IOException {
        int port = Ports.free();
        List<String> command = new ArrayList<>(List.of(UWSGI, "--plugin", "python3", "--wsgi-file"));
        command.addAll(List.of(APPS.resolve("app.py").toString(), "--http-socket", "127.0.0.1:" + port));
        command.addAll(List.of("--master", "--need-app", "--die-on-term", "--processes", Integer.toString(workers)));
        return new RealApp(directory, port, command);
    }

    /**
     * Starts gunicorn at a port.
     *
     * @param options more of its options
     */
    public static RealApp gunicorn(Path directory, String... options) throws IOException {
        int port = Ports.free();
        return new RealApp(directory, port, gunicorn("127.0.0.1:" + port, options));
    }

    /** Starts gunicorn at a socket of the unix domain. */
    public static RealApp gunicornAtSocket(Path directory, String... options) throws IOException {
        Path socket = directory.resolve("gunicorn" + number + ".sock");
        return new RealApp(directory, socket, gunicorn("unix:" + socket, options));
    }

    private static List<String> gunicorn(String address, String... options) {
        List<String> command = new ArrayList<>(List.of(GUNICORN, "--bind", address, "--chdir", APPS.toString()));
        command.addAll(List.of(options));
        command.add("app");
        return command;
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Returns the directory of the apps' files. */
    public static Path files() {
        return APPS;
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

    /** Skips the test where a program is not there, and says so; under CI=true that is a failure. */
    public static void require() {
        for (String program : List.of(PHP_FPM, UWSGI, GUNICORN)) {
            boolean present = Files.isExecutable(Path.of(program));
            String missing =
                    program + " is not installed (apt-get install php-fpm uwsgi uwsgi-plugin-python3 gunicorn)";
            if (!present && "true".equals(System.getenv("CI"))) {
                Assertions.fail(missing);
            }
            Assumptions.assumeTrue(present, "skipped: " + missing);
        }
    }
}
