package hopyard.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that would have the server work or hold memory for nothing: it ends, and others are served meanwhile. */
class Http2FloodsTest {

    @TempDir
    private Path directory;

    private ActingUpstream app;
    private ProxyUnderTest proxy;
    private RawHttp2 client;

    @BeforeEach
    void start() throws IOException {
        Files.writeString(directory.resolve("large"), "x".repeat(10_000_000));
        app = new ActingUpstream(1);
        proxy = ProxyUnderTest.withHttp(
                directory,
                "keepalive_requests 100000; server { listen 127.0.0.1:0 http2; root " + directory
                        + "; location = /ok { return 200 ok; }" + " location /app { proxy_pass http://" + app.address()
                        + "; } }");
        client = RawHttp2.connect(proxy.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
        app.close();
    }

    private void othersAreServed() throws IOException {
        try (RawHttp2 other = RawHttp2.connect(proxy.port())) {
            other.get(1, "/ok");
            assertEquals("ok", other.response(1).content());
        }
    }

    /** Sends the same bytes until the connection ends; returns what it was told. */
    private ErrorCode floodedWith(byte[] bytes) throws IOException {
        try {
            for (int i = 0; i < 2000; i++) {
                client.socket().getOutputStream().write(bytes);
            }
        } catch (SocketException e) {
            // it has ended already
        }
        return client.readUntil(FrameType.GOAWAY).code();
    }

    private static byte[] times(int n, byte[] frame) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < n; i++) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    @Test
    void requestsThatAreTakenBackAtOnceEndTheConnection() throws Exception {
        // CVE-2023-44487
        int sent = 0;
        try {
            for (; sent < 3000; sent++) {
                int stream = 2 * sent + 1;
                client.get(stream, "/app?do=silent");
                client.frame(FrameType.RST_STREAM, 0, stream, ErrorCode.CANCEL.code());
            }
        } catch (SocketException e) {
            // it has ended already
        }
        assertEquals(
                ErrorCode.ENHANCE_YOUR_CALM, client.readUntil(FrameType.GOAWAY).code());
        assertTrue(
                app.asked().size() < 600,
                () -> "the app was asked " + app.asked().size() + " times");
        othersAreServed();
        assertTrue(proxy.errorLine("too many requests that it took back").contains("HTTP/2"));
    }

    @Test
    void aBrowserThatLeavesAPageMayTakeItsRequestsBack() throws Exception {
        for (int i = 1; i < 200; i += 2) {
            client.get(i, "/app?do=silent");
        }
        for (int i = 1; i < 200; i += 2) {
            client.frame(FrameType.RST_STREAM, 0, i, ErrorCode.CANCEL.code());
        }
        client.get(201, "/ok");
        assertEquals("ok", client.response(201).content());
    }

    @Test
    void answersThatNobodyReadsAreNotGathered() throws Exception {
        long before = BufferPool.taken() + HeldMemory.held();
        byte[] pings = times(500, RawHttp2.of(FrameType.PING, 0, 0, new byte[8]));
        List<RawHttp2> all = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawHttp2 each = RawHttp2.connect(proxy.port());
                each.socket().setReceiveBufferSize(2048);
                all.add(each);
                each.socket().getOutputStream().write(pings);
            }
            othersAreServed();
            long grown = BufferPool.taken() + HeldMemory.held() - before;
            assertTrue(grown < 8_000_000, () -> "grown by " + grown);
        } finally {
            for (RawHttp2 each : all) {
                each.close();
            }
        }
    }

    @Test
    void aFloodOfPartsOfABlockEnds() throws Exception {
        client.frame(FrameType.HEADERS, 0, 1, new byte[0]);
        assertEquals(
                ErrorCode.ENHANCE_YOUR_CALM, floodedWith(RawHttp2.of(FrameType.CONTINUATION, 0, 1, new byte[8192])));
        othersAreServed();
    }

    @Test
    void blocksThatDoNotEndTakeNoMoreMemoryThanAllMay() throws Exception {
        List<RawHttp2> all = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                RawHttp2 each = RawHttp2.connect(proxy.port());
                each.frame(FrameType.HEADERS, 0, 1, new byte[16_384]);
                all.add(each);
            }
            othersAreServed();
            assertTrue(HeldMemory.held() < 100_000_000, () -> "held " + HeldMemory.held());
        } finally {
            for (RawHttp2 each : all) {
                each.close();
            }
        }
        Wait.until("what was held to be free", () -> HeldMemory.held() < 3_000_000);
    }

    @Test
    void contentThatNobodyReadsStaysWithinTheWindows() throws Exception {
        long before = HeldMemory.held();
        for (int i = 1; i < 200; i += 2) {
            client.headers(i, false, RawHttp2.fields("POST", "/app?do=silent", "content-length: 1000000"));
            client.data(i, false, "x".repeat(16_384));
        }
        othersAreServed();
        assertTrue(HeldMemory.held() - before < 20_000_000, () -> "held " + (HeldMemory.held() - before));
        client.close();
        Wait.until("what was held to be free", () -> HeldMemory.held() <= before + 100_000);
    }

    @Test
    void contentThatIsKeptInFilesTakesNoMemory() throws Exception {
        long before = HeldMemory.held();
        for (int i = 1; i < 100; i += 2) {
            client.headers(i, false, RawHttp2.fields("POST", "/app?body=done", "content-length: 1000000"));
        }
        String piece = "x".repeat(10_000);
        for (int n = 0; n < 30; n++) {
            for (int i = 1; i < 100; i += 2) {
                client.data(i, false, piece);
            }
        }
        othersAreServed();
        client.get(101, "/ok");
        assertEquals("ok", client.response(101).content());
        assertTrue(HeldMemory.held() - before < 3_000_000, () -> "held " + (HeldMemory.held() - before));
    }

    @Test
    void aClientWithTinyWindowsCostsLittle() throws Exception {
        client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 1});
        for (int i = 1; i < 200; i += 2) {
            client.get(i, "/large");
        }
        long before = BufferPool.taken() + HeldMemory.held();
        othersAreServed();
        assertTrue(BufferPool.taken() + HeldMemory.held() - before < 10_000_000);
    }

    @Test
    void windowsThatOpenByteByByteEndTheConnection() throws Exception {
        client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
        client.get(1, "/large");
        byte[] one = times(100, RawHttp2.of(FrameType.WINDOW_UPDATE, 0, 3, new byte[] {0, 0, 0, 1}));
        client.get(3, "/ok");
        assertEquals(ErrorCode.ENHANCE_YOUR_CALM, floodedWith(one));
        othersAreServed();
    }

    @Test
    void manyRequestsOneAfterTheOtherAreNoFlood() throws Exception {
        for (int i = 0; i < 3000; i++) {
            client.get(2 * i + 1, "/ok");
            if (i % 50 == 49) {
                assertEquals("ok", client.response(2 * i + 1).content());
            }
        }
        client.get(9001, "/ok");
        assertEquals("ok", client.response(9001).content());
    }
}
