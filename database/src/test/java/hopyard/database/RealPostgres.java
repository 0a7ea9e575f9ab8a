package hopyard.database;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.django.Setting.Invalid;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** A PostgreSQL as {@code ./playground} starts it, with data of its own. */
final class RealPostgres implements AutoCloseable {

    private final Path data;
    private final int port = freePort();
    private Process process;

    /**
     * @param directory is given the data, and may be removed afterwards
     */
    RealPostgres(Path directory) {
        data = directory.resolve("data");
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain for " + what);
            }
            Thread.sleep(20);
        }
    }

    /** Starts it, for the first time or again. */
    RealPostgres start() throws Exception {
        process = new ProcessBuilder(
                        "bin/postgres", "--home", "target/postgres", "--port", "" + port, "--data", data.toString())
                .redirectErrorStream(true)
                .redirectOutput(new File("target/postgres.out"))
                .start();
        until("PostgreSQL at port " + port, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("it has ended: " + Files.readString(Path.of("target/postgres.out")) + log());
            }
            return answers();
        });
        return this;
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    Path data() {
        return data;
    }

    /** Returns what it has said since it was started. */
    String log() throws IOException {
        Path log = data.resolveSibling("data.log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** Returns settings for it; those given replace the usual ones. */
    DatabaseSettings settings(String... more) throws Invalid {
        Map<String, String> environment = new HashMap<>();
        environment.put("DATABASE_URL", "postgres://hopyard:hopyard@127.0.0.1:" + port + "/hopyard");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return DatabaseSettings.from(environment);
    }

    /** Kills it, as a crash would end it. */
    void kill() throws Exception {
        signal("KILL");
        process.waitFor();
    }

    /** Sends a signal to the process that takes connections. */
    void signal(String name) throws Exception {
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
        new ProcessBuilder("kill", "-s", name, pid).start().waitFor();
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        process.waitFor();
    }
}
