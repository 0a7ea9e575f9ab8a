package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
