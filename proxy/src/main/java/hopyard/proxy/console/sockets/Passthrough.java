package hopyard.proxy.console.sockets;

import hopyard.proxy.tls.ClientHello;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A proxy that passes TLS through: it listens on the loopback, and copies bytes both ways. It has no key, and tells
 * what it could see all the same. It is what nginx does with {@code stream} and {@code ssl_preread}.
 *
 * @see <a href="https://nginx.org/en/docs/stream/ngx_stream_ssl_preread_module.html">ngx_stream_ssl_preread_module</a>
 */
final class Passthrough {

    private static final int MAX_CONNECTIONS = 8;
    private static final int PIECE = 16 << 10;
    private static final int CONNECT_MILLIS = 2000;

    private final ServerSocket listening;
    private final InetSocketAddress to;
    private final long closesAt;
    private final List<Passed> all = new CopyOnWriteArrayList<>();

    /** A connection that is passed through, and what there was to see. */
    static final class Passed {
        private final Socket near;
        private final Socket far;
        private final SeenRecords up = new SeenRecords();
        private final SeenRecords down = new SeenRecords();

        private Passed(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        /** The client's end. */
        String from() {
            return Addresses.text(near.getRemoteSocketAddress());
        }

        /** This side's end towards the server. */
        String via() {
            return Addresses.text(far.getLocalSocketAddress());
        }

        /** What the client has sent. */
        SeenRecords up() {
            return up;
        }

        /** What the server has sent. */
        SeenRecords down() {
            return down;
        }

        private void close() {
            for (Socket each : List.of(near, far)) {
                try {
                    each.close();
                } catch (IOException e) {
                    // it is gone anyway
                }
            }
        }
    }

    /** The records of one direction, as far as whoever has no key can read them (RFC 8446 §5.1): their headers. */
    static final class SeenRecords {

        private static final int HEADER = 5;
        private static final int MAX_LISTED = 40;
        /** Enough for what a client says first. */
        private static final int MAX_FIRST = 16 << 10;

        /** A record: its type, and how long its content is, in bytes. */
        record Seen(int type, int length) {}

        private final List<Seen> records = new ArrayList<>();
        private final ByteBuffer first = ByteBuffer.allocate(MAX_FIRST);
        private final ByteBuffer header = ByteBuffer.allocate(HEADER);
        private int toSkip;
        private long bytes;

        synchronized void see(byte[] piece, int n) {
            bytes += n;
            first.put(piece, 0, Math.min(n, first.remaining()));
            for (int at = 0; at < n; ) {
                int skipped = Math.min(toSkip, n - at);
                toSkip -= skipped;
                at += skipped;
                if (at < n) {
                    header.put(piece[at++]);
                }
                if (!header.hasRemaining()) {
                    toSkip = header.getShort(3) & 0xffff;
                    if (records.size() < MAX_LISTED) {
                        records.add(new Seen(header.get(0), toSkip));
                    }
                    header.clear();
                }
            }
        }

        /** How many bytes there were. */
        synchronized long bytes() {
            return bytes;
        }

        /** Returns the first of them. */
        synchronized List<Seen> records() {
            return List.copyOf(records);
        }

        /** Returns the host that the client has asked for in clear text; {@code null} if it has named none. */
        synchronized String serverName() {
            ClientHello hello = ClientHello.read(first.duplicate().flip());
            return hello == null ? null : hello.serverName();
        }

        /** Whether a text is in what has passed at first. */
        synchronized boolean has(byte[] text) {
            byte[] seen = first.array();
            for (int i = 0; i + text.length <= first.position(); i++) {
                if (Arrays.mismatch(seen, i, i + text.length, text, 0, text.length) < 0) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Begins to listen, at a port that the system chooses.
     *
     * @param to where connections are passed on to
     * @throws IOException if the system gives no port
     */
    Passthrough(InetSocketAddress to, int seconds) throws IOException {
        this.to = to;
        closesAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        listening = new ServerSocket(0, MAX_CONNECTIONS, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "console-passthrough");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listening.getLocalPort();
    }

    InetSocketAddress to() {
        return to;
    }

    long closesInMillis() {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(closesAt - System.nanoTime()));
    }

    /** What has passed, the first connection first. */
    List<Passed> passed() {
        return all;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket near = listening.accept();
                Socket far = new Socket();
                Passed passed = new Passed(near, far);
                if (all.size() >= MAX_CONNECTIONS) {
                    passed.close();
                    continue;
                }
                try {
                    far.connect(to, CONNECT_MILLIS);
                } catch (IOException e) {
                    // whoever has come sees that it ends
                    passed.close();
                    continue;
                }
                all.add(passed);
                start(() -> copy(near, far, passed.up));
                start(() -> copy(far, near, passed.down));
            } catch (IOException e) {
                // closed; or one that has left before it was accepted
            }
        }
        all.forEach(Passed::close);
    }

    private static void copy(Socket from, Socket into, SeenRecords seen) {
        byte[] piece = new byte[PIECE];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = into.getOutputStream();
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                seen.see(piece, n);
                out.write(piece, 0, n);
            }
            into.shutdownOutput();
        } catch (IOException e) {
            // one side has gone: the other is told
            try {
                into.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
        }
    }

    void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new IllegalStateException("the port " + port() + " does not close", e);
        }
        all.forEach(Passed::close);
    }
}
