package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.record.redaction.QuickLook;
import hopyard.proxy.record.redaction.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client can make redaction do is bounded by what it sends, and by a limit for each exchange. */
class RedactionWorkTest {

    private static final byte[] ORDINARY = ("GET /items?page=3&sort=name HTTP/1.1\r\nHost: localhost\r\n"
                    + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
                    + "Accept-Language: en-GB,en;q=0.9\r\nX-Request-ID: 0123456789abcdef\r\nVia: 1.1 hopyard\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);

    private static final Pattern HIDDEN = Pattern.compile("([^:]*: ?)?\\[redacted:[0-9]+]");

    private final Redactor redactor = new Redactor();

    private String redact(byte[] head) {
        redactor.redact(Redactor.Part.TO_UPSTREAM, head, 0, head.length);
        return new String(redactor.bytes(), 0, redactor.length(), StandardCharsets.ISO_8859_1);
    }

    private int spent() {
        return Redactor.MAX_CLOSE_LOOK - redactor.left();
    }

    @ParameterizedTest
    @CsvSource({"8192, 4000", "8192, 8000", "32768, 120", "32768, 4000", "32768, 8000", "65536, 4000", "65536, 65000"})
    void aHostileHeadIsLookedAtWithinTheLimitAndTheRestIsHidden(int size, int line) {
        for (byte[] head : HostileHeads.of(size, line)) {
            redactor.begin();
            String shown = redact(head);
            int lines = shown.split("\r\n", -1).length;
            assertEquals(new String(head, StandardCharsets.ISO_8859_1).split("\r\n", -1).length, lines);
            assertTrue(redactor.left() >= 0);
            int looked = lookedAtClosely(new String(head, StandardCharsets.ISO_8859_1), shown);
            assertTrue(looked <= Redactor.MAX_CLOSE_LOOK, () -> looked + " bytes of " + shown);
            // what could not be paid for is hidden
            redactor.begin();
            redact(head);
            redact(head);
            redact(head);
            assertTrue(redactor.left() >= 0);
        }
    }

    /** The length of what can only be shown after a closer look: that of each line once, since some are remembered. */
    private static int lookedAtClosely(String head, String shown) {
        String[] before = head.split("\r\n");
        String[] after = shown.split("\r\n");
        Set<String> looked = new HashSet<>();
        for (int i = 0; i < before.length; i++) {
            byte[] bytes = before[i].getBytes(StandardCharsets.ISO_8859_1);
            if (!new QuickLook().isHarmless(bytes, 0, bytes.length)
                    && !HIDDEN.matcher(after[i]).matches()) {
                looked.add(before[i]);
            }
        }
        return looked.stream().mapToInt(String::length).sum();
    }

    @Test
    void aLongValueThatNeedsACloserLookIsHiddenWhole() {
        redactor.begin();
        String value = "abcdefghi=".repeat(500);
        assertEquals(
                "A: [redacted:5000]\r\nB: [redacted:5000]\r\nCookie: [redacted:5000]\r\n",
                redact(("A: " + value + "\r\nB: " + value + "\r\nCookie: " + value + "\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1)));
        assertEquals(0, spent() / 200, "names only");
    }

    @Test
    void aLongValueThatTheQuickLookPassesIsShown() {
        redactor.begin();
        String line = "A: " + "12.5, ".repeat(5000) + "1\r\n";
        assertEquals(line, redact(line.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void whatExceedsTheLimitOfAnExchangeIsHiddenWhole() {
        redactor.begin();
        String line = "A: " + "abcdefghi=".repeat(300) + "\r\n";
        String shown = redact(line.repeat(12).getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(shown.startsWith(line.repeat(3)) && shown.endsWith("A: [redacted:3000]\r\n".repeat(9)), shown);
        redactor.begin();
        String next = redact(line.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(line, next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"@%40", "=%3D%253D%3D="})
    void whatHasToBeGoneBackOverAgainAndAgainIsHiddenWhole(String piece) {
        String text = piece.repeat(1000);
        String shown = Redaction.text(text);
        assertTrue(shown.equals(text) || shown.equals("[redacted:" + text.length() + "]"), shown);
        assertEquals("[redacted:4000]", Redaction.text("@%40".repeat(1000)));
    }

    @Test
    void ordinaryRequestsStayCheapBesideHostileOnes() {
        for (int i = 0; i < 3; i++) {
            redactor.begin();
            redact(ORDINARY);
        }
        assertEquals(0, spent());
        for (byte[] head : List.copyOf(HostileHeads.of(32 << 10, 120))) {
            redactor.begin();
            redact(head);
            redactor.begin();
            assertEquals(new String(ORDINARY, StandardCharsets.ISO_8859_1), redact(ORDINARY));
            assertTrue(spent() < 700, () -> "spent " + spent());
        }
    }
}
