package hopyard.proxy.console;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/** Sockets whose receive buffer is so small that the other end notices at once when nobody reads. */
final class SmallBufferSockets extends SocketFactory {

    private static final int RECEIVE_BUFFER = 8 << 10;

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = new Socket();
        // the window that is announced depends on it, so it has to be set before connecting
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("OkHttp connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw new UnsupportedOperationException("OkHttp connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException("OkHttp connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw new UnsupportedOperationException("OkHttp connects by itself");
    }
}
