package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The keys of requests: users for {@code hash}, clients' addresses for {@code ip_hash}. */
final class Keys {

    private Keys() {}

    static byte[] of(Balancing balancing, int number) {
        if (balancing == Balancing.IP_HASH) {
            int bits = new Random(number).nextInt();
            return new byte[] {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits};
        }
        return balancing.usesKey() ? ("user-" + number).getBytes(StandardCharsets.US_ASCII) : null;
    }
}
