package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

/** What a client says first, in whatever pieces it comes. */
class ClientHelloTest {

    private static byte[] said(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(name == null ? List.of() : List.of(new SNIHostName(name)));
        parameters.setCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"});
        engine.setSSLParameters(parameters);
        ByteBuffer record = ByteBuffer.allocate(17 << 10);
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    private static ClientHello read(byte[] bytes) {
        return ClientHello.read(ByteBuffer.wrap(bytes));
    }

    @Test
    void nameSuitesAndGroupsAreRead() throws Exception {
        ClientHello hello = read(said("Www.Example.Com"));
        assertEquals("Www.Example.Com", hello.serverName());
        assertEquals("www.example.com", hello.host());
        assertTrue(CipherSuites.names(hello.suites()).startsWith("TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES256-GCM-SHA384"));
        assertTrue(NamedGroups.names(hello.groups()).startsWith("X25519:prime256v1:"));
        assertNull(read(said(null)).serverName());
    }

    @Test
    void aPartOfItIsNotEnough() throws Exception {
        byte[] all = said("example.com");
        for (int length = 0; length < all.length; length++) {
            assertNull(read(Arrays.copyOf(all, length)), "of " + length + " bytes");
        }
        assertEquals("example.com", read(all).serverName());
    }

    @Test
    void itMayComeInRecordsOfAByteEach() throws Exception {
        byte[] all = said("example.com");
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 5; i < all.length; i++) {
            records.writeBytes(new byte[] {22, 3, 1, 0, 1, all[i]});
        }
        assertEquals("example.com", read(records.toByteArray()).serverName());
        assertArrayEquals(read(all).suites(), read(records.toByteArray()).suites());
    }

    @Test
    void whatIsNoneTellsNothing() throws Exception {
        assertSame(ClientHello.UNKNOWN, read("GET / HTTP/1.1".getBytes()));
        byte[] other = said("example.com");
        other[5] = 2;
        assertSame(ClientHello.UNKNOWN, read(other));
        byte[] broken = said("example.com");
        // the session's id is longer than all of it
        broken[5 + 4 + 34] = (byte) 0xff;
        for (int i = 44; i < broken.length; i++) {
            broken[i] = (byte) 0xff;
        }
        assertSame(ClientHello.UNKNOWN, read(broken));
    }
}
