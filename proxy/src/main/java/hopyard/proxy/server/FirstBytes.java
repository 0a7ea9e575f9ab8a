package hopyard.proxy.server;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.PushedBack;
import hopyard.proxy.tls.TlsTerms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import org.xnio.IoUtils;
import org.xnio.conduits.ConduitStreamSourceChannel;

/** Reads the first bytes of a connection: the PROXY protocol's header, and whether the client speaks TLS. */
final class FirstBytes {

    /** What a connection begins with after the PROXY protocol's header. */
    enum Kind {
        /** A record of TLS's handshake. */
        TLS,
        /** A record that is longer than TLS allows. */
        BROKEN_TLS,
        /** Something else: a protocol without TLS. */
        PLAIN;

        private static final byte HANDSHAKE = 0x16;
        private static final int LENGTH_AT = 3;

        /** Returns the kind by the header of the first record, of which not all may be there (RFC 8446 §5.1). */
        private static Kind of(ByteBuffer bytes) {
            int at = bytes.position();
            if (bytes.get(at) != HANDSHAKE) {
                return PLAIN;
            }
            boolean hasLength = bytes.remaining() >= LENGTH_AT + 2;
            return hasLength && (bytes.getShort(at + LENGTH_AT) & 0xffff) > TlsTerms.MAX_RECORD ? BROKEN_TLS : TLS;
        }
    }

    private final ClientConnection client;
    private final boolean expectsProxyProtocol;
    private final BiConsumer<ProxyProtocol, Kind> onRead;
    private final ByteBuffer bytes = ByteBuffer.allocate(ProxyProtocol.LONGEST);
    private ProxyProtocol header;

    private FirstBytes(ClientConnection client, boolean expectsProxyProtocol, BiConsumer<ProxyProtocol, Kind> onRead) {
        this.client = client;
        this.expectsProxyProtocol = expectsProxyProtocol;
        this.onRead = onRead;
        client.opens(expectsProxyProtocol ? "reading PROXY protocol" : ClientConnection.HANDSHAKING);
    }

    /**
     * Reads what is needed and puts the rest back. The client's connection has a timeout for this.
     *
     * @param onRead gets the PROXY protocol's header ({@code null} if none is expected), and what follows
     */
    static void read(ClientConnection client, boolean expectsProxyProtocol, BiConsumer<ProxyProtocol, Kind> onRead) {
        FirstBytes opening = new FirstBytes(client, expectsProxyProtocol, onRead);
        ConduitStreamSourceChannel source = client.channel().getSourceChannel();
        source.setReadListener(opening::readable);
        source.resumeReads();
    }

    private void readable(ConduitStreamSourceChannel source) {
        try {
            int n = source.read(bytes);
            if (n < 0) {
                close(ErrorLog.Level.INFO, "client closed connection");
                return;
            }
            bytes.flip();
            boolean done = look();
            if (done) {
                source.suspendReads();
                source.setReadListener(null);
                Kind kind = Kind.of(bytes);
                PushedBack.onto(client.channel(), bytes);
                onRead.accept(header, kind);
            } else {
                bytes.compact();
            }
        } catch (ProxyProtocol.BrokenException e) {
            close(ErrorLog.Level.ERROR, e.getMessage());
        } catch (IOException e) {
            close(ErrorLog.Level.INFO, "recv() failed (" + SystemErrors.text(e) + ")");
        }
    }

    /** Whether enough bytes have come. */
    private boolean look() throws ProxyProtocol.BrokenException {
        if (expectsProxyProtocol && header == null) {
            header = ProxyProtocol.parse(bytes);
            if (header == null) {
                return false;
            }
            bytes.position(bytes.position() + header.length());
            client.opens(ClientConnection.HANDSHAKING);
        }
        return bytes.hasRemaining();
    }

    private void close(ErrorLog.Level level, String why) {
        client.log(level, why);
        IoUtils.safeClose(client.channel());
    }
}
