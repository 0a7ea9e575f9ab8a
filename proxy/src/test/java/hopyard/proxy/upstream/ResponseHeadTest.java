package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadTest {

    private final ResponseHead head = new ResponseHead();

    private String parse(String text) {
        ByteBuffer buffer = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        return head.parse(buffer, ResponseHead.end(buffer, 0));
    }

    @Test
    void findsTheEndOfTheHeadWhereverItsBytesWereSplit() {
        byte[] all = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody".getBytes(StandardCharsets.US_ASCII);
        for (int split = 0; split <= all.length; split++) {
            int end = ResponseHead.end(ByteBuffer.wrap(all, 0, split), Math.max(0, split - 1));
            assertEquals(split < 25 ? -1 : 25, split < 25 ? end : ResponseHead.end(ByteBuffer.wrap(all, 0, split), 22));
        }
    }

    @Test
    void readsStatusReasonAndFields() {
        assertNull(parse("HTTP/1.1 404 Not Found\r\nA:b\r\nX-Empty:\r\nA: \t c \r\n\r\n"));
        assertEquals(404, head.status());
        assertEquals("Not Found", head.reason());
        assertEquals(3, head.count());
        assertEquals("b,c", head.all(new HttpString("a")));
        assertEquals("", head.first(new HttpString("x-empty")));
    }

    @Test
    void acceptsALineThatEndsWithoutCarriageReturn() {
        assertNull(parse("HTTP/1.0 200\nA: b\n\n"));
        assertEquals("b", head.value(0));
    }

    @Test
    void forgetsTheHeadBefore() {
        assertNull(parse("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"));
        assertNull(parse("HTTP/1.1 204 No Content\r\nE: f\r\n\r\n"));
        assertEquals(1, head.count());
        assertNull(head.first(new HttpString("A")));
    }

    @Test
    void findsTheSameInAHeadWhateverCameBeforeIt() {
        String[] lines = {
            "HTTP/1.1 200 OK",
            "HTTP/1.0 404 Not Found",
            "HTTP/1.1 200 OK!",
            "HTTP/9 200",
            "A: b",
            "A: bc",
            "C: d",
            "Date: 1",
            "Date: 2",
            "no colon",
            ""
        };
        Random random = new Random(7);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int line = random.nextInt(6); line >= 0; line--) {
                text.append(lines[random.nextInt(text.length() == 0 ? 4 : lines.length)])
                        .append(random.nextInt(9) == 0 ? "\n" : "\r\n");
            }
            text.append("\r\n");
            String mistake = parse(text.toString());
            ResponseHead fresh = new ResponseHead();
            ByteBuffer buffer = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.ISO_8859_1));
            assertEquals(fresh.parse(buffer, ResponseHead.end(buffer, 0)), mistake, text::toString);
            if (mistake == null) {
                assertEquals(describe(fresh), describe(head), text::toString);
            }
        }
    }

    private static String describe(ResponseHead head) {
        StringBuilder out = new StringBuilder();
        out.append(head.isHttp11()).append(head.status()).append(head.reason());
        for (int i = 0; i < head.count(); i++) {
            out.append('|').append(head.name(i)).append('=').append(head.value(i));
        }
        for (String name : new String[] {"A", "C", "Date", "E"}) {
            out.append('|').append(head.all(new HttpString(name)));
        }
        return out.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "http/1.1 200 OK\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/1.1 099 Low\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA : blank before colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n folded: line\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: nul \0 inside\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: bare \r inside\r\n\r\n",
            })
    void refuses(String text) {
        assertNotNull(parse(text));
    }
}
