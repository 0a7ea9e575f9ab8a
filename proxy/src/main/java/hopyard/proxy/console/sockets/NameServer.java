package hopyard.proxy.console.sockets;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on the loopback that knows one name. Of everything else it says that there is no such name. It takes a
 * thread until it is closed.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-4.1">RFC 1035 §4.1</a>
 */
final class NameServer {

    /** The longest message without EDNS (RFC 1035 §4.2.1), in bytes. */
    private static final int MAX_MESSAGE = 512;

    private static final int HEADER = 12;
    private static final int TYPE_A = 1;
    private static final int CLASS_IN = 1;

    /** QR, RD and RA; with NXDOMAIN for a name that is unknown. */
    private static final int ANSWER = 0x8180;

    private static final int NXDOMAIN = 3;

    /** In seconds: who keeps an answer for longer than this does so on its own account. */
    private static final int TTL = 1;

    private final DatagramSocket socket;
    private final String name;
    private final long closesAt;
    private final AtomicInteger questions = new AtomicInteger();
    private volatile List<InetAddress> addresses;

    /** @throws IOException if the system gives no port */
    NameServer(String name, List<InetAddress> addresses, int seconds) throws IOException {
        this.name = name.toLowerCase(Locale.ROOT);
        this.addresses = addresses;
        closesAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        socket = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        Thread thread = new Thread(this::serve, "console-names");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return socket.getLocalPort();
    }

    String name() {
        return name;
    }

    List<InetAddress> addresses() {
        return addresses;
    }

    void setAddresses(List<InetAddress> now) {
        addresses = now;
    }

    /** How often its name was asked for. */
    int questions() {
        return questions.get();
    }

    long closesInMillis() {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(closesAt - System.nanoTime()));
    }

    void close() {
        socket.close();
    }

    private void serve() {
        byte[] buffer = new byte[MAX_MESSAGE];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] answer = answer(Arrays.copyOf(buffer, packet.getLength()));
                if (answer != null) {
                    socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or one answer that could not be sent: who asked asks again
            }
        }
    }

    /** The answer to a question; {@code null} to what is none. */
    private byte[] answer(byte[] question) {
        boolean isQuery = question.length > HEADER && question[2] >= 0 && question[4] == 0 && question[5] == 1;
        StringBuilder asked = new StringBuilder();
        int end = HEADER;
        while (isQuery && question[end] > 0 && end + question[end] + 1 < question.length) {
            asked.append(asked.isEmpty() ? "" : ".")
                    .append(new String(question, end + 1, question[end], StandardCharsets.US_ASCII));
            end += question[end] + 1;
        }
        if (!isQuery || question[end] != 0 || end + 5 > question.length) {
            return null;
        }
        boolean isKnown = asked.toString().toLowerCase(Locale.ROOT).equals(name);
        ByteBuffer type = ByteBuffer.wrap(question, end + 1, 4);
        boolean wantsAddresses = type.getShort() == TYPE_A && type.getShort() == CLASS_IN;
        if (isKnown && wantsAddresses) {
            questions.incrementAndGet();
        }
        List<InetAddress> found = isKnown && wantsAddresses ? addresses : List.of();
        ByteBuffer out = ByteBuffer.allocate(MAX_MESSAGE);
        out.put(question, 0, 2).putShort((short) (isKnown ? ANSWER : ANSWER | NXDOMAIN));
        out.putShort((short) 1).putShort((short) found.size()).putInt(0);
        out.put(question, HEADER, end + 5 - HEADER);
        for (InetAddress address : found) {
            // the name is the one at the question's place
            out.putShort((short) (0xc000 | HEADER)).putShort((short) TYPE_A).putShort((short) CLASS_IN);
            out.putInt(TTL).putShort((short) 4).put(address.getAddress());
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
