package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions to name servers, and their answers, byte by byte (RFC 1035 §4.1). */
class DnsMessageTest {

    /** {@code a.example}, the type A, the class IN. */
    private static final String QUESTION = "01 61 07 65 78 61 6d 70 6c 65 00 00 01 00 01";

    private static DnsMessage parse(String hex) throws IOException {
        return DnsMessage.parse(ByteBuffer.wrap(bytes(hex)));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }

    private static String head(String flags, int records) {
        return "12 34 " + flags + " 00 01 00 0" + records + " 00 00 00 00 " + QUESTION;
    }

    @Test
    void aQuestion() {
        assertArrayEquals(
                bytes("12 34 01 00 00 01 00 00 00 00 00 00 " + QUESTION), DnsMessage.question(0x1234, "a.example", 1));
        assertTrue(DnsMessage.canAsk("a".repeat(63) + ".b_c-d"));
        for (String name : List.of("", "a..b", ".", "a".repeat(64), ("a".repeat(63) + ".").repeat(4) + "a")) {
            assertFalse(DnsMessage.canAsk(name), name);
        }
    }

    @Test
    void addressesAndHowLongTheyAreGoodFor() throws IOException {
        DnsMessage answer = parse(head("81 80", 2)
                + "c0 0c 00 01 00 01 00 00 00 3c 00 04 7f 00 00 01"
                + "c0 0c 00 01 00 01 00 00 00 1e 00 04 7f 00 00 02");
        assertEquals(
                new DnsMessage(
                        0x1234,
                        0,
                        false,
                        "a.example",
                        DnsMessage.A,
                        false,
                        List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")),
                        null,
                        30),
                answer);
    }

    @Test
    void anotherNameWithAndWithoutItsAddresses() throws IOException {
        String cname = "c0 0c 00 05 00 01 00 00 00 05 00 04 01 42 c0 0e";
        DnsMessage alone = parse(head("81 80", 1) + cname);
        assertEquals("b.example", alone.cname());
        assertEquals(List.of(), alone.addresses());
        DnsMessage both = parse(head("81 80", 2) + cname + "c0 27 00 01 00 01 00 00 00 3c 00 04 7f 00 00 01");
        assertEquals("b.example", both.cname());
        assertEquals(5, both.ttlSeconds());
        assertEquals(1, both.addresses().size());
    }

    @Test
    void whatWasWrongAndWhatHasNoRoom() throws IOException {
        assertEquals(3, parse(head("81 83", 0)).code());
        assertTrue(parse(head("83 80", 1)).isTruncated());
        assertEquals(1, parse("12 34 81 81 00 00 00 00 00 00 00 00").code());
        assertTrue(parse(head("81 80", 0)).isEmpty());
        assertNull(parse(head("81 80", 0)).cname());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "12 34 81 80 00 01 00 00 00 00 00",
                // a question, not an answer
                "12 34 01 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01",
                // an unknown code, no question, a name without an end, names in circles and behind the end
                "12 34 81 86 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01",
                "12 34 81 80 00 00 00 00 00 00 00 00",
                "12 34 81 80 00 01 00 00 00 00 00 00 05 61",
                "12 34 81 80 00 01 00 00 00 00 00 00 c0 0c 00 01 00 01",
                "12 34 81 80 00 01 00 00 00 00 00 00 c0 ff 00 01 00 01",
                // another type than those of addresses
                "12 34 81 80 00 01 00 00 00 00 00 00 01 61 00 00 0f 00 01",
                // records without data, with too little, and of the other type
                "12 34 81 80 00 01 00 01 00 00 00 00 01 61 00 00 01 00 01 c0 0c 00 01 00 01 00 00 00 3c 00 00",
                "12 34 81 80 00 01 00 01 00 00 00 00 01 61 00 00 01 00 01 c0 0c 00 01 00 01 00 00 00 3c 00 04 7f",
                "12 34 81 80 00 01 00 01 00 00 00 00 01 61 00 00 1c 00 01 c0 0c 00 01 00 01 00 00 00 3c 00 04 7f 00 00 01"
            })
    void whatIsMalformedIsNoAnswer(String hex) {
        assertThrows(IOException.class, () -> parse(hex));
    }
}
