package hopyard.proxy.io;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Values;
import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.function.Consumer;

/** An IP address, or a block of them in CIDR notation; or the Unix domain, whose peers have no address. */
public record Network(byte[] address, int bits) {

    /** All peers in the Unix domain. */
    private static final Network UNIX = new Network(new byte[0], 0);

    /**
     * Reads {@code 10.0.0.0/8}, {@code ::1} and the like.
     *
     * @param mistake the message if the text is neither an address nor a block
     * @param warn is told of bits that do not count
     * @throws ConfException with that message
     */
    public static Network parse(String text, Directive d, String mistake, Consumer<String> warn) throws ConfException {
        int slash = text.indexOf('/');
        String ip = slash < 0 ? text : text.substring(0, slash);
        InetAddress literal = Addresses.literal(ip);
        if (literal == null) {
            throw d.error(mistake);
        }
        byte[] address = literal.getAddress();
        int bits = slash < 0 ? address.length * 8 : Values.parseNumber(text.substring(slash + 1));
        if (bits < 0 || bits > address.length * 8) {
            throw d.error(mistake);
        }
        byte[] known = address.clone();
        for (int i = bits; i < address.length * 8; i++) {
            address[i >> 3] &= (byte) ~(0x80 >> (i & 7));
        }
        if (!Arrays.equals(known, address)) {
            warn.accept("low address bits of " + text + " are meaningless in " + d.place());
        }
        return new Network(address, bits);
    }

    /**
     * Reads the same, or {@code unix:}.
     *
     * @throws ConfException with the message
     */
    public static Network orUnix(String text, Directive d, String mistake, Consumer<String> warn) throws ConfException {
        return text.equals("unix:") ? UNIX : parse(text, d, mistake, warn);
    }

    /** Whether an address is in the block; {@code null} is that of a peer in the Unix domain. */
    public boolean contains(InetAddress other) {
        if (other == null || this == UNIX) {
            return other == null && this == UNIX;
        }
        byte[] theirs = Addresses.unmapped(other).getAddress();
        if (theirs.length != address.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if (((theirs[i >> 3] ^ address[i >> 3]) >> (7 - (i & 7)) & 1) != 0) {
                return false;
            }
        }
        return true;
    }
}
