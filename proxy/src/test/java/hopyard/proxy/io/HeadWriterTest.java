package hopyard.proxy.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.undertow.util.HttpString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadWriterTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 1_000_000, 2_147_483_647, 2_147_483_648L, 9_999_999_999L, Long.MAX_VALUE})
    void writesANumberAsDecimalDigits(long number) {
        HeadWriter out = new HeadWriter().text("n=").number(number);
        assertEquals("n=" + number, out.text(0, out.length()));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "4999,0", "5000,0.01", "1230000,1.23", "1200000,1.2", "2000000,2", "61234567890,61234.57"})
    void writesNanosecondsAsMillisecondsWithTwoDecimalsAtMost(long nanos, String millis) {
        HeadWriter out = new HeadWriter().millis(nanos);
        assertEquals(millis, out.text(0, out.length()));
    }

    /** At every place of a value, whether bytes are looked at one by one or eight at a time. */
    @Test
    void aFieldsValueHoldsNoByteThatRfc9110ForbidsIt() {
        HttpString name = new HttpString("X-Name");
        HeadWriter out = new HeadWriter();
        for (int b = 0; b < 256; b++) {
            boolean isForbidden = b < ' ' && b != '\t' || b == 0x7f;
            for (int at = 0; at < 20; at++) {
                String value = "v".repeat(at) + (char) b + "\u00ff".repeat(19 - at);
                out.clear();
                out.field(name, value);
                assertEquals(isForbidden ? "X-Name" : null, out.refused(), b + " at " + at);
                out.clear();
                int start = out.length();
                boolean wasClean = out.name(name).text(value).endLine(start);
                assertEquals(!isForbidden, wasClean, b + " at " + at);
                String sent = isForbidden ? value.replace((char) b, ' ') : value;
                assertEquals("X-Name: " + sent + "\r\n", out.text(0, out.length()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"'a\r\n b','a   b'", "'a\n\tb','a \tb'", "'a\n  b\n c','a   b  c'"})
    void aFoldedValueBecomesOneLine(String folded, String sent) {
        String value = folded.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
        HeadWriter out = new HeadWriter().field(new HttpString("X"), value);
        assertNull(out.refused());
        assertEquals("X: " + sent.replace("\\t", "\t") + "\r\n", out.text(0, out.length()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a\nX: 1", "a\r\nX: 1", "a\n", "\n", "a\r\n\n b", "a\u010ab", "a\u010d\u010aX: 1", "\u7f00"})
    void aCharacterIsTheByteThatIsWrittenForIt(String value) {
        assertEquals("X", new HeadWriter().field(new HttpString("X"), value).refused());
    }

    @Test
    void aTargetHoldsNoByteThatWouldEndIt() {
        for (int b = 0; b < 256; b++) {
            boolean isForbidden = b <= ' ' || b >= 0x7f || b == '#';
            HeadWriter out = new HeadWriter().target("/a" + (char) b + "b");
            assertEquals(
                    "/a" + (isForbidden ? "%%%02X".formatted(b) : Character.toString(b)) + "b",
                    out.text(0, out.length()));
            assertNull(out.refused());
        }
        String all = "/" + " \n".repeat(3000);
        HeadWriter out = new HeadWriter().target(all);
        assertEquals("/" + "%20%0A".repeat(3000), out.text(0, out.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "http://h/", "*", " /", "?a"})
    void aTargetThatIsNoPathIsRefused(String target) {
        assertEquals(HeadWriter.TARGET, new HeadWriter().target(target).refused());
    }

    @Test
    void aMethodIsAToken() {
        for (int b = 0; b < 256; b++) {
            boolean isToken = Character.toString(b).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]");
            assertEquals(
                    isToken ? null : HeadWriter.METHOD,
                    new HeadWriter().method("A" + (char) b).refused());
        }
        assertEquals(HeadWriter.METHOD, new HeadWriter().method("").refused());
    }
}
