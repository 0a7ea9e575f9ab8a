package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much there may be in temporary files. */
class TemporaryFilesTest {

    private static final int MIB = 1 << 20;
    private static final String GET = "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

    @TempDir
    private Path directory;

    /** What this process has in temporary files, in bytes: they have no name any more, but a descriptor. */
    private static long used() throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().matches(".*/hopyard-(response|body)-.*")) {
                        sum += Files.size(descriptor);
                    }
                } catch (NoSuchFileException e) {
                    // closed meanwhile
                    continue;
                }
            }
        }
        return sum;
    }

    /** Answers each request with so many bytes. */
    private static RawUpstream sending(int size, AtomicLong sent) throws IOException {
        String block = "0123456789abcdef".repeat(4096);
        return new RawUpstream(c -> {
            c.readHead();
            c.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            for (int i = 0; i < size; i += block.length()) {
                c.send(block);
                sent.addAndGet(block.length());
            }
        });
    }

    private ProxyUnderTest proxyTo(RawUpstream upstream, String http) {
        return ProxyUnderTest.withHttp(
                directory,
                http + " server { listen 127.0.0.1:0; client_max_body_size 0; client_body_buffer_size 8k;\n"
                        + "location / { proxy_pass http://" + upstream.address() + "; } }");
    }

    private static RawClient stopped(ProxyUnderTest proxy) throws IOException {
        RawClient client = new RawClient(proxy.port());
        client.send(GET).readThrough("\r\n\r\n");
        return client;
    }

    @Test
    void readersThatStopFillNoMoreThanTheBoundAndGetEverythingInTheEnd() throws Exception {
        int size = 24 * MIB;
        AtomicLong sent = new AtomicLong();
        List<RawClient> clients = new ArrayList<>();
        try (RawUpstream upstream = sending(size, sent);
                ProxyUnderTest proxy = proxyTo(upstream, "hop_temp_files 6m;")) {
            for (int i = 0; i < 3; i++) {
                clients.add(stopped(proxy));
            }
            proxy.errorLine("all of hop_temp_files, 6291456 bytes, is in use: the upstream waits for the client");
            long[] last = {-1};
            Wait.until("the upstreams to wait", () -> {
                long before = last[0];
                last[0] = sent.get();
                Thread.sleep(200);
                return last[0] == before;
            });
            assertTrue(used() > 4 * MIB && used() <= 6 * MIB, used() + " bytes");
            assertTrue(sent.get() < 3L * size, sent + " sent");
            for (RawClient client : clients) {
                String all = client.readAll();
                assertEquals(size, all.length());
                assertTrue(all.endsWith("89abcdef"));
            }
            Wait.until("the files to be gone", () -> used() == 0);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void whatAClientHasReadIsFreedBeforeTheEnd() throws Exception {
        int size = 48 * MIB;
        AtomicLong sent = new AtomicLong();
        try (RawUpstream upstream = sending(size, sent);
                ProxyUnderTest proxy = proxyTo(upstream, "hop_temp_files 64m;");
                RawClient client = stopped(proxy)) {
            Wait.until("all to be sent", () -> sent.get() == size);
            long full = used();
            assertTrue(full > 24 * MIB, full + " bytes");
            client.read(24 * MIB);
            Wait.until("a part to be freed", () -> used() <= full - 8 * MIB);
            assertEquals(size - 24 * MIB, client.readAll().length());
        }
    }

    @Test
    void aBodyThatDoesNotFitIsRefusedAndOthersAreServed() throws Exception {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                ProxyUnderTest proxy = proxyTo(upstream, "hop_temp_files 256k;");
                RawClient unfinished = new RawClient(proxy.port())) {
            unfinished.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(200_000));
            proxy.errorLine("a client request body is buffered to a temporary file");
            Wait.until("the body to be in its file", () -> used() == 200_000);
            String refused = RawClient.exchange(
                    proxy.port(), "PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000));
            assertTrue(refused.startsWith("HTTP/1.1 500 "), refused);
            proxy.errorLine("writing a temporary file failed (all of hop_temp_files, 262144 bytes, is in use)");
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("hello"));
            unfinished.close();
            Wait.until("the file to be gone", () -> used() == 0);
            String taken = RawClient.exchange(
                    proxy.port(),
                    "PUT / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
                            + "x".repeat(100_000));
            assertTrue(taken.endsWith("hello"), taken);
        }
    }
}
