package hopyard.sockets;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Listens at a port of the loopback that the system chose, and has each connection served by a thread of its own. */
public final class SocketServer implements AutoCloseable {

    /** Serves one connection, which is closed behind it. */
    @FunctionalInterface
    public interface Service {
        void serve(Socket socket) throws Exception;
    }

    // as many may wait as nginx lets: at 50 a burst of connections has their SYNs dropped, and waits for seconds
    private final ServerSocket listener = new ServerSocket(0, 511, InetAddress.getLoopbackAddress());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Service service;
    private final Thread acceptor;

    /**
     * @param name what its threads are called
     */
    public SocketServer(String name, Service service) throws IOException {
        this.service = service;
        acceptor = new Thread(this::accept, name);
        acceptor.setDaemon(true);
        acceptor.start();
    }

    public int port() {
        return listener.getLocalPort();
    }

    public String address() {
        return "127.0.0.1:" + port();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread thread = new Thread(() -> serve(socket), acceptor.getName() + "-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                // closed: the test is over
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            service.serve(socket);
        } catch (Exception e) {
            // the proxy closed the connection, which is for the test to judge by what the client saw
        } finally {
            sockets.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        // until the thread has left accept(), the kernel still lets connections in
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
