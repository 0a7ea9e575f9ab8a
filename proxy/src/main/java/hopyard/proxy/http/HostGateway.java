package hopyard.proxy.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Who the machine around a container is: {@code hop_gateway_is_host PORT …}. Docker passes on what reaches a published port
 * from the address of the bridge, which is the container's default gateway. At the ports that are named here, {@code allow}
 * and {@code deny} take a connection from that one address for one from 127.0.0.1. Docker does so whoever connects, so this
 * holds only for a port that is published on the machine's loopback address.
 *
 * @param address the default gateway for IPv4; {@code null} if there is none
 * @param ports where we listen
 */
public record HostGateway(InetAddress address, Set<Integer> ports) {

    /** The kernel's table of routes, see proc_net(5): interface, destination, gateway … mask, in hexadecimal. */
    private static final Path ROUTES = Path.of("/proc/net/route");

    /** The gateway of the network namespace that we are in. */
    public static HostGateway ofThisContainer(Set<Integer> ports) {
        try {
            return new HostGateway(defaultGateway(Files.readAllLines(ROUTES)), ports);
        } catch (IOException e) {
            // a system without this file has no containers, and so no host around us
            return new HostGateway(null, ports);
        }
    }

    /** Whether the client is the machine around us, unless a trusted proxy there has named another. */
    public boolean isHost(Exchange exchange) {
        return address != null
                && !exchange.hasRemoteAddress()
                && address.equals(exchange.client().peer().getAddress())
                && ports.contains(exchange.client().local().getPort());
    }

    /** Finds the default route that the kernel prefers, which is the one with the lowest metric. */
    static InetAddress defaultGateway(List<String> routes) throws UnknownHostException {
        InetAddress gateway = null;
        int best = Integer.MAX_VALUE;
        for (String route : routes.subList(Math.min(1, routes.size()), routes.size())) {
            String[] fields = route.trim().split("\\s+");
            boolean isDefault = fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000");
            if (isDefault && !fields[2].equals("00000000") && Integer.parseInt(fields[6]) < best) {
                best = Integer.parseInt(fields[6]);
                // the kernel prints the address as a number in the order of its own bytes
                gateway = InetAddress.getByAddress(ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(Integer.parseUnsignedInt(fields[2], 16))
                        .array());
            }
        }
        return gateway;
    }
}
