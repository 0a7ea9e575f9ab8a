package hopyard.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {

    @ParameterizedTest
    @CsvSource({
        "0:0:0:0:0:0:0:1, ::1",
        "0:0:0:0:0:0:0:0, ::",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "::ffff:1.2.3.4, ::ffff:1.2.3.4",
        "::1.2.3.4, ::1.2.3.4",
        "::304, ::0.0.3.4",
        "::2, ::2",
        "::ffff:1:2:3, ::ffff:1:2:3",
    })
    void anIpv6AddressIsWrittenInItsShortestForm(String given, String shortest) {
        InetAddress ip = Addresses.asWritten(given);
        assertEquals(shortest, Addresses.host(ip));
        assertEquals("[" + shortest + "]:80", Addresses.text(new InetSocketAddress(ip, 80)));
    }
}
