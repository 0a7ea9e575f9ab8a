package hopyard.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Makes the driver's sockets and remembers the last one of each thread, because the driver does not tell which ports a
 * connection has. The driver makes it by the name of the class.
 */
public final class KnownSockets extends SocketFactory {

    private static final ThreadLocal<Socket> LAST = new ThreadLocal<>();

    /** Made by the driver. */
    public KnownSockets() {
        // there is nothing to set up
    }

    /** Returns the last socket that was made on this thread, and forgets it. */
    static Socket takeLast() {
        Socket last = LAST.get();
        LAST.remove();
        return last;
    }

    @Override
    public Socket createSocket() {
        Socket socket = new Socket();
        LAST.set(socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connected(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return connected(new InetSocketAddress(address, port), new InetSocketAddress(localAddress, localPort));
    }

    private Socket connected(InetSocketAddress to, InetSocketAddress from) throws IOException {
        Socket socket = createSocket();
        socket.bind(from);
        socket.connect(to);
        return socket;
    }
}
