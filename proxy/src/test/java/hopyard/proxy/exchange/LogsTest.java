package hopyard.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the lines of the access log and of the error log go. */
class LogsTest {

    private static final int PATIENCE_MILLIS = 10_000;

    @TempDir
    private Path directory;

    /** A syslog server. */
    private static final class Server implements AutoCloseable {
        private final DatagramSocket socket;

        Server(int port) throws IOException {
            socket = new DatagramSocket(port, InetAddress.getLoopbackAddress());
            socket.setSoTimeout(PATIENCE_MILLIS);
        }

        String address() {
            return "127.0.0.1:" + socket.getLocalPort();
        }

        String next() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.ISO_8859_1);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private List<String> lines(String file) throws IOException {
        Path path = directory.resolve(file);
        return Files.exists(path) ? Files.readAllLines(path, StandardCharsets.ISO_8859_1) : List.of();
    }

    @Test
    void eachErrorLogOfALevelGetsTheLinesThatAreSevereEnough() throws IOException {
        String conf =
                "location / { error_log info.log info; error_log error.log; error_log twice.log; error_log twice.log;"
                        + " error_log crit.log crit; }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, conf)) {
            RawClient.get(proxy.port(), "/none");
            Wait.until("both lines", () -> lines("twice.log").size() == 2);
            assertEquals(lines("error.log"), lines("info.log"));
            assertEquals(lines("error.log").get(0), lines("twice.log").get(1));
            assertEquals(List.of(), lines("crit.log"));
        }
    }

    @Test
    void whoSeesTheEndOfAConnectionFindsItsLine() throws IOException {
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withServer(directory, "location / { access_log ended.log; return 200; }")) {
            for (int i = 1; i <= 200; i++) {
                RawClient.exchange(proxy.port(), "GET / HTTP/1.0\r\n\r\n");
                assertEquals(i, lines("ended.log").size());
            }
        }
    }

    @Test
    void aLogThatCannotBeWrittenToKeepsNoConnectionOpen() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        try (ProxyUnderTest proxy =
                        ProxyUnderTest.withServer(directory, "location / { access_log pipe; return 200 reached; }");
                // nobody reads what is written to it, so that it is full soon
                RandomAccessFile reader = new RandomAccessFile(pipe.toFile(), "rw")) {
            String large = "GET /?" + "x".repeat(8000) + " HTTP/1.0\r\n\r\n";
            for (int i = 0; i < 20; i++) {
                assertTrue(RawClient.exchange(proxy.port(), large).endsWith("reached"));
            }
            // the log goes on when somebody reads
            byte[] lines = new byte[20 * 8000];
            reader.readFully(lines);
        }
    }

    @Test
    void aSyslogServerGetsALineInADatagram() throws IOException {
        try (Server syslog = new Server(0)) {
            String conf = "location /access { access_log syslog:server=" + syslog.address()
                    + ",facility=user,severity=alert,tag=T_1 short; return 200; } location /error { error_log syslog:server="
                    + syslog.address() + ",nohostname,severity=alert; }";
            String http = "log_format short '$uri $status'; server { listen 127.0.0.1:0; " + conf + " }";
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http)) {
                RawClient.get(proxy.port(), "/access/1");
                String access = syslog.next();
                assertTrue(
                        access.matches("<9>[A-Z][a-z]{2} [ 123]\\d \\d\\d:\\d\\d:\\d\\d \\S+ T_1: /access/1 200"),
                        access);
                RawClient.get(proxy.port(), "/error");
                String error = syslog.next();
                // the severity of an error is that of its level
                assertTrue(
                        error.matches("<187>[A-Z][a-z]{2} [ 123]\\d [0-9:]{8} nginx: \\d{4}/.* \\[error] .*"), error);
            }
        }
    }

    @Test
    void aSyslogServerThatComesBackGetsLinesAgain() throws IOException {
        Server syslog = new Server(0);
        int port = syslog.socket.getLocalPort();
        String conf = "access_log syslog:server=" + syslog.address() + "; return 200;";
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, conf)) {
            syslog.close();
            RawClient.get(proxy.port(), "/lost");
            RawClient.get(proxy.port(), "/lost-too");
            try (Server back = new Server(port)) {
                back.socket.setSoTimeout(100);
                Wait.until("a line", () -> {
                    RawClient.get(proxy.port(), "/again");
                    return back.next().contains("/again");
                });
            }
        }
    }

    @Test
    void aNameWithVariablesIsAFileForEachValueButNeverOneElsewhere() throws IOException {
        Files.createDirectories(directory.resolve("logs"));
        Files.createDirectories(directory.resolve("html"));
        String conf = "access_log logs/of_$arg_of; error_log error.log; return 200;";
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, conf)) {
            RawClient.get(proxy.port(), "/?of=a");
            RawClient.get(proxy.port(), "/?of=b");
            RawClient.get(proxy.port(), "/?of=b");
            Wait.until(
                    "three lines",
                    () -> lines("logs/of_a").size() + lines("logs/of_b").size() == 3);
            assertEquals(1, lines("logs/of_a").size());
            RawClient.get(proxy.port(), "/?of=/../../elsewhere");
            proxy.errorLine("unsafe log name \"" + directory + "/logs/of_/../../elsewhere\" was detected");
            RawClient.get(proxy.port(), "/?of=no/such");
            proxy.errorLine("[crit] ");
            proxy.errorLine("open() \"" + directory + "/logs/of_no/such\" failed (2: No such file or directory)");
            Files.delete(directory.resolve("html"));
            RawClient.get(proxy.port(), "/?of=c");
            proxy.errorLine("testing \"" + directory + "/html\" existence failed (2: No such file or directory)");
            assertFalse(Files.exists(directory.resolve("logs/of_c")));
        }
    }

    @Test
    void openLogFileCacheKeepsOpenWhatIsUsedOften() throws IOException {
        Files.createDirectories(directory.resolve("logs"));
        Files.createDirectories(directory.resolve("html"));
        String conf =
                "open_log_file_cache max=2 min_uses=2 inactive=60s valid=60s; access_log logs/$arg_l; return 200;";
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(directory, conf)) {
            for (String name : List.of("early", "early", "once", "often", "often")) {
                RawClient.get(proxy.port(), "/?l=" + name);
            }
            Wait.until("the last line", () -> lines("logs/often").size() == 2);
            Files.move(directory.resolve("logs"), directory.resolve("moved"));
            for (String name : List.of("early", "once", "often")) {
                RawClient.get(proxy.port(), "/?l=" + name);
            }
            Wait.until("the last line", () -> lines("moved/often").size() == 3);
            // two names are remembered, and this was not one of them any more
            assertEquals(2, lines("moved/early").size());
            // its second use would have kept it open, if there were a directory to open it in
            assertEquals(1, lines("moved/once").size());
        }
    }

    @Test
    void compressedLogsAreWholeWhenTheirTimeHasCome() throws IOException {
        String http =
                "log_format short '$uri'; server { listen 127.0.0.1:0; access_log packed.gz short gzip=9 buffer=1m "
                        + "flush=50ms; return 200; }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http)) {
            RawClient.get(proxy.port(), "/1");
            Wait.until("the first line", () -> unpacked().equals("/1\n"));
            RawClient.get(proxy.port(), "/2");
            Wait.until("the second line", () -> unpacked().equals("/1\n/2\n"));
        }
    }

    private String unpacked() throws IOException {
        byte[] packed = Files.readAllBytes(directory.resolve("packed.gz"));
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
