package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.BufferPool;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compressing takes is counted, and where there is none of it, responses go out as they are. */
class GzipMemoryTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";

    @TempDir
    private Path directory;

    private ProxyUnderTest proxyTo(RawUpstream upstream) {
        return ProxyUnderTest.withServer(
                directory, "gzip on; gzip_types *; location / { proxy_pass http://" + upstream.address() + "; }");
    }

    @Test
    void withoutMemoryForItNothingIsCompressed() throws IOException {
        int block = 64 << 10;
        int taken = 0;
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n"
                                + "x".repeat(1000));
                ProxyUnderTest proxy = proxyTo(upstream)) {
            assertTrue(RawClient.exchange(proxy.port(), GET).contains("\r\nContent-Encoding: gzip\r\n"));
            while (BufferPool.takeOutside(block)) {
                taken++;
            }
            String plain = RawClient.exchange(proxy.port(), GET);
            assertFalse(plain.contains("Content-Encoding"), plain);
            assertTrue(plain.endsWith("x".repeat(1000)));
        } finally {
            for (int i = 0; i < taken; i++) {
                BufferPool.freeOutside(block);
            }
        }
    }

    @Test
    void aClientThatLeavesInTheMiddleLeavesNothingBehind() throws IOException {
        byte[] random = new byte[1 << 20];
        new Random(1).nextBytes(random);
        String noise = new String(random, StandardCharsets.ISO_8859_1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
                    for (int i = 0; i < 64; i++) {
                        c.send(noise);
                    }
                });
                ProxyUnderTest proxy = proxyTo(upstream)) {
            RawClient.exchange(proxy.port(), "HEAD / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            Wait.until("the first to be over", () -> proxy.server().connections() == 0);
            long before = BufferPool.taken();
            for (int i = 0; i < 40; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send(GET).readThrough("\r\n\r\n");
                    assertTrue(BufferPool.taken() > before);
                }
            }
            // each would leave 16 KiB for its buffer and 268 KiB for zlib; threads keep a few buffers
            Wait.until("all of it to be freed", () -> BufferPool.taken() < before + (256 << 10));
        }
    }
}
