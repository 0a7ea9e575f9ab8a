package hopyard.proxy.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.conscrypt.Conscrypt;

/**
 * The name of the key that a context of BoringSSL's encrypts tickets with. Every ticket begins with it (RFC 5077 §4),
 * so it is read from the one that the context gives to a client of our own.
 */
final class TicketKey {

    /** How long the name is. */
    static final int BYTES = 16;

    /** The type of the message that brings a ticket, and where in its record the ticket begins (RFC 5077 §3.3). */
    private static final int NEW_SESSION_TICKET = 4;

    private static final int HANDSHAKE_RECORD = 22;
    private static final int MESSAGE = 5;
    private static final int TICKET = MESSAGE + 4 + 4 + 2;

    /** Before TLS 1.3, a handshake takes two words of each side; more of them if the certificates are large. */
    private static final int MAX_WORDS = 16;

    private TicketKey() {}

    /**
     * Returns it, one character for each byte; {@code null} if the context gives no tickets.
     *
     * @throws SSLException if it cannot shake hands
     */
    static String of(SSLContext context) throws SSLException {
        SSLEngine client = engine(context, true);
        SSLEngine server = engine(context, false);
        // what one says, and content, of which there is none
        ByteBuffer said = ByteBuffer.allocateDirect(TlsBuffers.BYTES);
        ByteBuffer content = ByteBuffer.allocateDirect(TlsBuffers.BYTES);
        String found = null;
        try {
            for (int words = 0; words < MAX_WORDS && found == null; words++) {
                say(client, server, said, content);
                say(server, client, said, content);
                if (said.position() > TICKET + BYTES
                        && said.get(0) == HANDSHAKE_RECORD
                        && said.get(MESSAGE) == NEW_SESSION_TICKET) {
                    byte[] name = new byte[BYTES];
                    said.get(TICKET, name);
                    found = new String(name, StandardCharsets.ISO_8859_1);
                }
            }
            return found;
        } finally {
            close(client, content);
            close(server, content);
        }
    }

    private static SSLEngine engine(SSLContext context, boolean isClient) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(isClient);
        engine.setEnabledProtocols(new String[] {"TLSv1.2"});
        Conscrypt.setUseSessionTickets(engine, true);
        return engine;
    }

    private static void say(SSLEngine from, SSLEngine to, ByteBuffer said, ByteBuffer content) throws SSLException {
        from.wrap(ByteBuffer.allocateDirect(0), said.clear());
        ByteBuffer heard = said.duplicate().flip();
        while (heard.hasRemaining()) {
            to.unwrap(heard, content.clear());
        }
    }

    /** Gives BoringSSL's memory back, as {@link BoringEngine#free} does. */
    private static void close(SSLEngine engine, ByteBuffer last) throws SSLException {
        engine.closeOutbound();
        engine.closeInbound();
        engine.wrap(ByteBuffer.allocateDirect(0), last.clear());
    }
}
