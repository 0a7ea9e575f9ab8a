package hopyard.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a client says first (RFC 8446 §4.1.2), as far as it matters before TLS is spoken.
 *
 * @param serverName the name that it asks for, as it was sent (RFC 6066 §3); {@code null} if it has sent none
 * @param suites the numbers of its cipher suites
 * @param groups the numbers of its groups for the key exchange
 * @param keyShares the numbers of those that it has begun the exchange with (RFC 8446 §4.2.8)
 * @param versions the numbers of the versions of TLS that it speaks
 * @param signatures the numbers of the signatures that it understands (RFC 8446 §4.2.3)
 * @param applicationProtocols what it would speak on TLS (RFC 7301)
 * @param takesTickets whether it could keep a session of TLS 1.2 (RFC 5077 §3.2)
 * @param ticketKey the name of the key that its ticket is encrypted with, by RFC 5077 §4, one character for each byte;
 *     {@code null} if it has none
 */
public record ClientHello(
        String serverName,
        int[] suites,
        int[] groups,
        int[] keyShares,
        int[] versions,
        int[] signatures,
        List<String> applicationProtocols,
        boolean takesTickets,
        String ticketKey) {

    private static final int[] NONE = {};

    /** What is known of a client that does not begin as it should. TLS itself says what is wrong. */
    static final ClientHello UNKNOWN = new ClientHello(null, NONE, NONE, NONE, NONE, NONE, List.of(), false, null);

    /** What is known of a client whose record is longer than TLS allows (RFC 8446 §5.1). */
    static final ClientHello TOO_LONG = new ClientHello(null, NONE, NONE, NONE, NONE, NONE, List.of(), false, null);

    /** The type of records that a handshake is in, and their header: type, version, length (RFC 8446 §5.1). */
    private static final int HANDSHAKE_RECORD = 22;

    private static final int RECORD_HEADER = 5;

    /** The type of the message, and what stands before its content: the type, and the length in three bytes. */
    private static final int CLIENT_HELLO = 1;

    private static final int MESSAGE_HEADER = 4;
    private static final int RANDOM = 32;

    private static final int SERVER_NAME = 0;
    private static final int SUPPORTED_GROUPS = 10;
    private static final int SIGNATURES = 13;
    private static final int APPLICATION_PROTOCOLS = 16;
    private static final int SESSION_TICKET = 35;
    private static final int PRE_SHARED_KEY = 41;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int KEY_SHARE = 51;

    /** Returns the name in lower case and without a final dot, as servers are found by it. */
    public String host() {
        String lower = serverName.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** Reads it from the first records of a connection, which stay as they are; {@code null} if some is missing. */
    public static ClientHello read(ByteBuffer records) {
        ByteArrayOutputStream message = new ByteArrayOutputStream(512);
        int at = records.position();
        while (records.limit() - at >= RECORD_HEADER) {
            if (records.get(at) != HANDSHAKE_RECORD) {
                return UNKNOWN;
            }
            int length = records.getShort(at + 3) & 0xffff;
            if (length > TlsTerms.MAX_RECORD) {
                return TOO_LONG;
            }
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
            int[] versions = {hello.getShort() & 0xffff};
            hello.position(hello.position() + RANDOM);
            vector(hello, hello.get() & 0xff);
            int[] suites = numbers(vector(hello, hello.getShort() & 0xffff));
            vector(hello, hello.get() & 0xff);
            String name = null;
            int[] groups = NONE;
            int[] shares = NONE;
            int[] signatures = NONE;
            List<String> protocols = List.of();
            boolean takesTickets = false;
            String ticketKey = null;
            ByteBuffer extensions = hello.hasRemaining() ? vector(hello, hello.getShort() & 0xffff) : hello;
            while (extensions.hasRemaining()) {
                int type = extensions.getShort() & 0xffff;
                ByteBuffer content = vector(extensions, extensions.getShort() & 0xffff);
                switch (type) {
                    case SERVER_NAME -> name = content.hasRemaining() ? name(list(content)) : null;
                    case SUPPORTED_GROUPS -> groups = numbers(list(content));
                    case SIGNATURES -> signatures = numbers(list(content));
                    case APPLICATION_PROTOCOLS -> protocols = names(list(content));
                    case SESSION_TICKET -> {
                        takesTickets = true;
                        ticketKey = ticketKey(content);
                    }
                    case PRE_SHARED_KEY -> ticketKey = ticketKey(list(list(content)));
                    case SUPPORTED_VERSIONS -> versions = numbers(vector(content, content.get() & 0xff));
                    case KEY_SHARE -> shares = shares(list(content));
                    default -> {
                        // of no matter before TLS is spoken
                    }
                }
            }
            return new ClientHello(
                    name, suites, groups, shares, versions, signatures, protocols, takesTickets, ticketKey);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return UNKNOWN;
        }
    }

    private static ByteBuffer vector(ByteBuffer from, int length) {
        ByteBuffer its = from.slice(from.position(), length);
        from.position(from.position() + length);
        return its;
    }

    /** Returns a list that says in two bytes how long it is. */
    private static ByteBuffer list(ByteBuffer from) {
        return vector(from, from.getShort() & 0xffff);
    }

    private static String ticketKey(ByteBuffer ticket) {
        return ticket.remaining() < TicketKey.BYTES
                ? null
                : StandardCharsets.ISO_8859_1
                        .decode(vector(ticket, TicketKey.BYTES))
                        .toString();
    }

    private static int[] shares(ByteBuffer from) {
        IntStream.Builder groups = IntStream.builder();
        while (from.hasRemaining()) {
            groups.add(from.getShort() & 0xffff);
            list(from);
        }
        return groups.build().toArray();
    }

    private static List<String> names(ByteBuffer from) {
        List<String> names = new ArrayList<>();
        while (from.hasRemaining()) {
            names.add(StandardCharsets.ISO_8859_1
                    .decode(vector(from, from.get() & 0xff))
                    .toString());
        }
        return names;
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
