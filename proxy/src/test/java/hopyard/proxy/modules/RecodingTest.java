package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that is converted in pieces; what comes of which bytes is compared with nginx in {@code charset.cases}. */
class RecodingTest {

    private static byte[][] latin1() {
        byte[][] table = new byte[256][];
        table[0] = new byte[256];
        for (int i = 0; i < 256; i++) {
            table[0][i] = (byte) i;
        }
        return table;
    }

    private static String convert(Recoding recoding, byte[] content, int piece, int room) {
        StringBuilder made = new StringBuilder();
        ByteBuffer out = ByteBuffer.allocate(room);
        for (int at = 0; at < content.length; at += piece) {
            ByteBuffer in = ByteBuffer.wrap(content, at, Math.min(piece, content.length - at));
            while (in.hasRemaining()) {
                recoding.filter(in, out);
                made.append(new String(out.array(), 0, out.position(), StandardCharsets.ISO_8859_1));
                out.clear();
            }
        }
        return made.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 1000})
    void charactersMayComeInPieces(int piece) {
        Recoding recoding = new Recoding(new Recoding.Table(null, latin1(), true));
        byte[] text = "caf\u00e9 \u20ac \ud83d\ude00 x".getBytes(StandardCharsets.UTF_8);
        assertEquals("caf\u00e9 &#8364; &#128512; x", convert(recoding, text, piece, 20));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 17, 1000})
    void bytesThatBecomeLongerWaitForRoom(int room) {
        byte[][] table = new byte[256][];
        for (int i = 0; i < 256; i++) {
            table[i] = new String(new char[] {(char) i}).getBytes(StandardCharsets.UTF_8);
        }
        Recoding recoding = new Recoding(new Recoding.Table(table, null, true));
        String text = "caf\u00e9 ".repeat(30);
        String made = convert(recoding, text.getBytes(StandardCharsets.ISO_8859_1), 1000, room);
        assertEquals(text, new String(made.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }
}
