package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BoringSSL's engine and a client of Java's, without sockets: records of every kind, and what is left of them. */
class TlsEngineTest {

    @TempDir
    private Path directory;

    private TlsContext context;
    private SSLEngine client;
    private final ByteBuffer toServer = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer toClient = ByteBuffer.allocateDirect(17 << 10);
    private final ByteBuffer content = ByteBuffer.allocateDirect(17 << 10);

    @BeforeEach
    void begin() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        Keys.Pair pair = new Keys.Pair(List.of(certificate.certificate()), certificate.privateKey());
        context = Contexts.server(List.of(pair), List.of(), false, 100, 300, null);
        client = TestCertificate.trustingAnybody().createSSLEngine();
        client.setUseClientMode(true);
    }

    private static TlsOffer offer(List<String> groups) {
        return new TlsOffer(List.of("TLSv1.2", "TLSv1.3"), null, groups, false, false, true, false, TlsOffer.HTTP_1);
    }

    private TlsEngine server() throws IOException {
        say(client, new byte[0]);
        ClientHello hello = ClientHello.read(toServer.duplicate().flip());
        TlsEngine server = context.boring(offer(null)).server(hello);
        server.begin();
        return server;
    }

    private void say(SSLEngine from, byte[] what) throws SSLException {
        from.wrap(ByteBuffer.wrap(what), toServer);
    }

    /** Lets the engine read all that the client has said, and takes one record's content for itself. */
    private int hear(TlsEngine server, ByteBuffer into) throws IOException {
        toServer.flip();
        try {
            return server.unwrap(toServer, into);
        } finally {
            toServer.compact();
        }
    }

    private void shakeHands(TlsEngine server) throws IOException {
        ByteBuffer nothing = ByteBuffer.allocate(64 << 10);
        for (TlsEngine.Need need = server.need(); need != TlsEngine.Need.NOTHING; need = server.need()) {
            if (need == TlsEngine.Need.TO_READ) {
                if (toServer.position() > 0) {
                    hear(server, content.clear());
                }
            } else {
                server.wrapOwn(toClient.clear());
                toClient.flip();
                while (toClient.hasRemaining()) {
                    client.unwrap(toClient, nothing);
                    goOn();
                }
            }
        }
        server.established();
    }

    private void goOn() throws SSLException {
        while (client.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                && client.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP) {
            if (client.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                client.getDelegatedTask().run();
            } else {
                say(client, new byte[0]);
            }
        }
    }

    /** Whether BoringSSL has memory for the connection. */
    private static boolean holdsMemory(TlsEngine server) throws ReflectiveOperationException {
        Object wrapper = field(BoringEngine.class, server, "engine");
        Object engine = field(wrapper.getClass(), wrapper, "delegate");
        Object ssl = field(engine.getClass(), engine, "ssl");
        if (ssl == null) {
            return false;
        }
        Method isClosed = ssl.getClass().getDeclaredMethod("isClosed");
        isClosed.setAccessible(true);
        return !(boolean) isClosed.invoke(ssl);
    }

    private static Object field(Class<?> type, Object of, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    @Test
    void contentOfSeveralBuffersOfAnyKindGoesIntoOneRecord() throws Exception {
        TlsEngine server = server();
        shakeHands(server);
        ByteBuffer[] srcs = {
            ByteBuffer.allocate(0),
            ByteBuffer.wrap("a head, ".getBytes(StandardCharsets.US_ASCII)),
            ByteBuffer.allocateDirect(7)
                    .put("content".getBytes(StandardCharsets.US_ASCII))
                    .flip()
        };
        assertEquals(15, server.wrap(srcs, 0, 3, toClient.clear()));
        assertEquals(0, srcs[1].remaining() + srcs[2].remaining());
        ByteBuffer got = ByteBuffer.allocate(64 << 10);
        toClient.flip();
        while (got.position() == 0) {
            // tickets come with the first content
            client.unwrap(toClient, got);
        }
        assertEquals(0, toClient.remaining());
        assertEquals("a head, content", new String(got.array(), 0, got.position(), StandardCharsets.US_ASCII));
    }

    @Test
    void moreThanARecordHoldsIsTakenInParts() throws Exception {
        TlsEngine server = server();
        shakeHands(server);
        ByteBuffer[] srcs = {ByteBuffer.allocate(100), ByteBuffer.allocateDirect(20_000)};
        assertEquals(16_384, server.wrap(srcs, 0, 2, toClient.clear()));
        assertEquals(20_100 - 16_384, srcs[1].remaining());
        assertEquals(20_100 - 16_384, server.wrap(srcs, 0, 2, toClient.clear()));
        assertEquals(0, srcs[1].remaining());
    }

    @Test
    void contentForWhichThereIsNoRoomStaysInTheEngine() throws Exception {
        TlsEngine server = server();
        shakeHands(server);
        say(client, "content".getBytes(StandardCharsets.US_ASCII));
        ByteBuffer small = ByteBuffer.allocate(3);
        assertEquals(3, hear(server, small));
        assertTrue(server.holdsContent());
        assertEquals(4, hear(server, content.clear()));
        assertFalse(server.holdsContent());
        assertEquals(TlsEngine.NONE, hear(server, content.clear()));
        server.free();
    }

    @Test
    void memoryIsGivenBackWhenAConnectionIsClosed() throws Exception {
        TlsEngine idle = server();
        shakeHands(idle);
        assertTrue(holdsMemory(idle));
        List<String> agreed = agreed(idle);
        assertTrue(agreed.get(0).startsWith("TLSv1."), agreed::toString);
        idle.free();
        assertFalse(holdsMemory(idle));
        assertEquals(agreed, agreed(idle));
        idle.free();
    }

    private static List<String> agreed(TlsEngine engine) {
        return List.of(
                engine.protocol(),
                engine.cipherSuite(),
                HexFormat.of().formatHex(engine.sessionId()),
                String.valueOf(engine.applicationProtocol()));
    }

    @Test
    void memoryIsGivenBackInTheMiddleOfAHandshake() throws Exception {
        TlsEngine half = server();
        assertEquals(TlsEngine.Need.TO_READ, half.need());
        hear(half, content.clear());
        assertEquals(TlsEngine.Need.TO_SEND, half.need());
        half.free();
        assertFalse(holdsMemory(half));
    }

    @Test
    void memoryIsGivenBackWithContentThatNobodyHasTaken() throws Exception {
        TlsEngine server = server();
        shakeHands(server);
        say(client, new byte[10_000]);
        assertEquals(10, hear(server, ByteBuffer.allocateDirect(10)));
        server.end();
        server.free();
        assertFalse(holdsMemory(server));
    }

    @Test
    void memoryIsGivenBackAfterAFailure() throws Exception {
        TlsEngine server = server();
        shakeHands(server);
        toServer.put(new byte[] {23, 3, 3, 0, 20}).put(new byte[20]);
        SSLException e = assertThrows(SSLException.class, () -> hear(server, content.clear()));
        assertEquals("error:0A000119:SSL routines::decryption failed or bad record mac", OpenSslErrors.of(e));
        // the alert
        assertTrue(server.wrapOwn(toClient.clear()));
        assertTrue(toClient.position() > 0);
        server.free();
        assertFalse(holdsMemory(server));
    }

    @Test
    void anAlertOfTheClientIsToldAsOne() throws Exception {
        TlsEngine server = server();
        hear(server, content.clear());
        server.wrapOwn(toClient.clear());
        toServer.put(new byte[] {21, 3, 3, 0, 2, 2, 48});
        SSLException e = assertThrows(SSLException.class, () -> hear(server, content.clear()));
        assertEquals("error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48", OpenSslErrors.of(e));
    }

    @Test
    void aClientThatBoringSslCouldNotServeGetsJavasEngine() throws Exception {
        say(client, new byte[0]);
        ClientHello hello = ClientHello.read(toServer.duplicate().flip());
        assertInstanceOf(BoringEngine.class, context.boring(offer(null)).server(hello));
        assertInstanceOf(
                JavaEngine.class, context.boring(offer(List.of("x448"))).server(hello));
        assertInstanceOf(JavaEngine.class, context.boring(offer(null)).server(ClientHello.UNKNOWN));
        assertInstanceOf(JavaEngine.class, context.java(offer(null)).server(hello));
    }
}
