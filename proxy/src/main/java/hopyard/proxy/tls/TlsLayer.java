package hopyard.proxy.tls;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.xnio.IoUtils;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.nio.ReadyKeys;

/**
 * TLS on a connection, spoken by an engine: the handshake, then records in both directions. What fails closes the
 * connection, and its owner hears of it once.
 *
 * <p>Undertow's own does as much with any buffer that it is given, and a record of full size never fits in one of 16
 * KiB: it waits for the rest for ever, or does not wait.
 *
 * <p>A server computes with its key for every client that shakes hands. Those that have come together take turns: after
 * a few of them, the connections that are ready meanwhile are served. Clients whose first word is not whole when it is
 * read first wait in a line of their own.
 */
final class TlsLayer implements TlsEnd {

    /** The connection, which is closed when TLS fails. */
    interface Owner extends Closeable {

        /** The two ends have come to terms. */
        void established();

        /** TLS has failed; see {@link TlsConnection.Listener#failed}. */
        void failed(boolean inHandshake, IOException reason);

        /** Returns a server's engine for a client; see {@link TlsServer#terms}. */
        TlsEngine engine(ClientHello hello) throws SSLException;

        /** Returns how many bytes of content a record holds at most. */
        int recordSize();
    }

    private final Owner owner;
    /** {@code null} on a server's side until the client has said its first word. */
    private TlsEngine engine;

    private final StreamSourceConduit source;
    private final TlsRecordReader reader;
    private final TlsRecordWriter writer;
    /** What the client has said first, until it is answered. */
    private ClientHello hello;
    /** Goes on when it is this connection's turn to compute. */
    private Runnable onTurn;

    private boolean awaitsTurn;
    /** Whether the client's first word has come in pieces. */
    private boolean drips;

    private boolean holdsReads;
    private boolean begun;
    private boolean established;
    /** Whether the engine may have something to say that it keeps until there is content. */
    private boolean owesTickets;

    private boolean failed;
    private boolean closed;

    /** @param client the engine of a client's side; {@code null} on a server's */
    TlsLayer(TlsEngine client, StreamSourceConduit source, StreamSinkConduit sink, Owner owner) {
        this.source = source;
        this.owner = owner;
        reader = new TlsRecordReader(source, this);
        writer = new TlsRecordWriter(sink, this);
        if (client != null) {
            use(client);
        }
    }

    private void use(TlsEngine its) {
        engine = its;
        reader.use(its);
        writer.use(its);
    }

    /** Sets what goes on when a handshake that has had to wait for its turn may go on. */
    void whenTurn(Runnable its) {
        onTurn = its;
    }

    /** Returns the engine; {@code null} if there is none yet. */
    TlsEngine engine() {
        return engine;
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
            begin();
        }
        boolean hasSent = false;
        while (true) {
            if (closed) {
                throw new ClosedChannelException();
            }
            switch (engine.need()) {
                case TO_SEND -> {
                    if (!send() || !writer.wrapOwn() || !send()) {
                        return false;
                    }
                    hasSent = true;
                }
                case TO_READ -> {
                    if (!send()) {
                        return false;
                    }
                    if (hasSent && !reader.hasMore()) {
                        // the peer has had no time to answer: its answer is announced
                        source.resumeReads();
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
                case NOTHING -> {
                    if (!established) {
                        establish();
                    }
                    return true;
                }
            }
        }
    }

    private void establish() throws IOException {
        established = true;
        engine.established();
        owesTickets = true;
        owner.established();
    }

    /**
     * Sends what the engine would otherwise say with the first content (see {@link TlsEngine#issueTickets}), unless
     * there has been some, or waits to be sent. A client with Nagle's algorithm sends its request when it has heard
     * that its last flight has arrived, and if nothing is sent, the system says that 40 ms later. A client that takes
     * none because it has gone may have asked for something before.
     *
     * @throws IOException if TLS fails, or there is no memory
     */
    void sendTickets() throws IOException {
        if (owesTickets && !closed && !isSending()) {
            owesTickets = false;
            if (hasTickets()) {
                writer.wrapOwn();
                writer.offer();
            }
        }
    }

    private boolean hasTickets() throws IOException {
        try {
            return engine.issueTickets();
        } catch (SSLException e) {
            throw violated(e);
        }
    }

    private void begin() throws SSLException {
        begun = true;
        try {
            engine.begin();
        } catch (SSLException e) {
            throw violated(e);
        }
    }

    /** Reads the client's first word, and chooses the engine by it when it is its turn; whether there is one now. */
    private boolean meet() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (hello == null) {
            hello = reader.hello();
            if (hello == null && reader.isAtEnd()) {
                gone(null);
                throw new ClosedChannelException();
            }
            if (hello == null) {
                drips |= reader.isIncomplete();
                source.resumeReads();
                return false;
            }
            awaitTurn();
        }
        if (awaitsTurn) {
            return false;
        }
        try {
            if (hello == ClientHello.TOO_LONG) {
                throw new RecordOverflow();
            }
            use(owner.engine(hello));
            hello = null;
            return true;
        } catch (SSLException e) {
            throw violated(e);
        }
    }

    private void awaitTurn() {
        awaitsTurn = true;
        // whatever else the client sends has time
        source.suspendReads();
        Runnable goesOn = () -> {
            awaitsTurn = false;
            if (!closed) {
                // who waits for content may have asked for it before
                source.resumeReads();
                goOn();
            }
        };
        boolean isNone = hello == ClientHello.UNKNOWN || hello == ClientHello.TOO_LONG;
        ReadyKeys.computeInTurn(source.getReadThread(), goesOn, drips || isNone);
    }

    private void goOn() {
        try {
            onTurn.run();
        } catch (RuntimeException | Error e) {
            // what has failed would fail again with each byte that comes
            IoUtils.safeClose(owner);
            throw e;
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
                if (send() && (engine == null ? writer.alert(reason) : writer.wrapOwn())) {
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
        owesTickets = false;
        int most = owner.recordSize();
        if (most == TlsTerms.MAX_RECORD) {
            return writer.wrap(srcs, offset, length);
        }
        long fits = 0;
        int end = offset;
        while (end < offset + length && fits < most) {
            fits += srcs[end++].remaining();
        }
        ByteBuffer last = srcs[end - 1];
        int limit = last.limit();
        last.limit((int) (limit - Math.max(0, fits - most)));
        try {
            return writer.wrap(srcs, offset, end - offset);
        } finally {
            last.limit(limit);
        }
    }

    /** Makes the record that says that there is no more (close_notify, RFC 8446 §6.1). */
    void wrapEnd() throws IOException {
        if (engine != null) {
            owesTickets = false;
            engine.end();
            writer.wrapOwn();
        }
    }

    /** See {@link TlsRecordWriter#send}. */
    boolean send() throws IOException {
        return writer.send();
    }

    /** Whether reading goes on only when what is to be sent is gone. */
    boolean holdsReads() {
        return holdsReads;
    }

    /** Sets whether reading goes on only when what is to be sent is gone. */
    void holdReads(boolean holds) {
        holdsReads = holds;
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
        if (engine != null) {
            engine.free();
        }
    }
}
