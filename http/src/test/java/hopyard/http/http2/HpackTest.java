package hopyard.http.http2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7541: what is read of its examples, what is refused, and that what is written can be read. */
class HpackTest {

    private final HpackDecoder decoder = new HpackDecoder(4096);

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static List<String> decode(HpackDecoder with, byte[] block, int length) throws Http2Exception {
        List<String> fields = new ArrayList<>();
        with.decode(block, 0, length, field -> fields.add(field.toString()));
        return fields;
    }

    private List<String> decode(String hex) throws Http2Exception {
        byte[] block = bytes(hex);
        return decode(decoder, block, block.length);
    }

    @Test
    void literalsAreReadInEachWay() throws Http2Exception {
        // C.2.1 to C.2.4
        assertEquals(
                List.of("custom-key: custom-header"),
                decode("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"));
        assertEquals(List.of(":path: /sample/path"), decode("040c 2f73 616d 706c 652f 7061 7468"));
        assertEquals(List.of("password: secret"), decode("1008 7061 7373 776f 7264 0673 6563 7265 74"));
        assertEquals(List.of(":method: GET"), decode("82"));
    }

    @Test
    void requestsOnOneConnectionReferToEarlierOnes() throws Http2Exception {
        // C.3
        List<String> first = List.of(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
        assertEquals(first, decode("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d"));
        assertEquals(
                List.of(
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: www.example.com",
                        "cache-control: no-cache"),
                decode("8286 84be 5808 6e6f 2d63 6163 6865"));
        assertEquals(
                List.of(
                        ":method: GET",
                        ":scheme: https",
                        ":path: /index.html",
                        ":authority: www.example.com",
                        "custom-key: custom-value"),
                decode("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"));
    }

    @Test
    void soDoThoseInHuffmansCode() throws Http2Exception {
        // C.4
        List<String> first = List.of(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
        assertEquals(first, decode("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"));
        assertEquals(
                List.of(
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: www.example.com",
                        "cache-control: no-cache"),
                decode("8286 84be 5886 a8eb 1064 9cbf"));
        assertEquals(
                List.of(
                        ":method: GET",
                        ":scheme: https",
                        ":path: /index.html",
                        ":authority: www.example.com",
                        "custom-key: custom-value"),
                decode("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"));
    }

    @Test
    void olderFieldsMakeRoomInASmallTable() throws Http2Exception {
        // C.5, with a table of 256 bytes
        HpackDecoder small = new HpackDecoder(256);
        byte[] first = bytes("4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133"
                + "2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d");
        assertEquals(
                List.of(
                        ":status: 302",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com"),
                decode(small, first, first.length));
        byte[] second = bytes("4803 3330 37c1 c0bf");
        assertEquals(
                List.of(
                        ":status: 307",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com"),
                decode(small, second, second.length));
        byte[] third = bytes("88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0"
                + "5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745"
                + "4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31");
        assertEquals(
                List.of(
                        ":status: 200",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:22 GMT",
                        "location: https://www.example.com",
                        "content-encoding: gzip",
                        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
                decode(small, third, third.length));
    }

    @Test
    void huffmansCodeInResponses() throws Http2Exception {
        // C.6.1
        assertEquals(
                List.of(
                        ":status: 302",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com"),
                decode("4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e"
                        + "919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80", // index 0
                "be", // an index that is not there yet
                "ffff ffff ffff 7f", // too large an integer
                "7f", // an integer that breaks off
                "00", // a name that is not there
                "0005 6162", // a text that is shorter than it says
                "3fe2 1f", // a larger table than was allowed: 4097
                "82 20", // a new size behind a field
                "0081 ff 00", // padding of eight bits
                "0081 18 00", // padding that is not all ones: "a" in 5 bits, then 000
                "0084 ffff fffc 00", // the code of EOS
            })
    void whatIsMalformedEndsTheConnection(String hex) {
        Http2Exception e = assertThrows(Http2Exception.class, () -> decode(hex));
        assertEquals(ErrorCode.COMPRESSION_ERROR, e.code());
    }

    @Test
    void theTableMayBeMadeSmallerAndEmptied() throws Http2Exception {
        decode("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d");
        assertEquals(List.of(":authority: www.example.com"), decode("be"));
        assertEquals(List.of(":method: GET"), decode("20 82"));
        assertThrows(Http2Exception.class, () -> decode("be"));
    }

    @Test
    void everyByteIsCodedAndReadBack() throws Http2Exception {
        Random random = new Random(5);
        for (int round = 0; round < 2000; round++) {
            byte[] text = new byte[random.nextInt(60)];
            random.nextBytes(text);
            byte[] code = new byte[4 * text.length + 4];
            int length = Huffman.encode(text, 0, text.length, code, 0);
            assertEquals(Huffman.length(text, 0, text.length), length);
            byte[] back = new byte[Huffman.maxDecoded(length)];
            int n = Huffman.decode(code, 0, length, back);
            assertArrayEquals(text, Arrays.copyOf(back, n));
        }
    }

    @Test
    void whatIsWrittenIsReadAgainWhateverTheTableHolds() throws Http2Exception {
        HpackEncoder encoder = new HpackEncoder();
        Random random = new Random(7);
        for (int round = 0; round < 3000; round++) {
            if (random.nextInt(200) == 0) {
                encoder.allow(random.nextInt(5000));
            }
            List<String> sent = new ArrayList<>();
            encoder.begin();
            int status = List.of(200, 204, 206, 304, 400, 404, 500, 302, 503).get(random.nextInt(9));
            encoder.status(status);
            sent.add(":status: " + status);
            for (int i = random.nextInt(12); i > 0; i--) {
                String name = List.of("Server", "content-type", "X-Own", "Set-Cookie", "date", "ETag", "vary")
                        .get(random.nextInt(7));
                String value = "v".repeat(random.nextInt(80)) + random.nextInt(30);
                if (random.nextBoolean()) {
                    encoder.field(new HttpString(name), value);
                } else {
                    byte[] line = (name + value).getBytes(StandardCharsets.ISO_8859_1);
                    encoder.field(line, 0, name.length(), name.length(), line.length);
                }
                sent.add(name.toLowerCase() + ": " + value);
            }
            assertEquals(sent, decode(decoder, encoder.bytes(), encoder.length()));
        }
    }

    @Test
    void aFieldThatComesAgainIsOneByteAndASecretNever() {
        HpackEncoder encoder = new HpackEncoder();
        int[] lengths = new int[3];
        for (int i = 0; i < 3; i++) {
            encoder.begin();
            encoder.field(new HttpString("server"), "hopyard/0.1");
            lengths[i] = encoder.length();
        }
        assertTrue(lengths[1] > 5, "it is remembered when it comes for the second time");
        assertEquals(1, lengths[2]);
        for (int i = 0; i < 3; i++) {
            encoder.begin();
            encoder.field(new HttpString("Set-Cookie"), "id=secret");
            lengths[i] = encoder.length();
            assertEquals(0x1f, encoder.bytes()[0], "never indexed");
        }
        assertEquals(lengths[0], lengths[2]);
    }

    @Test
    void namesAndValuesAreJudged() throws Http2Exception {
        List<HpackField> fields = new ArrayList<>();
        byte[] block = bytes("0003 466f 6f01 78" + "0003 666f 6f01 0a" + "0003 666f 6f02 2078" + "0001 3a00" + "0000");
        decoder.decode(block, 0, block.length - 2, fields::add);
        assertFalse(fields.get(0).hasGoodName(), "Foo");
        assertTrue(fields.get(0).hasGoodValue());
        assertFalse(fields.get(1).hasGoodValue(), "a line feed");
        assertFalse(fields.get(2).hasGoodValue(), "a blank at the beginning");
        assertFalse(fields.get(3).hasGoodName(), "a colon alone");
    }
}
