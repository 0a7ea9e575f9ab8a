package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What came before makes redaction quicker and changes nothing of it. As many heads as you like:
 * {@code -Dtest=RedactorHistoryTest -Dredaction.heads=1000000}, {@code -Dredaction.seed=N} for those of another run.
 */
class RedactorHistoryTest {

    private static final int HEADS = Integer.getInteger("redaction.heads", 20_000);

    private static final List<String> NAMES = List.of(
            "Host",
            "X-A",
            "X-Token",
            "Hop-Trace",
            "Cookie",
            "Set-Cookie",
            "Referer",
            "Date",
            "WWW-Authenticate",
            "X-Long-Field");

    private static final List<String> PIECES = List.of(
            "a",
            "b1",
            "127.0.0.1:80",
            "0.52",
            "token",
            "token=x1y2z3",
            "/reset/",
            "/",
            "=",
            ";",
            "&",
            "\"",
            "'",
            "@",
            "u:p@h",
            "%74oken=abc",
            "Basic ",
            "abcdefgh12",
            "eyJhbGciOiJI",
            "eyJ",
            "#abcdefghij",
            "pin: 1234",
            "pin",
            ":",
            " ",
            "\t",
            "sk-",
            "key",
            "-",
            "application/xml",
            "verylongword",
            "\u0001",
            "\\",
            "http://",
            "Bearer",
            "code",
            "sid",
            "12345",
            "123456",
            "[pw]",
            "_",
            "0af7651916cd43dd",
            "<",
            "{",
            ", ",
            "as",
            "\u00e9");

    private final long seed = Long.getLong("redaction.seed", new Random().nextInt(1_000_000));
    private final Random random = new Random(seed);

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private String line() {
        StringBuilder line = new StringBuilder(random.nextInt(12) == 0 ? "" : any(NAMES) + ": ");
        for (int i = random.nextInt(7); i >= 0; i--) {
            line.append(any(PIECES));
        }
        return line.toString();
    }

    /** The line with a piece put in, or in the place of some characters, or some characters left out. */
    private String changed(String line) {
        int from = random.nextInt(line.length() + 1);
        int to = Math.min(line.length(), from + random.nextInt(6));
        return line.substring(0, from) + (random.nextInt(4) == 0 ? "" : any(PIECES)) + line.substring(to);
    }

    private void change(List<String> lines) {
        int at = random.nextInt(lines.size());
        switch (random.nextInt(12)) {
            case 0 -> lines.add(at, line());
            case 1 -> Collections.swap(lines, at, random.nextInt(lines.size()));
            case 2 -> lines.subList(1, Math.max(1, at)).clear();
            default -> lines.set(at, changed(lines.get(at)));
        }
    }

    /** Without blanks: a line that is looked at anew has one behind its colon. */
    private static String redact(Redactor redactor, String head) {
        byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
        redactor.begin();
        redactor.redact(Redactor.Part.TO_UPSTREAM, bytes, 0, bytes.length);
        return new String(redactor.bytes(), redactor.start(), redactor.length(), StandardCharsets.ISO_8859_1)
                .replaceAll("[ \t]", "");
    }

    @Test
    void aHeadIsRedactedAsIfThereHadBeenNoneBefore() {
        Redactor redactor = new Redactor();
        List<String> lines = new ArrayList<>(List.of(line()));
        int hidden = 0;
        for (int i = 0; i < HEADS; i++) {
            if (random.nextInt(40) == 0) {
                lines = new ArrayList<>(List.of(line(), line(), line(), line()));
            }
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                change(lines);
            }
            String head = String.join("\r\n", lines) + "\r\n\r\n";
            String shown = redact(new Redactor(), head);
            assertEquals(shown, redact(redactor, head), () -> "seed " + seed + ", " + head);
            hidden += shown.contains("[redacted:") ? 1 : 0;
        }
        assertTrue(hidden > HEADS / 4, () -> "too few with anything to hide, seed " + seed);
    }
}
