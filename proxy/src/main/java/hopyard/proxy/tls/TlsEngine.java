package hopyard.proxy.tls;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.xnio.IoUtils;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Java's engine for TLS on a connection: the handshake, then records in both directions. What fails closes the
 * connection, and its owner hears of it once.
 *
 * <p>Undertow's own does as much with any buffer that it is given, and a record of full size never fits in one of 16
 * KiB: it waits for the rest for ever, or does not wait.
 */
final class TlsEngine implements TlsEnd {

    /** The connection, which is closed when TLS fails. */
    interface Owner extends Closeable {

        /** The two ends have come to terms. */
        void established();

        /** TLS has failed; see {@link TlsConnection.Listener#failed}. */
        void failed(boolean inHandshake, IOException reason);

        /** Returns a server's engine for a client; see {@link TlsServer#terms}. */
        TlsTerms terms(ClientHello hello) throws SSLException;
    }

    private final Owner owner;
    /** Java's engine; {@code null} on a server's side until the client has said its first word. */
    private SSLEngine engine;

    private final StreamSourceConduit source;
    private final TlsRecordReader reader;
    private final TlsRecordWriter writer;
    private final NegotiatedGroup group = new NegotiatedGroup();
    private boolean begun;
    private boolean forgetsSession;
    private boolean established;
    private boolean failed;
    private boolean closed;

    /** @param client the engine of a client's side; {@code null} on a server's */
    TlsEngine(SSLEngine client, StreamSourceConduit source, StreamSinkConduit sink, Owner owner) {
        this.source = source;
        this.owner = owner;
        reader = new TlsRecordReader(source, this);
        writer = new TlsRecordWriter(sink, this);
        if (client != null) {
            use(client);
        }
    }

    private void use(SSLEngine its) {
        engine = its;
        reader.use(its);
        writer.use(its);
    }

    /** Returns Java's engine; {@code null} if there is none yet. */
    SSLEngine engine() {
        return engine;
    }

    /** Returns the number of the group that this side, a server's, has chosen for the key exchange; -1 for none. */
    int group() {
        return group.number();
    }

    /** Whether the two ends have come to terms. */
    boolean isEstablished() {
        return established;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Goes on with the handshake as far as it can for now; whether content may pass.
     *
     * @throws IOException if the two ends come to no terms, or the connection is closed
     */
    boolean handshake() throws IOException {
        if (!begun) {
            if (engine == null && !meet()) {
                return false;
            }
            begun = true;
            engine.beginHandshake();
        }
        while (true) {
            if (closed) {
                throw new ClosedChannelException();
            }
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> {
                    engine.getDelegatedTask().run();
                    forgetSession();
                }
                case NEED_WRAP -> {
                    if (!send() || !writer.wrapOwn(group) || !send()) {
                        return false;
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!send()) {
                        return false;
                    }
                    int n = reader.readAside();
                    if (n == TlsRecordReader.NONE) {
                        source.resumeReads();
                        return false;
                    }
                    if (n == TlsRecordReader.END) {
                        gone(null);
                        throw new ClosedChannelException();
                    }
                }
                default -> {
                    if (!established) {
                        established = true;
                        owner.established();
                    }
                    return true;
                }
            }
        }
    }

    /** Reads the client's first word, and chooses the engine by it; whether there is one now. */
    private boolean meet() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        ClientHello hello = reader.hello();
        if (hello == null) {
            if (reader.isAtEnd()) {
                gone(null);
                throw new ClosedChannelException();
            }
            source.resumeReads();
            return false;
        }
        try {
            TlsTerms terms = owner.terms(hello);
            forgetsSession = !terms.keepsSessions();
            use(terms.server());
            return true;
        } catch (SSLException e) {
            throw violated(e);
        }
    }

    /** Has Java not keep the session, which it does when the handshake is over. */
    private void forgetSession() {
        if (forgetsSession && engine.getHandshakeSession() != null) {
            engine.getHandshakeSession().invalidate();
        }
    }

    // ---- failures

    @Override
    public IOException broken(IOException reason) {
        gone(reason);
        return reason;
    }

    /** The peer has gone: before the two came to terms, that is a failure. */
    private void gone(IOException reason) {
        if (!established && !failed) {
            failed = true;
            owner.failed(true, reason);
        }
        IoUtils.safeClose(owner);
    }

    @Override
    public SSLException violated(SSLException reason) {
        if (!failed) {
            failed = true;
            owner.failed(!established, reason);
            try {
                // the alert (RFC 8446 §6.2); if it cannot be sent at once, it is not
                if (send() && (engine == null ? writer.alert(reason) : writer.wrapOwn(group))) {
                    send();
                }
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
            IoUtils.safeClose(owner);
        }
        return reason;
    }

    // ---- records

    /** See {@link TlsRecordReader#take}. */
    int take(ByteBuffer dst) {
        return reader.take(dst);
    }

    /** See {@link TlsRecordReader#hasMore}. */
    boolean hasMore() {
        return reader.hasMore();
    }

    /** See {@link TlsRecordReader#read}. */
    int read(ByteBuffer dst) throws IOException {
        return reader.read(dst);
    }

    /** Makes a record of content, when all before it is sent; see {@link TlsRecordWriter#wrap}. */
    int wrap(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return writer.wrap(srcs, offset, length);
    }

    /** Makes the record that says that there is no more (close_notify, RFC 8446 §6.1). */
    void wrapEnd() throws IOException {
        if (engine != null) {
            engine.closeOutbound();
            writer.wrapOwn(group);
        }
    }

    /** See {@link TlsRecordWriter#send}. */
    boolean send() throws IOException {
        return writer.send();
    }

    /** Whether something is left to be sent. */
    boolean isSending() {
        return writer.isPending();
    }

    /** The connection is closed. */
    void closed() {
        closed = true;
        writer.free();
        reader.free();
    }
}
