package hopyard.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a client says first (RFC 8446 §4.1.2), as far as it matters before TLS is spoken.
 *
 * @param serverName the name that it asks for, as it was sent (RFC 6066 §3); {@code null} if it has sent none
 * @param suites the numbers of its cipher suites
 * @param groups the numbers of its groups for the key exchange
 */
public record ClientHello(String serverName, int[] suites, int[] groups) {

    /** What is known of a client that does not begin as it should. TLS itself says what is wrong. */
    static final ClientHello UNKNOWN = new ClientHello(null, new int[0], new int[0]);

    /** The type of records that a handshake is in, and their header: type, version, length (RFC 8446 §5.1). */
    private static final int HANDSHAKE_RECORD = 22;

    private static final int RECORD_HEADER = 5;

    /** The type of the message, and what stands before its content: the type, and the length in three bytes. */
    private static final int CLIENT_HELLO = 1;

    private static final int MESSAGE_HEADER = 4;
    private static final int RANDOM = 32;

    private static final int SERVER_NAME = 0;
    private static final int SUPPORTED_GROUPS = 10;

    /** Returns the name in lower case and without a final dot, as servers are found by it. */
    public String host() {
        String lower = serverName.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** Reads it from the first records of a connection, which stay as they are; {@code null} if some is missing. */
    static ClientHello read(ByteBuffer records) {
        ByteArrayOutputStream message = new ByteArrayOutputStream(512);
        int at = records.position();
        while (records.limit() - at >= RECORD_HEADER) {
            if (records.get(at) != HANDSHAKE_RECORD) {
                return UNKNOWN;
            }
            int length = records.getShort(at + 3) & 0xffff;
            byte[] part = new byte[Math.min(length, records.limit() - at - RECORD_HEADER)];
            records.get(at + RECORD_HEADER, part);
            message.writeBytes(part);
            ByteBuffer soFar = ByteBuffer.wrap(message.toByteArray());
            if (soFar.remaining() >= MESSAGE_HEADER) {
                int announced = soFar.getInt();
                if (announced >>> 24 != CLIENT_HELLO) {
                    return UNKNOWN;
                }
                if (soFar.remaining() >= (announced & 0xffffff)) {
                    return parse(soFar.limit(MESSAGE_HEADER + (announced & 0xffffff)));
                }
            }
            at += RECORD_HEADER + length;
        }
        return null;
    }

    private static ClientHello parse(ByteBuffer hello) {
        try {
            hello.position(hello.position() + 2 + RANDOM);
            vector(hello, hello.get() & 0xff);
            int[] suites = numbers(vector(hello, hello.getShort() & 0xffff));
            vector(hello, hello.get() & 0xff);
            String name = null;
            int[] groups = {};
            ByteBuffer extensions = hello.hasRemaining() ? vector(hello, hello.getShort() & 0xffff) : hello;
            while (extensions.hasRemaining()) {
                int type = extensions.getShort() & 0xffff;
                ByteBuffer content = vector(extensions, extensions.getShort() & 0xffff);
                if (type == SERVER_NAME && content.hasRemaining()) {
                    name = name(vector(content, content.getShort() & 0xffff));
                } else if (type == SUPPORTED_GROUPS) {
                    groups = numbers(vector(content, content.getShort() & 0xffff));
                }
            }
            return new ClientHello(name, suites, groups);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return UNKNOWN;
        }
    }

    private static ByteBuffer vector(ByteBuffer from, int length) {
        ByteBuffer its = from.slice(from.position(), length);
        from.position(from.position() + length);
        return its;
    }

    private static int[] numbers(ByteBuffer from) {
        int[] numbers = new int[from.remaining() / 2];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = from.getShort() & 0xffff;
        }
        return numbers;
    }

    /** Returns the host name, which is the only kind of name that there is. */
    private static String name(ByteBuffer list) {
        list.get();
        byte[] name = new byte[list.getShort() & 0xffff];
        list.get(name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
