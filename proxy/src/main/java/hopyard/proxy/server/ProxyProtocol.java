package hopyard.proxy.server;

import hopyard.proxy.io.ForwardedClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The header of the PROXY protocol, which a load balancer sends ahead of the client's bytes.
 *
 * @param client the address of the client; {@code null} if the header does not tell it
 * @param server the address that the client connected to; {@code null} if the header does not tell it
 * @param vectors what else the header tells, in type-length-value vectors, as a byte string; empty for nothing
 * @param length the length of the header, in bytes
 * @see <a href="https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt">The PROXY protocol, versions 1 and 2</a>
 */
public record ProxyProtocol(InetSocketAddress client, InetSocketAddress server, String vectors, int length) {

    /** The longest header of version 1, in bytes. */
    private static final int MAX_V1 = 107;

    /** How much of a header of version 2 is read at most, in bytes. */
    static final int LONGEST = 4096;

    private static final byte[] V2 = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);

    /** Thrown if the bytes are not a header. */
    static final class BrokenException extends Exception {
        BrokenException(String message) {
            super(message);
        }
    }

    /**
     * Reads the header at the buffer's position, which is left as it is.
     *
     * @return the header; {@code null} if it is not complete yet
     * @throws BrokenException if the bytes are not a header
     */
    static ProxyProtocol parse(ByteBuffer buffer) throws BrokenException {
        byte[] bytes = new byte[Math.min(buffer.remaining(), LONGEST)];
        buffer.get(buffer.position(), bytes);
        if (startsWith(bytes, V2)) {
            return v2(bytes);
        }
        if (startsWith(bytes, V1)) {
            return v1(bytes);
        }
        throw new BrokenException("broken header: \"" + shown(bytes) + "\"");
    }

    /** Whether the bytes begin in this way, or may do so when more bytes come. */
    private static boolean startsWith(byte[] bytes, byte[] beginning) {
        int n = Math.min(bytes.length, beginning.length);
        return Arrays.equals(bytes, 0, n, beginning, 0, n);
    }

    private static ProxyProtocol v1(byte[] bytes) throws BrokenException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n");
        if (end < 0 || end + 2 > MAX_V1) {
            if (text.length() > MAX_V1) {
                throw new BrokenException("broken header: \"" + shown(bytes) + "\"");
            }
            return null;
        }
        String[] words = text.substring(0, end).split(" ");
        // splitting a text of blanks alone leaves no words
        if (words.length > 1 && words[1].equals("UNKNOWN")) {
            return new ProxyProtocol(null, null, "", end + 2);
        }
        if (words.length != 6 || !words[1].equals("TCP4") && !words[1].equals("TCP6")) {
            throw new BrokenException("broken header: \"" + shown(bytes) + "\"");
        }
        InetSocketAddress client = ForwardedClient.parse(words[2]);
        InetSocketAddress server = ForwardedClient.parse(words[3]);
        int from = port(words[4]);
        int to = port(words[5]);
        if (client == null || server == null || from < 0 || to < 0) {
            throw new BrokenException("broken header: \"" + shown(bytes) + "\"");
        }
        return new ProxyProtocol(
                new InetSocketAddress(client.getAddress(), from),
                new InetSocketAddress(server.getAddress(), to),
                "",
                end + 2);
    }

    private static int port(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) < 65536 ? Integer.parseInt(text) : -1;
    }

    private static ProxyProtocol v2(byte[] bytes) throws BrokenException {
        if (bytes.length < 16) {
            return null;
        }
        int command = bytes[12] & 0x0f;
        int family = bytes[13] & 0xff;
        int length = (bytes[14] & 0xff) << 8 | bytes[15] & 0xff;
        if (bytes[12] >> 4 != 2) {
            throw new BrokenException("unknown PROXY protocol version: " + (bytes[12] >> 4));
        }
        if (16 + length > LONGEST) {
            throw new BrokenException("PROXY protocol v2 header is too large");
        }
        if (bytes.length < 16 + length) {
            return null;
        }
        int size = family == 0x11 ? 4 : family == 0x21 ? 16 : 0;
        if (command != 1 || size == 0 || length < 2 * size + 4) {
            return new ProxyProtocol(null, null, "", 16 + length);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 16, length);
        byte[] source = new byte[size];
        byte[] destination = new byte[size];
        in.get(source).get(destination);
        try {
            InetSocketAddress client = new InetSocketAddress(InetAddress.getByAddress(source), in.getShort() & 0xffff);
            InetSocketAddress server =
                    new InetSocketAddress(InetAddress.getByAddress(destination), in.getShort() & 0xffff);
            String vectors = new String(bytes, in.position(), in.remaining(), StandardCharsets.ISO_8859_1);
            return new ProxyProtocol(client, server, vectors, 16 + length);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, MAX_V1), StandardCharsets.ISO_8859_1)
                .replaceAll("[^ -~]", ".");
    }
}
