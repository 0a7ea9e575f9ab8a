package hopyard.backend;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** The real Django as the oracle: the project in the test resources, started with settings of a test's own. */
final class RealDjango implements AutoCloseable {

    private static final Path PROJECT = Path.of("src/test/resources/project").toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_NANOS = 20_000_000_000L;

    private final String python;
    private final Process process;
    private final Writer orders;
    private final BufferedReader answers;
    private final String version;

    private RealDjango(String python) throws IOException {
        this.python = python;
        ProcessBuilder builder = new ProcessBuilder(python, "-B", "many.py")
                .directory(PROJECT.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        clean(builder);
        process = builder.start();
        orders = process.outputWriter(StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        version = answers.readLine();
    }

    /** Takes the app's settings out of an environment: what a test does not set is as by default. */
    private static void clean(ProcessBuilder builder) {
        hopyard.backend.django.DjangoSettings.all()
                .forEach(each -> builder.environment().remove(each.name()));
    }

    /** Returns a Django by the Python that has it; empty if that Python is not there, or has none. */
    static Optional<RealDjango> of(String python) throws IOException {
        if (!Files.isExecutable(Path.of(python))) {
            return Optional.empty();
        }
        RealDjango django = new RealDjango(python);
        if (django.version == null) {
            django.close();
            return Optional.empty();
        }
        return Optional.of(django);
    }

    /** Returns the version as Django says it. */
    String version() {
        return version;
    }

    /** A server of Django's, with what it has said. */
    final class Server implements AutoCloseable {

        private final long pid;
        private final int port;
        private final Path output;

        private Server(long pid, int port, Path output) {
            this.pid = pid;
            this.port = port;
            this.output = output;
        }

        int port() {
            return port;
        }

        List<String> log() throws IOException {
            return Files.exists(output) ? Files.readAllLines(output, StandardCharsets.UTF_8) : List.of();
        }

        @Override
        public void close() throws IOException {
            order(Map.of("stop", pid));
        }
    }

    /** Starts {@code manage.py runserver} with these arguments, without waiting for anything. */
    Server start(Map<String, String> settings, Path output, List<String> more) throws IOException {
        int port = freePort();
        List<String> arguments = new ArrayList<>(List.of("runserver", "127.0.0.1:" + port));
        arguments.addAll(more);
        long pid = order(Map.of("start", arguments, "settings", settings, "output", output.toString()));
        return new Server(pid, port, output);
    }

    /** Starts {@code manage.py runserver}; returns when it listens. */
    Server runserver(Map<String, String> settings, Path output) throws IOException {
        Server server = start(settings, output, List.of("--noreload"));
        until("runserver to listen: " + output, () -> listens(server.port));
        return server;
    }

    private long order(Map<String, Object> order) throws IOException {
        orders.write(JSON.writeValueAsString(order) + "\n");
        orders.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the process that starts Django has ended");
        }
        return Long.parseLong(answer);
    }

    /** Starts gunicorn with these options; returns when it listens. */
    Process gunicorn(Map<String, String> settings, Path output, int port, String... options) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(python, "-B", "-m", "gunicorn", "--bind", "127.0.0.1:" + port, "--chdir", PROJECT.toString()));
        command.addAll(List.of(options));
        command.add("mysite.wsgi");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        clean(builder);
        builder.environment().putAll(settings);
        Process gunicorn = builder.start();
        until("gunicorn to listen", () -> listens(port));
        return gunicorn;
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    static void until(String what, Callable<Boolean> condition) {
        long end = System.nanoTime() + MAX_NANOS;
        Exception last = null;
        while (System.nanoTime() < end) {
            try {
                if (condition.call()) {
                    return;
                }
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } catch (Exception e) {
                last = e;
            }
        }
        throw new AssertionError("waited in vain for " + what, last);
    }

    @Override
    public void close() throws IOException {
        // it ends with its standard input, and its servers before it
        orders.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
