package hopyard.truth;

import hopyard.truth.TruthRow.Truth;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/**
 * What the rows of {@link TruthTable} need around a proxy: apps, ports where nobody answers, a name server, files, and
 * the lines of configuration; and the clients.
 */
public final class TruthStage implements AutoCloseable {

    private static final int ATTEMPTS = 4;

    /** A row that has been tried. */
    public record Met(TruthRow row, Truth truth) {}

    /** What is looked at when a row has been tried. */
    public interface Check {
        void check(Met met) throws Exception;
    }

    private final Path directory;
    private final List<TruthRow> rows = TruthTable.rows();
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final TruthApp app = new TruthApp();
    private final TruthApp other = new TruthApp();
    private final TruthApp banner = new TruthApp("SSH-2.0-OpenSSH_9.2\r\n");
    /** Takes connections, and says nothing on them. */
    private final ServerSocket silent = new ServerSocket(0, 50, loopback);

    private final DatagramSocket dns = new DatagramSocket(0, loopback);
    /** Its backlog is full, so what knocks is not heard. */
    private final ServerSocket deaf = new ServerSocket(0, 1, loopback);

    private final Socket one = new Socket(loopback, deaf.getLocalPort());
    private final Socket two = new Socket(loopback, deaf.getLocalPort());

    /**
     * @param directory where the proxy's files are
     */
    public TruthStage(Path directory) throws IOException {
        this.directory = directory;
        Thread names = new Thread(this::answerNothingKnown);
        names.setDaemon(true);
        names.start();
        Files.writeString(directory.resolve("page.txt"), "a page");
        Files.writeString(directory.resolve("users"), "");
        Files.writeString(directory.resolve("thirty.txt"), "x".repeat(30_000));
        Files.writeString(directory.resolve("large.bin"), "x".repeat(TruthTable.LARGE));
    }

    /** The app that answers in the end. */
    public TruthApp app() {
        return app;
    }

    /** A name server (RFC 1035) that takes its time and knows no name. */
    private void answerNothingKnown() {
        byte[] buffer = new byte[512];
        while (!dns.isClosed()) {
            try {
                DatagramPacket question = new DatagramPacket(buffer, buffer.length);
                dns.receive(question);
                Thread.sleep(450);
                buffer[2] = (byte) 0x81;
                buffer[3] = (byte) 0x83;
                dns.send(new DatagramPacket(buffer, question.getLength(), question.getSocketAddress()));
            } catch (IOException | InterruptedException e) {
                // closed: the test is over
                return;
            }
        }
    }

    /**
     * The contents of the http block.
     *
     * @param port where to listen; 0 for any
     */
    public String http(int port) throws IOException {
        StringBuilder out = new StringBuilder("log_format up '$request_uri up=$upstream_status';\n"
                + "limit_req_zone $uri zone=slow:1m rate=1r/m; limit_req_zone $uri zone=fast:1m rate=2r/s;\n"
                + "limit_conn_zone $uri zone=conn:1m; proxy_cache_path DIR/cache keys_zone=store:1m;\n"
                + "upstream kept { server APP; keepalive 8; } upstream down { server APP down; }\n"
                + "upstream second { server CLOSED max_fails=0; server APP backup; }\n"
                + "upstream nobody { server CLOSED max_fails=0; server CLOSED backup; }\n"
                + "upstream othersfirst { server OTHER max_fails=0; server APP backup; }\n"
                + "server { listen 127.0.0.1:PORT; access_log access.log up;\n"
                + "location / { proxy_pass http://APP; } location /_hops/ { hop_console; }\n"
                + "location = /page.txt { alias DIR/page.txt; } location @fallback { proxy_pass http://APP; }\n"
                + "location = /dead { internal; proxy_pass http://CLOSED; }\n"
                + "location = /asked { internal; proxy_pass http://APP$request_uri; }\n"
                + "location = /refused { proxy_pass http://CLOSED; } location = /forbidden { return 403; }\n");
        for (TruthRow row : rows) {
            for (int i = 0; i < ATTEMPTS; i++) {
                out.append("location = " + row.path(i) + " { " + row.conf + " }\n");
            }
        }
        return out.append("}")
                .toString()
                .replace("PORT", "" + port)
                .replace("APP", app.address())
                .replace("OTHER", other.address())
                .replace("CLOSED", "127.0.0.1:" + closedPort())
                .replace("SILENT", "127.0.0.1:" + silent.getLocalPort())
                .replace("DEAF", "127.0.0.1:" + deaf.getLocalPort())
                .replace("BANNER", banner.address())
                .replace("DNS", "127.0.0.1:" + dns.getLocalPort())
                .replace("DIR", directory.toString());
    }

    private int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, loopback)) {
            return socket.getLocalPort();
        }
    }

    /** Tries all rows through the proxy at that port; gives a test for each, which says what the check has said. */
    public List<DynamicTest> tests(int port, Check check) throws Exception {
        warmUp(port);
        List<DynamicTest> tests = new ArrayList<>();
        run(rows.stream().filter(row -> !row.isLarge()).toList(), 32, port, check, tests);
        run(rows.stream().filter(TruthRow::isLarge).toList(), 4, port, check, tests);
        return tests;
    }

    /** Loads what takes its time the first time. */
    private void warmUp(int port) throws Exception {
        app.on("/warm", served -> served.ok("warm"));
        for (int i = 0; i < 200; i++) {
            ask(port, "/warm");
        }
    }

    private static void ask(int port, String path) throws IOException {
        try (TruthClient client = new TruthClient(port, path)) {
            client.get();
            client.readAll();
        }
    }

    /**
     * Has all rows tried at the same time; those that fail again, alone: on a busy machine, times are not what they
     * should be.
     */
    private void run(List<TruthRow> some, int parallel, int port, Check check, List<DynamicTest> tests)
            throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(parallel);
        Map<TruthRow, Future<Met>> running = new LinkedHashMap<>();
        some.forEach(row -> running.put(row, pool.submit(() -> meet(row, 0, port))));
        pool.shutdown();
        if (!pool.awaitTermination(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the clients have not ended");
        }
        running.forEach((row, future) -> {
            Throwable failure = failure(() -> check.check(future.get()));
            for (int i = 1; failure != null && i < ATTEMPTS; i++) {
                int attempt = i;
                failure = failure(() -> check.check(meet(row, attempt, port)));
            }
            tests.add(told(row.name, failure));
        });
    }

    /** A test of what is executed now, while all is there that it needs. */
    public static DynamicTest test(String name, Executable what) {
        return told(name, failure(what));
    }

    private static Throwable failure(Executable what) {
        try {
            what.execute();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (Throwable e) {
            return e;
        }
    }

    private static DynamicTest told(String name, Throwable failure) {
        return DynamicTest.dynamicTest(name, () -> {
            if (failure != null) {
                throw failure;
            }
        });
    }

    private Met meet(TruthRow row, int attempt, int port) throws Exception {
        String path = row.path(attempt);
        TruthApp.Told told = app.on(path, row.app);
        TruthApp.Told otherTold = other.on(path, row.other);
        for (int i = 0; i < row.before; i++) {
            ask(port, path);
        }
        try (TruthClient client = new TruthClient(port, path)) {
            row.client.run(client);
            return new Met(row, new Truth(told, otherTold, client));
        }
    }

    @Override
    public void close() throws IOException {
        app.close();
        other.close();
        banner.close();
        dns.close();
        silent.close();
        one.close();
        two.close();
        deaf.close();
    }
}
