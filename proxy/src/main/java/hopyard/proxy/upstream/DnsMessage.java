package hopyard.proxy.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A name server's answer to a question for addresses.
 *
 * @param id the question's number
 * @param code 0, or what was wrong
 * @param isTruncated whether the whole answer has no room in a datagram
 * @param name the name that was asked for, in lower case
 * @param type {@link #A} or {@link #AAAA}
 * @param isEmpty whether there is no record at all
 * @param cname the name that this one stands for, in lower case; {@code null} for none
 * @param ttlSeconds how long the answer is good for
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1035#section-4.1">RFC 1035 §4.1</a>
 */
record DnsMessage(
        int id,
        int code,
        boolean isTruncated,
        String name,
        int type,
        boolean isEmpty,
        List<InetAddress> addresses,
        String cname,
        long ttlSeconds) {

    /** The type of an IPv4 address. */
    static final int A = 1;

    /** The type of an IPv6 address (RFC 3596). */
    static final int AAAA = 28;

    /** The code for a question that the server could not read. */
    static final int FORMAT_ERROR = 1;

    /** The code for a name that there is not. */
    static final int NO_SUCH_NAME = 3;

    private static final int CNAME = 5;
    private static final int IN = 1;

    private static final int RECURSION_DESIRED = 0x100;
    private static final int TRUNCATED = 0x200;

    /** An answer to a plain question has the first of these bits and none of the others. */
    private static final int KIND = 0xf870;

    private static final int IS_ANSWER = 0x8000;

    /** The highest code that is known. */
    private static final int MAX_CODE = 5;

    private static final int MAX_LABEL = 63;

    /** How often a name may go on elsewhere in the message, so that it does not go round in circles. */
    private static final int MAX_JUMPS = 128;

    /** Whether a name can be asked for. */
    static boolean canAsk(String name) {
        if (name.isEmpty() || name.length() > 255) {
            return false;
        }
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL) {
                return false;
            }
        }
        return true;
    }

    /** Returns a question for the addresses of a name. */
    static byte[] question(int id, String name, int type) {
        ByteBuffer out = ByteBuffer.allocate(12 + name.length() + 2 + 4);
        out.putShort((short) id).putShort((short) RECURSION_DESIRED);
        out.putShort((short) 1).putShort((short) 0).putInt(0);
        for (String label : name.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.put((byte) 0).putShort((short) type).putShort((short) IN);
        return out.array();
    }

    /**
     * Reads an answer. Of an answer whose code is {@link #FORMAT_ERROR}, only the number and the code are read.
     *
     * @throws IOException if it is malformed, or answers another kind of question
     */
    static DnsMessage parse(ByteBuffer in) throws IOException {
        if (in.remaining() < 12) {
            throw new IOException("short DNS response");
        }
        ByteBuffer all = in.slice();
        int id = all.getShort() & 0xffff;
        int flags = all.getShort() & 0xffff;
        int questions = all.getShort() & 0xffff;
        int records = all.getShort() & 0xffff;
        all.position(12);
        if ((flags & KIND) != IS_ANSWER) {
            throw new IOException("invalid DNS response");
        }
        int code = flags & 15;
        if (code == FORMAT_ERROR) {
            return new DnsMessage(id, code, false, "", 0, true, List.of(), null, 0);
        }
        if (code > MAX_CODE || questions != 1) {
            throw new IOException("DNS error (" + code + ")");
        }
        String name = name(all);
        if (all.remaining() < 4) {
            throw new IOException("short DNS response");
        }
        int type = all.getShort() & 0xffff;
        if (all.getShort() != IN || type != A && type != AAAA) {
            throw new IOException("unknown query type or class in DNS response");
        }
        boolean isTruncated = (flags & TRUNCATED) != 0;
        if (isTruncated || code != 0) {
            return new DnsMessage(id, code, isTruncated, name, type, true, List.of(), null, 0);
        }
        Records read = new Records(type);
        for (int i = 0; i < records; i++) {
            read.next(all);
        }
        return new DnsMessage(
                id, code, false, name, type, records == 0, List.copyOf(read.addresses), read.cname, read.ttl);
    }

    /** The records of an answer. */
    private static final class Records {
        private final int type;
        private final List<InetAddress> addresses = new ArrayList<>();
        private String cname;
        private long ttl = Integer.MAX_VALUE;

        Records(int type) {
            this.type = type;
        }

        void next(ByteBuffer all) throws IOException {
            name(all);
            // nginx wants something behind the fixed part
            if (all.remaining() <= 10) {
                throw new IOException("short DNS response");
            }
            int its = all.getShort() & 0xffff;
            if (all.getShort() != IN) {
                throw new IOException("unexpected RR class in DNS response");
            }
            ttl = Math.min(ttl, Math.max(0, all.getInt()));
            int length = all.getShort() & 0xffff;
            if (length > all.remaining()) {
                throw new IOException("short DNS response");
            }
            int end = all.position() + length;
            if (its == CNAME) {
                cname = name(all);
            } else if (its == A || its == AAAA) {
                if (its != type || length != (its == A ? 4 : 16)) {
                    throw new IOException("invalid address record in DNS response");
                }
                byte[] address = new byte[length];
                all.get(address);
                addresses.add(InetAddress.getByAddress(address));
            }
            all.position(end);
        }
    }

    /** Reads a name, which may go on elsewhere in the message, and moves behind it. */
    private static String name(ByteBuffer all) throws IOException {
        StringBuilder out = new StringBuilder();
        int at = all.position();
        int behind = -1;
        for (int jumps = 0; jumps < MAX_JUMPS; ) {
            if (at >= all.limit()) {
                throw new IOException("short DNS response");
            }
            int length = all.get(at++) & 0xff;
            if (length == 0) {
                all.position(behind < 0 ? at : behind);
                return out.toString().toLowerCase(Locale.ROOT);
            }
            if (length > MAX_LABEL) {
                if (at >= all.limit()) {
                    throw new IOException("short DNS response");
                }
                int to = (length & 0x3f) << 8 | all.get(at++) & 0xff;
                behind = behind < 0 ? at : behind;
                at = to;
                jumps++;
                continue;
            }
            if (at + length > all.limit()) {
                throw new IOException("short DNS response");
            }
            out.append(out.length() == 0 ? "" : ".");
            for (int i = 0; i < length; i++) {
                out.append((char) (all.get(at++) & 0xff));
            }
        }
        throw new IOException("compression pointers loop in DNS response");
    }
}
