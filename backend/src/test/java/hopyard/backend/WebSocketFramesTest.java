package hopyard.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketFramesTest {

    private static final HexFormat HEX = HexFormat.of();

    /** A client's frame, with a mask of zeros but for its last byte. */
    private static byte[] frame(int first, byte[] content) {
        ByteBuffer frame = ByteBuffer.allocate(14 + content.length).put((byte) first);
        if (content.length < 126) {
            frame.put((byte) (0x80 | content.length));
        } else if (content.length < 1 << 16) {
            frame.put((byte) 0xfe).putShort((short) content.length);
        } else {
            frame.put((byte) 0xff).putLong(content.length);
        }
        frame.putInt(7);
        for (int i = 0; i < content.length; i++) {
            frame.put((byte) (content[i] ^ (i % 4 == 3 ? 7 : 0)));
        }
        byte[] bytes = new byte[frame.flip().remaining()];
        frame.get(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What comes back, in hexadecimal, when so many bytes come at a time. */
    private static String answer(int atATime, byte[]... all) {
        WebSocketFrames frames = new WebSocketFrames();
        StringBuilder answers = new StringBuilder();
        for (byte[] bytes : all) {
            for (int at = 0; at < bytes.length; at += atATime) {
                int n = Math.min(atATime, bytes.length - at);
                ByteBuffer answer = ByteBuffer.allocate(n + WebSocketFrames.MAX_MORE);
                frames.answer(ByteBuffer.wrap(bytes, at, n).slice(), answer);
                answers.append(HEX.formatHex(answer.array(), 0, answer.position()));
            }
        }
        return answers.toString();
    }

    /** The contents of the frames of an answer. */
    private static String contents(String answer) {
        ByteBuffer frames = ByteBuffer.wrap(HEX.parseHex(answer));
        StringBuilder contents = new StringBuilder();
        while (frames.hasRemaining()) {
            frames.get();
            int length = frames.get();
            byte[] content = new byte[length == 126 ? frames.getShort() & 0xffff : length];
            frames.get(content);
            contents.append(new String(content, StandardCharsets.ISO_8859_1));
        }
        return contents.toString();
    }

    @Test
    void aMessageComesBackAsItIs() {
        assertEquals("8105" + HEX.formatHex(text("hello")), answer(100, frame(0x81, text("hello"))));
        assertEquals("8100", answer(1, frame(0x81, text(""))));
    }

    @Test
    void whatHasComeOfAMessageComesBackBeforeItsEnd() {
        byte[] begun = frame(0x82, new byte[500]);
        byte[] part = new byte[108];
        System.arraycopy(begun, 0, part, 0, 108);
        assertEquals("0264" + "00".repeat(100), answer(108, part));
    }

    @Test
    void piecesOfAnySizeMakeTheSameMessage() {
        String euro = "a€😀".repeat(100);
        for (int size : new int[] {1, 2, 3, 7, 100, 10_000}) {
            String back =
                    contents(answer(size, frame(0x01, text(euro)), frame(0x89, text("p")), frame(0x80, text(euro))));
            assertEquals(
                    euro + "p" + euro,
                    new String(back.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8),
                    "by " + size);
        }
    }

    @Test
    void pingsAndTheEndAreAnswered() {
        assertEquals("8a0170", answer(1, frame(0x89, text("p"))));
        assertEquals("880203e8", answer(1, frame(0x88, HEX.parseHex("03e8616263")), frame(0x81, text("late"))));
    }

    @ParameterizedTest
    @CsvSource({
        "c10161, 1002", // a reserved bit
        "810161, 1002", // without a mask
        "838000000000, 1002", // an unknown opcode
        "898000000000898000000000098000000000, 1002", // a ping in fragments
        "89fe, 1002", // a ping that is too long
        "808000000000, 1002", // a continuation of nothing
        "018000000000818000000000, 1002", // a message within another
        "818200000000c328, 1007", // no UTF-8
        "818100000000c3, 1007", // half a character
        "82ff000000000010000100000000, 1009", // a byte too many
        "82ffffffffffffffffff00000000, 1009",
    })
    void aMistakeEndsItWithItsCode(String hex, int code) {
        String answer = answer(1, HEX.parseHex(hex));
        int close = answer.lastIndexOf("88");
        assertEquals(HEX.toHexDigits((short) code), answer.substring(close + 4, close + 8), answer);
    }
}
