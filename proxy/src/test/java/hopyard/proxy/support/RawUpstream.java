package hopyard.proxy.support;

import hopyard.sockets.SocketServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream that does what it is told with each connection, down to the byte. */
public final class RawUpstream implements AutoCloseable {

    /** What to do with a connection; it is closed when this returns. */
    public interface Behaviour {
        void accept(Connection connection) throws Exception;
    }

    /** A connection that the proxy has opened. */
    public static final class Connection {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            in = socket.getInputStream();
            out = socket.getOutputStream();
        }

        public Socket socket() {
            return socket;
        }

        /** Reads a request head. */
        public String readHead() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("connection ended in the head: " + head);
                }
                head.append((char) b);
            }
            return head.toString();
        }

        public int read() throws IOException {
            return in.read();
        }

        public String read(int n) throws IOException {
            return new String(in.readNBytes(n), StandardCharsets.ISO_8859_1);
        }

        public void send(String bytes) throws IOException {
            out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /** Closes with RST. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private final SocketServer server;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> heads = new CopyOnWriteArrayList<>();

    public RawUpstream(Behaviour behaviour) throws IOException {
        server = new SocketServer("raw-upstream", socket -> {
            connections.incrementAndGet();
            behaviour.accept(new Connection(socket));
        });
    }

    /** An upstream that answers every request, on connections that stay open, with the same bytes. */
    public static RawUpstream answering(String response) throws IOException {
        RawUpstream[] self = new RawUpstream[1];
        self[0] = new RawUpstream(connection -> {
            while (true) {
                String head = connection.readHead();
                Wait.until("construction", () -> self[0] != null);
                self[0].heads.add(head);
                connection.send(response);
            }
        });
        return self[0];
    }

    public int port() {
        return server.port();
    }

    public String address() {
        return server.address();
    }

    /** How many connections there have been. */
    public int connections() {
        return connections.get();
    }

    /** The request heads of an {@link #answering} upstream. */
    public List<String> heads() {
        return heads;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
