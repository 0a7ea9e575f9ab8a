package org.xnio.nio;

import hopyard.threads.LastResort;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Brings sockets that XNIO cannot make itself onto XNIO's I/O threads: Unix domain sockets, and TCP sockets of one
 * address family, where XNIO would open dual-stack ones.
 *
 * <p>XNIO has no public way to do this, so this class lives in XNIO's package, where it can see what it needs.
 */
public final class SocketChannels {

    /** Is told of connections that have been accepted or opened, each on the I/O thread that it will live on. */
    @FunctionalInterface
    public interface Acceptor {
        void accepted(StreamConnection connection) throws IOException;

        /** Accepting or connecting failed. A listening socket goes on accepting. */
        default void failed(IOException reason) {
            throw new IllegalStateException(reason);
        }
    }

    private SocketChannels() {}

    /**
     * Gives a connected channel to an I/O thread.
     *
     * @throws IOException if the channel is closed
     */
    public static StreamConnection adopt(XnioIoThread thread, SocketChannel channel) throws IOException {
        WorkerThread worker = (WorkerThread) thread;
        channel.configureBlocking(false);
        SelectionKey key = worker.registerChannel(channel);
        NioSocketStreamConnection connection = new NioSocketStreamConnection(worker, key, null);
        key.attach(connection.getConduit());
        if (channel.getRemoteAddress() instanceof UnixDomainSocketAddress) {
            HalfClose half = new HalfClose(connection, channel);
            connection.getSinkChannel().setConduit(half.sink(connection.getConduit()));
            connection.getSourceChannel().setConduit(half.source(connection.getConduit()));
        }
        return connection;
    }

    /**
     * Accepts connections on every I/O thread of a worker. The first thread that is awake gets a connection, as with
     * nginx's workers.
     *
     * @return closes the listening socket
     */
    public static Closeable accept(XnioWorker worker, ServerSocketChannel socket, Acceptor acceptor)
            throws IOException {
        socket.configureBlocking(false);
        List<AcceptHandle> handles = new ArrayList<>();
        for (int i = 0; i < worker.getIoThreadCount(); i++) {
            WorkerThread thread = (WorkerThread) worker.getIoThread(i);
            AcceptHandle handle = new AcceptHandle(thread, thread.registerChannel(socket), socket, acceptor);
            handle.getSelectionKey().attach(handle);
            handles.add(handle);
        }
        handles.forEach(handle -> handle.resume(SelectionKey.OP_ACCEPT));
        return () -> {
            // the socket stays until every selector has let go of it, so each is woken and waited for
            handles.forEach(handle -> handle.cancelKey(true));
            socket.close();
        };
    }

    private static final class AcceptHandle extends NioHandle {
        /** nginx's {@code accept_mutex_delay}. */
        private static final long REST_MILLIS = 500;

        /**
         * How many more at most are accepted in one of several turns that take long: half of nginx's backlog. It costs
         * little to accept a connection, and in the system's queue nobody can be served before another.
         */
        private static final int MAX_AHEAD = 255;

        private final ServerSocketChannel socket;
        private final Acceptor acceptor;
        private final boolean isTcp;
        /** How many more are accepted in the next turn if it takes long: there were as many as could be in the last. */
        private int ahead;

        AcceptHandle(WorkerThread thread, SelectionKey key, ServerSocketChannel socket, Acceptor acceptor)
                throws IOException {
            super(thread, key);
            this.socket = socket;
            isListening = true;
            isTcp = socket.getLocalAddress() instanceof InetSocketAddress;
            this.acceptor = acceptor;
        }

        @Override
        void handleReady(int ops) {
            // not all at once: the selector comes back while there are more, and another thread may be less busy
            boolean takesLong = ReadyKeys.takesLong(getWorkerThread());
            int left = ReadyKeys.acceptable(getWorkerThread()) + (takesLong ? ahead : 0);
            while (left > 0 && accept()) {
                left--;
            }
            ahead = takesLong && left == 0 ? Math.min(2 * ahead + 1, MAX_AHEAD) : 0;
        }

        /** Accepts a connection; whether there was one. */
        private boolean accept() {
            SocketChannel channel = null;
            try {
                channel = socket.accept();
                if (channel == null) {
                    return false;
                }
                if (isTcp) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                acceptor.accepted(adopt(getWorkerThread(), channel));
                return true;
            } catch (IOException e) {
                IoUtils.safeClose(channel);
                if (socket.isOpen()) {
                    acceptor.failed(e);
                    if (channel == null) {
                        rest();
                    }
                }
                return channel != null;
            } catch (RuntimeException | Error e) {
                // this one connection ends, and nothing else
                IoUtils.safeClose(channel);
                LastResort.consider(e);
                throw e;
            }
        }

