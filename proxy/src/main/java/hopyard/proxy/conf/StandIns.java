package hopyard.proxy.conf;

import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Addresses that stand for names, so that no name has to be looked up. */
final class StandIns {

    private final Map<String, InetAddress> names = new HashMap<>();

    List<InetAddress> lookUp(String host) throws UnknownHostException {
        InetAddress literal = Addresses.literal(host);
        if (literal != null) {
            return List.of(literal);
        }
        if (host.isEmpty()) {
            throw new UnknownHostException(host);
        }
        InetAddress known = names.get(host);
        if (known == null) {
            // an address of 0.0.0.0/8, which no host can have (RFC 1122 §3.2.1.3)
            known = InetAddress.getByAddress(
                    ByteBuffer.allocate(4).putInt(names.size() + 1).array());
            names.put(host, known);
        }
        return List.of(known);
    }
}
