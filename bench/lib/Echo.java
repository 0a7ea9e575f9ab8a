import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/**
 * Both ends of what wrk does not do.
 *
 * <ul>
 *   <li>{@code Echo serve PORT}: switches protocols when asked to and sends back whatever comes then; takes the content
 *       of any other request and answers 200.
 *   <li>{@code Echo drive PORT CONNECTIONS SECONDS}: opens WebSockets at /ws, and on each sends a message of 64 bytes
 *       whenever the last one has come back; prints how many came back.
 * </ul>
 */
public final class Echo {

    private static final int MESSAGE = 6 + 64;

    /** The one that the driver sends. */
    private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAA==";

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);

    private Echo() throws IOException {}

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[1]);
        if (args[0].equals("serve")) {
            new Echo().serve(port);
        } else {
            new Echo().drive(port, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        }
    }

    /** What a connection of the server has been through. */
    private static final class Connection {
        private final StringBuilder head = new StringBuilder();
        private long content;
        private boolean upgraded;
    }

    private void serve(int port) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", port), 1024);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(key -> {
                try {
                    if (key.isAcceptable()) {
                        SocketChannel accepted = server.accept();
                        accepted.configureBlocking(false);
                        accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
                        accepted.register(selector, SelectionKey.OP_READ, new Connection());
                    } else {
                        read((SocketChannel) key.channel(), (Connection) key.attachment());
                    }
                } catch (IOException e) {
                    close(key);
                }
            });
        }
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            System.err.println("Echo: " + e);
        }
    }

    private void read(SocketChannel channel, Connection connection) throws IOException {
        buffer.clear();
        int n = channel.read(buffer);
        if (n < 0) {
            channel.close();
            return;
        }
        buffer.flip();
        if (connection.upgraded) {
            write(channel);
            return;
        }
        while (buffer.hasRemaining()) {
            if (connection.content > 0) {
                int taken = (int) Math.min(connection.content, buffer.remaining());
                buffer.position(buffer.position() + taken);
                connection.content -= taken;
                if (connection.content == 0) {
                    answer(channel, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }
                continue;
            }
            connection.head.append((char) buffer.get());
            if (connection.head.length() > 3 && connection.head.substring(connection.head.length() - 4).equals("\r\n\r\n")) {
                String head = connection.head.toString().toLowerCase(Locale.ROOT);
                connection.head.setLength(0);
                connection.upgraded = head.contains("\r\nupgrade:");
                int length = head.indexOf("\r\ncontent-length:");
                if (connection.upgraded) {
                    answer(channel, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + accept() + "\r\n\r\n");
                } else if (length >= 0) {
                    connection.content = Long.parseLong(
                            head.substring(length + 17, head.indexOf('\r', length + 17)).strip());
                }
                if (!connection.upgraded && connection.content == 0) {
                    answer(channel, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }
            }
        }
    }

    /** The answer to {@link #KEY} (RFC 6455 §4.2.2); HAProxy looks whether it is right. */
    private static String accept() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private void write(SocketChannel channel) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private void drive(int port, int connections, int seconds) throws IOException {
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            answer(channel, "GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n\r\n");
            StringBuilder head = new StringBuilder();
            ByteBuffer one = ByteBuffer.allocate(1);
            while (head.indexOf("\r\n\r\n") < 0 && channel.read(one.clear()) > 0) {
                head.append((char) one.get(0));
            }
            if (!head.toString().startsWith("HTTP/1.1 101")) {
                throw new IOException("no WebSocket: " + head);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new int[1]);
            send(channel);
        }
        long[] messages = new long[1];
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            selector.select(
                    key -> {
                        try {
                            SocketChannel channel = (SocketChannel) key.channel();
                            int[] got = (int[]) key.attachment();
                            buffer.clear();
                            int n = channel.read(buffer);
                            if (n < 0) {
                                throw new IOException("closed");
                            }
                            got[0] += n;
                            if (got[0] >= MESSAGE) {
                                got[0] -= MESSAGE;
                                messages[0]++;
                                send(channel);
                            }
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    100);
        }
        System.out.println(messages[0]);
        System.exit(0);
    }

    /** A masked text message of RFC 6455 §5.2. */
    private void send(SocketChannel channel) throws IOException {
        buffer.clear();
        buffer.put((byte) 0x81).put((byte) (0x80 | 64)).putInt(0);
        for (int i = 0; i < 64; i++) {
            buffer.put((byte) 'x');
        }
        buffer.flip();
        write(channel);
    }
}