        /**
         * Pauses accepting. A thread that cannot accept, mostly for lack of file descriptors, would otherwise be told
         * of the same connection again and again.
         */
        private void rest() {
            suspend(SelectionKey.OP_ACCEPT);
            getWorkerThread().executeAfter(() -> resume(SelectionKey.OP_ACCEPT), REST_MILLIS, TimeUnit.MILLISECONDS);
        }

        @Override
        void forceTermination() {
            IoUtils.safeClose(socket);
        }

        @Override
        void terminated() {
            // closed by whoever opened it
        }
    }

    /**
     * Connects without blocking.
     *
     * @param channel not connected yet; it is closed if connecting fails
     * @param connected is told on the I/O thread when the channel is connected, or that connecting has failed
     */
    public static void connect(XnioIoThread thread, SocketChannel channel, SocketAddress to, Acceptor connected) {
        WorkerThread worker = (WorkerThread) thread;
        try {
            channel.configureBlocking(false);
            if (channel.connect(to)) {
                connected.accepted(adopt(thread, channel));
                return;
            }
            SelectionKey key = worker.registerChannel(channel);
            ConnectHandle handle = new ConnectHandle(worker, key, channel, connected);
            key.attach(handle);
            handle.resume(SelectionKey.OP_CONNECT);
        } catch (IOException e) {
            IoUtils.safeClose(channel);
            connected.failed(e);
        }
    }

    private static final class ConnectHandle extends NioHandle {
        private final SocketChannel channel;
        private final Acceptor connected;

        ConnectHandle(WorkerThread thread, SelectionKey key, SocketChannel channel, Acceptor connected) {
            super(thread, key);
            this.channel = channel;
            this.connected = connected;
        }

        @Override
        void handleReady(int ops) {
            try {
                if (!channel.finishConnect()) {
                    return;
                }
                getSelectionKey().interestOps(0);
                connected.accepted(adoptAgain());
            } catch (IOException e) {
                cancelKey(false);
                IoUtils.safeClose(channel);
                connected.failed(e);
            }
        }

        /** Makes the connection. The channel stays registered, and its key gets another owner. */
        private StreamConnection adoptAgain() {
            NioSocketStreamConnection connection =
                    new NioSocketStreamConnection(getWorkerThread(), getSelectionKey(), null);
            getSelectionKey().attach(connection.getConduit());
            return connection;
        }

        @Override
        void forceTermination() {
            IoUtils.safeClose(channel);
        }

        @Override
        void terminated() {
            // closed by whoever opened it
        }
    }

    /** Returns the address family that an address belongs to. */
    public static StandardProtocolFamily family(InetAddress address) {
        return address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    /**
     * Ends one direction of a connection. XNIO would need the channel's {@link java.net.Socket} for that, which a Unix
     * domain channel does not have.
     */
    private record HalfClose(NioSocketStreamConnection connection, SocketChannel channel) {

        StreamSinkConduit sink(NioSocketConduit conduit) {
            return new AbstractStreamSinkConduit<>((StreamSinkConduit) conduit) {
                @Override
                public void terminateWrites() throws IOException {
                    if (connection.writeClosed()) {
                        try {
                            conduit.suspend(SelectionKey.OP_WRITE);
                            if (channel.isOpen()) {
                                channel.shutdownOutput();
                            }
                        } finally {
                            conduit.writeTerminated();
                        }
                    }
                }

                @Override
                public void truncateWrites() throws IOException {
                    terminateWrites();
                }
            };
        }

        StreamSourceConduit source(NioSocketConduit conduit) {
            return new AbstractStreamSourceConduit<>((StreamSourceConduit) conduit) {
                @Override
                public int read(ByteBuffer dst) throws IOException {
                    int n = channel.read(dst);
                    if (n < 0) {
                        terminateReads();
                    }
                    return n;
                }

                @Override
                public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
                    long n = channel.read(dsts, offset, length);
                    if (n < 0) {
                        terminateReads();
                    }
                    return n;
                }

                @Override
                public void terminateReads() throws IOException {
                    if (connection.readClosed()) {
                        try {
                            conduit.suspend(SelectionKey.OP_READ);
                            if (channel.isOpen()) {
                                channel.shutdownInput();
                            }
                        } finally {
                            conduit.readTerminated();
                        }
                    }
                }
            };
        }
    }
}
