package hopyard.proxy.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class ErrorLogTest {

    @Test
    void controlCharactersAreShownAsTwoHexadecimalDigits() {
        assertEquals("a\\x0A\\x00b\\x1F é\u2603", ErrorLog.onOneLine("a\n\0b\u001f é\u2603"));
        assertEquals("\\x09", ErrorLog.onOneLine("\t"));
    }

    @Test
    void aTextWithoutThemStaysAsItIs() {
        String text = "GET /~é HTTP/1.1";
        assertSame(text, ErrorLog.onOneLine(text));
    }
}
