package hopyard.proxy.server;

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
 * Recognizes the host of a container: {@code hop_gateway_is_host PORT …}. Docker forwards connections to a published
 * port from the address of the bridge, which is the container's default gateway. On the ports that are named here,
 * {@code allow} and {@code deny} treat a connection from this address as one from 127.0.0.1. Docker uses this address
 * for every client. So the directive is only safe for a port that is published on the host's loopback address.
 *
 * @param address the default gateway for IPv4; {@code null} if there is none
 * @param ports the ports of this server that the directive names
 */
public record HostGateway(InetAddress address, Set<Integer> ports) {

    /** The kernel's table of routes, see proc_net(5): interface, destination, gateway … mask, in hexadecimal. */
    private static final Path ROUTES = Path.of("/proc/net/route");

    /** Finds the gateway of the network namespace that this process is in. */
    public static HostGateway ofThisContainer(Set<Integer> ports) {
        try {
            return new HostGateway(defaultGateway(Files.readAllLines(ROUTES)), ports);
        } catch (IOException e) {
            // a system without this file has no containers, and so no host around this process
            return new HostGateway(null, ports);
        }
    }

    /** Whether the client is the host. */
    public boolean isHost(ClientConnection client) {
        return address != null
                && address.equals(client.peer().getAddress())
                && ports.contains(client.local().getPort());
    }

    /**
     * Returns the gateway of the default route with the lowest metric, which the kernel prefers; {@code null} if none.
     */
    static InetAddress defaultGateway(List<String> routes) throws UnknownHostException {
        InetAddress gateway = null;
        int best = Integer.MAX_VALUE;
        for (String route : routes.subList(Math.min(1, routes.size()), routes.size())) {
            String[] fields = route.trim().split("\\s+");
            boolean isDefault = fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000");
            if (isDefault && !fields[2].equals("00000000") && Integer.parseInt(fields[6]) < best) {
                best = Integer.parseInt(fields[6]);
                // the kernel prints the address as a number in the native byte order
                gateway = InetAddress.getByAddress(ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(Integer.parseUnsignedInt(fields[2], 16))
                        .array());
            }
        }
        return gateway;
    }
}
