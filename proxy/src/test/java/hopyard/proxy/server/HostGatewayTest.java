package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which address the kernel's table of routes gives; who comes from there is seen by .ci/neighbour-check. */
class HostGatewayTest {

    private static final String HEAD =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
    private static final String OF_A_CONTAINER = "eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0";

    @BeforeEach
    void theTablesBelowAreThoseOfALittleEndianMachine() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "skipped: a big-endian machine");
    }

    private static void assertGateway(String expected, String... routes) throws UnknownHostException {
        assertEquals(InetAddress.getByName(expected), HostGateway.defaultGateway(List.of(routes)));
    }

    @Test
    void theDefaultRoutesGatewayIsFoundAmongOtherRoutes() throws UnknownHostException {
        assertGateway(
                "172.18.0.1",
                HEAD,
                "eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
                "eth0\t0000A8C0\t050012AC\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0",
                OF_A_CONTAINER + "   ");
    }

    @Test
    void ofSeveralTheOneWithTheLowestMetricCounts() throws UnknownHostException {
        assertGateway(
                "172.18.0.1", HEAD, "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0", OF_A_CONTAINER);
    }

    @Test
    void whereThereIsNoneNobodyIsTheHost() throws UnknownHostException {
        assertNull(HostGateway.defaultGateway(List.of()));
        assertNull(HostGateway.defaultGateway(List.of(HEAD)));
        // half of everything is not everything, and a route without a gateway has none
        assertNull(HostGateway.defaultGateway(List.of(
                HEAD,
                "tun0\t00000000\t010012AC\t0003\t0\t0\t0\t00000080\t0\t0\t0",
                "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0")));
    }
}
