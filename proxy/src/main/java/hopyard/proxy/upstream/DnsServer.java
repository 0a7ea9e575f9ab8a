package hopyard.proxy.upstream;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.xnio.IoUtils;

/**
 * A name server: its sockets, over UDP and, for what is too long for that, over TCP. Lives on {@link ResolverThread}.
 */
final class DnsServer {

    /** The longest message over TCP, in bytes. A datagram is much shorter. */
    private static final int MAX_MESSAGE = 1 << 16;

    /** How long a TCP connection may be silent, in ms, as in nginx. */
    private static final long TCP_TIMEOUT = 5_000;

    private final InetSocketAddress address;
    private final Consumer<DnsMessage> onAnswer;
    private DatagramChannel udp;
    private SocketChannel tcp;
    private SelectionKey tcpKey;
    private ResolverThread.Timer tcpTimer;
    private final Queue<ByteBuffer> tcpQuestions = new ArrayDeque<>();
    private ByteBuffer tcpAnswer;

    /** @param onAnswer is given every answer that can be read, whoever sent it */
    DnsServer(InetSocketAddress address, Consumer<DnsMessage> onAnswer) {
        this.address = address;
        this.onAnswer = onAnswer;
    }

    /** Sends a question; the answer may never come. */
    void ask(byte[] question) throws IOException {
        try {
            if (udp == null) {
                udp = DatagramChannel.open();
                udp.connect(address);
                ResolverThread.get().register(udp, SelectionKey.OP_READ, this::readDatagrams);
            }
            udp.write(ByteBuffer.wrap(question));
        } catch (IOException e) {
            closeUdp();
            throw e;
        }
    }

    private void closeUdp() {
        IoUtils.safeClose(udp);
        udp = null;
    }

    private void readDatagrams() {
        ByteBuffer datagram = ByteBuffer.allocate(4096);
        try {
            while (udp != null && udp.read(datagram.clear()) > 0) {
                answered(datagram.flip());
            }
        } catch (IOException e) {
            // nobody listens there now: the question is sent again later, as in nginx
            closeUdp();
        }
    }

    private void answered(ByteBuffer message) {
        DnsMessage answer;
        try {
            answer = DnsMessage.parse(message);
        } catch (IOException e) {
            // not an answer to a question of ours: the question is sent again later, as in nginx
            return;
        }
        onAnswer.accept(answer);
    }

    // ---- over TCP

    /** Sends a question over TCP; the answer may never come. */
    void askLong(byte[] question) throws IOException {
        try {
            if (tcp == null) {
                tcp = SocketChannel.open();
                tcp.configureBlocking(false);
                tcp.connect(address);
                tcpKey = ResolverThread.get().register(tcp, SelectionKey.OP_CONNECT, this::tcpReady);
                tcpAnswer = ByteBuffer.allocate(2 + MAX_MESSAGE);
            }
            ByteBuffer framed = ByteBuffer.allocate(2 + question.length);
            tcpQuestions.add(
                    framed.putShort((short) question.length).put(question).flip());
            awaitTcp();
            if (tcp.isConnected()) {
                writeTcp();
            }
        } catch (IOException e) {
            closeTcp();
            throw e;
        }
    }

    private void awaitTcp() {
        if (tcpTimer != null) {
            tcpTimer.cancel();
        }
        tcpTimer = ResolverThread.get().after(TCP_TIMEOUT, this::closeTcp);
    }

    private void closeTcp() {
        IoUtils.safeClose(tcp);
        tcp = null;
        tcpAnswer = null;
        tcpQuestions.clear();
        if (tcpTimer != null) {
            tcpTimer.cancel();
            tcpTimer = null;
        }
    }

    private void tcpReady() {
        try {
            if (tcp.isConnectionPending()) {
                tcp.finishConnect();
            }
            writeTcp();
            readTcp();
        } catch (IOException e) {
            // the question is sent again later, as in nginx
            closeTcp();
        }
    }

    private void writeTcp() throws IOException {
        while (!tcpQuestions.isEmpty()) {
            ByteBuffer next = tcpQuestions.peek();
            tcp.write(next);
            if (next.hasRemaining()) {
                break;
            }
            tcpQuestions.remove();
        }
        tcpKey.interestOps(SelectionKey.OP_READ | (tcpQuestions.isEmpty() ? 0 : SelectionKey.OP_WRITE));
    }

    private void readTcp() throws IOException {
        int n = tcp.read(tcpAnswer);
        while (n > 0) {
            awaitTcp();
            tcpAnswer.flip();
            while (tcpAnswer.remaining() >= 2
                    && tcpAnswer.remaining() >= 2 + (tcpAnswer.getShort(tcpAnswer.position()) & 0xffff)) {
                int length = tcpAnswer.getShort() & 0xffff;
                ByteBuffer message = tcpAnswer.slice(tcpAnswer.position(), length);
                tcpAnswer.position(tcpAnswer.position() + length);
                answered(message);
                if (tcp == null) {
                    return;
                }
            }
            tcpAnswer.compact();
            n = tcp.read(tcpAnswer);
        }
        if (n < 0) {
            closeTcp();
        }
    }

    /** Closes the sockets. */
    void close() {
        closeUdp();
        closeTcp();
    }
}
