package hopyard.proxy.support;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.console.Console;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.running.ConfigurationLoader;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.running.RunningServer;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The proxy with a configuration of a test's own, on a port that the system chose, with its logs in files. */
public final class ProxyUnderTest implements AutoCloseable {

    private final Path directory;
    private final HttpServer server;
    private final RunningServer running;
    private final Console console;

    private ProxyUnderTest(Path directory, RunningServer running, Console console) {
        this.directory = directory;
        this.running = running;
        this.console = console;
        server = running.http();
    }

    /** Starts the proxy with the given contents of its one server block. */
    public static ProxyUnderTest withServer(Path directory, String serverBlock) {
        return withHttp(directory, "server { listen 127.0.0.1:0; " + serverBlock + " }");
    }

    /** Starts the proxy with the given contents of its http block. */
    public static ProxyUnderTest withHttp(Path directory, String httpBlock) {
        return withHttp(directory, httpBlock, 2);
    }

    /** The same with so many I/O threads. */
    public static ProxyUnderTest withHttp(Path directory, String httpBlock, int workers) {
        return start(directory, "", httpBlock, workers);
    }

    /** Starts the proxy with the given contents of its http block, and directives of the command line. */
    public static ProxyUnderTest withMain(Path directory, String commandLine, String httpBlock) {
        return start(directory, commandLine, httpBlock, 2);
    }

    /** Starts the proxy with a whole configuration file. */
    public static ProxyUnderTest withFile(Path directory, Path file) {
        return start(directory, "", file);
    }

    private static ProxyUnderTest start(Path directory, String commandLine, String httpBlock, int workers) {
        try {
            return start(directory, commandLine, write(directory, httpBlock, workers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProxyUnderTest start(Path directory, String commandLine, Path file) {
        try {
            Console console = new Console();
            ConfigurationLoader loader = new ConfigurationLoader(
                    ConsoleModule.andAllOthers(console), directory, file, commandLine, "error.log");
            Configuration configuration = loader.load();
            HttpServer server = new HttpServer(configuration, HttpServer.newBufferPool());
            RunningServer running = new RunningServer(server, loader);
            console.attach(running);
            server.use(configuration);
            return new ProxyUnderTest(directory, running, console);
        } catch (ConfException e) {
            throw new AssertionError(e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path directory, String httpBlock, int workers) throws IOException {
        return Files.writeString(
                directory.resolve("nginx.conf"),
                "worker_processes " + workers + "; error_log error.log info; events {} http { access_log access.log; "
                        + httpBlock + " }",
                StandardCharsets.UTF_8);
    }

    /** Takes up another http block, as SIGHUP has the file reloaded. */
    public void reload(String httpBlock) throws ConfException, IOException {
        write(directory, httpBlock, 2);
        reload();
    }

    /** Loads its file again, as SIGHUP does. */
    public void reload() throws ConfException, IOException {
        running.<ConfException>apply(null, next -> {});
    }

    /** The port of the only listener. */
    public int port() {
        return server.boundAddresses().iterator().next().getPort();
    }

    public List<Integer> ports() {
        return server.boundAddresses().stream().map(a -> a.getPort()).toList();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    public HttpServer server() {
        return server;
    }

    /** Waits for a line in the error log that holds the text, and returns it. */
    public String errorLine(String text) {
        return line("error.log", text);
    }

    /** Waits for a line in the access log that holds the text, and returns it. */
    public String accessLine(String text) {
        return line("access.log", text);
    }

    public String accessLog() throws IOException {
        return Files.readString(directory.resolve("access.log"));
    }

    private String line(String file, String text) {
        String[] found = new String[1];
        Wait.until("a line in " + file + " with: " + text, () -> {
            for (String line : Files.readAllLines(directory.resolve(file), StandardCharsets.ISO_8859_1)) {
                if (line.contains(text)) {
                    found[0] = line;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    @Override
    public void close() {
        try {
            server.stop();
            console.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
