package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import hopyard.proxy.support.TestCertificate;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For how long a session may be taken up again that was left to a client. */
class TicketContextsTest {

    private static final long SECOND = 1_000_000_000L;

    @TempDir
    private Path directory;

    private Keys keys;

    @BeforeEach
    void makeKeys() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        keys = new Keys(List.of(new Keys.Pair(List.of(certificate.certificate()), certificate.privateKey())));
    }

    private SSLContext make() {
        try {
            SSLContext context = SSLContext.getInstance("TLS", BoringSsl.get().provider());
            context.init(new KeyManager[] {keys}, new TrustManager[] {new AnyPeer(List.of())}, null);
            return context;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theNameOfTheKeyIsAlwaysTheSameOfOneContextAndAnotherOfAnother() throws Exception {
        SSLContext one = make();
        assertEquals(TicketKey.BYTES, TicketKey.of(one).length());
        assertEquals(TicketKey.of(one), TicketKey.of(one));
        assertNotEquals(TicketKey.of(one), TicketKey.of(make()));
    }

    @Test
    void aTicketIsTakenBackAsLongAsSessionsLastAndNotMuchLonger() throws Exception {
        TicketContexts contexts = new TicketContexts(this::make, 100);
        SSLContext first = contexts.at(0, null);
        String ticket = TicketKey.of(first);
        assertSame(first, contexts.at(24 * SECOND, null));
        SSLContext second = contexts.at(25 * SECOND, null);
        assertNotSame(first, second);
        assertSame(first, contexts.at(26 * SECOND, ticket));
        // a ticket of the first one may have been given 25 s after it was made
        assertSame(first, contexts.at(124 * SECOND, ticket));
        assertNotSame(first, contexts.at(126 * SECOND, ticket));
    }

    @Test
    void aTicketOfSomebodyElsesIsNoneOfTheContexts() throws Exception {
        TicketContexts contexts = new TicketContexts(this::make, 100);
        SSLContext first = contexts.at(0, null);
        assertSame(first, contexts.at(1, "0123456789abcdef"));
    }
}
