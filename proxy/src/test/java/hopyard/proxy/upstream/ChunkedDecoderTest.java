package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.MalformedFraming;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedDecoderTest {

    private static final String BODY = "5\r\nhello\r\n1;ext=\"x\"\r\n,\r\n00A\r\n worldwide\r\n0\r\nX-Sum: 1\r\n\r\n";

    private static String decode(BodyDecoder decoder, String part) throws MalformedFraming {
        ByteBuffer buffer = ByteBuffer.wrap(part.getBytes(StandardCharsets.ISO_8859_1));
        decoder.decode(buffer);
        return StandardCharsets.ISO_8859_1.decode(buffer).toString();
    }

    @Test
    void takesTheFramingOut() throws MalformedFraming {
        ChunkedDecoder decoder = new ChunkedDecoder();
        assertEquals("hello, worldwide", decode(decoder, BODY));
        assertTrue(decoder.isDone());
        assertFalse(decoder.hasExcess());
        assertEquals("1", decoder.trailers().getFirst("X-Sum"));
    }

    @Test
    void findsTheSameContentWhereverTheBytesAreSplit() throws MalformedFraming {
        for (int split = 0; split <= BODY.length(); split++) {
            ChunkedDecoder decoder = new ChunkedDecoder();
            String content = decode(decoder, BODY.substring(0, split)) + decode(decoder, BODY.substring(split));
            assertEquals("hello, worldwide", content);
            assertTrue(decoder.isDone());
        }
    }

    @Test
    void noticesBytesBehindTheEnd() throws MalformedFraming {
        ChunkedDecoder decoder = new ChunkedDecoder();
        assertEquals("", decode(decoder, "0\r\n\r\nHTTP/1.1 200 OK"));
        assertTrue(decoder.hasExcess());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\r\n",
                "\r\n",
                "5\rx",
                "5_\r\n",
                "-5\r\n",
                "0x5\r\n",
                "5\r\nhelloX",
                "5\r\nhello\rX",
                "1234567890123456\r\n",
                "0\r\nno colon\r\n",
                "0\r\n: no name\r\n"
            })
    void refuses(String text) {
        assertThrows(MalformedFraming.class, () -> decode(new ChunkedDecoder(), text));
    }

    @Test
    void countsABodyOfKnownLength() throws MalformedFraming {
        BodyDecoder decoder = BodyDecoder.ofLength(5);
        assertEquals("hel", decode(decoder, "hel"));
        assertFalse(decoder.isCompleteAtClose());
        assertEquals("lo", decode(decoder, "lo, too much"));
        assertTrue(decoder.isDone());
        assertTrue(decoder.hasExcess());
    }
}
