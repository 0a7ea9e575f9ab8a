package hopyard.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A process that a test has started, with what it prints; ended, with its children, when the test is over. */
final class Program implements AutoCloseable {

    /** The repository: tests run in the directory of their module. */
    static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** Where the programs keep what they need again: no test touches the user's own. */
    static final Path STATE = ROOT.resolve("target/state");

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private final Process process;
    private final Path output;

    private Program(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static Program start(Map<String, String> environment, String... command) {
        try {
            Path output = Files.createTempFile("hopyard-it-", ".out");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(ROOT.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment()
                    .keySet()
                    .removeAll(List.of(
                            "PORT",
                            "BIND",
                            "PROXY_PORT",
                            "APP_PORT",
                            "CONF",
                            "SHARE",
                            "HOPYARD_AUTHORITY",
                            "DATABASE_URL",
                            "OTEL_EXPORTER_OTLP_ENDPOINT",
                            "TRACE_LINK"));
            builder.environment().put("XDG_STATE_HOME", STATE.toString());
            builder.environment().put("TLS_PORT", "off");
            builder.environment().put("DB_PORT", "off");
            builder.environment().putAll(environment);
            return new Program(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How long an output may take in seconds: {@code ./playground} builds at its first start, on a slow network
     * perhaps.
     */
    private static final int BUILD_AND_START = 600;

    /** Proxy and app by {@code ./playground}, when both answer. */
    static Program playground(int proxyPort, int appPort, String... more) {
        return playground(Map.of(), proxyPort, appPort, more);
    }

    static Program playground(Map<String, String> environment, int proxyPort, int appPort, String... more) {
        List<String> command =
                new ArrayList<>(List.of("./playground", "--proxy-port", "" + proxyPort, "--app-port=" + appPort));
        command.addAll(List.of(more));
        Program playground = start(environment, command.toArray(String[]::new));
        try {
            playground.awaitOutput("Ctrl-C stops both");
        } catch (AssertionError e) {
            playground.close();
            throw e;
        }
        return playground;
    }

    /** The app server from its jar. */
    static Program app(int port, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("PORT", Integer.toString(port));
        environment.putIfAbsent("BIND", "127.0.0.1");
        Program app = start(environment, "java", "@backend/java.args", "-jar", "backend/target/hopyard-backend.jar");
        app.awaitPort(port);
        return app;
    }

    /** The proxy by its launcher. */
    static Program proxy(String... arguments) {
        return proxy(Map.of(), arguments);
    }

    static Program proxy(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of("proxy/bin/hopyard"));
        command.addAll(List.of(arguments));
        return start(environment, command.toArray(String[]::new));
    }

    /** A port that was free a moment ago, another one each time: what is started on it starts later. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = socket.getLocalPort();
            return GIVEN.add(port) ? port : freePort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    static void until(String what, Callable<Boolean> condition) {
        until(what, 60, condition);
    }

    static void until(String what, int seconds, Callable<Boolean> condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            try {
                if (condition.call()) {
                    return;
                }
                Thread.sleep(20);
            } catch (Exception e) {
                throw new AssertionError(what, e);
            }
        }
        throw new AssertionError("waited in vain for " + what);
    }

    void awaitPort(int port) {
        until("port " + port + " to answer", () -> {
            if (!process.isAlive()) {
                throw new IOException("the process has ended: " + output());
            }
            return answers(port);
        });
    }

    void awaitOutput(String text) {
        try {
            until("the output \"" + text + "\"", BUILD_AND_START, () -> {
                // in this order: what it printed last is read after its end was seen
                boolean ended = !process.isAlive();
                boolean printed = output().contains(text);
                if (ended && !printed) {
                    throw new IOException("the process has ended with status " + process.exitValue());
                }
                return printed;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; it printed: " + output(), e);
        }
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** The process id of the descendant whose command line holds the text. */
    long child(String text) {
        return process.descendants()
                .filter(child -> child.info().commandLine().orElse("").contains(text))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no process " + text))
                .pid();
    }

    void signal(String name) throws IOException, InterruptedException {
        signal(pid(), name);
    }

    static void signal(long pid, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-s", name, Long.toString(pid)).start().waitFor();
    }

    /** Waits for the end; returns the exit status. */
    int await() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the process has not ended: " + output());
        }
        return process.exitValue();
    }

    /** The shipped nginx.conf with a change, as a file in the directory. */
    static String shippedConf(Path directory, UnaryOperator<String> change) throws IOException {
        String shipped = Files.readString(ROOT.resolve("proxy/conf/nginx.conf"));
        return Files.writeString(directory.resolve("nginx.conf"), change.apply(shipped))
                .toString();
    }

    /** Closes all that was started, in this order; what was not is {@code null}. */
    static void closeAll(AutoCloseable... started) {
        AssertionError failure = null;
        for (AutoCloseable each : started) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                failure = new AssertionError(each + " does not end", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {
        try {
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            all.forEach(ProcessHandle::destroyForcibly);
            Files.deleteIfExists(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
