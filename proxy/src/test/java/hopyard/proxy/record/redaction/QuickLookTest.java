package hopyard.proxy.record.redaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The quick look lets nothing pass in which a closer one would find something. As many lines as you like:
 * {@code -Dtest=QuickLookTest -Dredaction.lines=10000000}, {@code -Dredaction.seed=N} for those of another run.
 */
class QuickLookTest {

    private static final int LINES = Integer.getInteger("redaction.lines", 200_000);

    private static final List<String> WORDS = List.of(
            "to",
            "ken",
            "pass",
            "word",
            "k",
            "ey",
            "co",
            "de",
            "sta",
            "te",
            "sid",
            "pin",
            "a",
            "b1",
            "api",
            "tok",
            "reset",
            "services",
            "hooks",
            "T000",
            "bot",
            "bot123",
            "basic",
            "is",
            "token",
            "aB3x9Zk2",
            "x7Gk2pQ9",
            "Zq9_x",
            "0af7",
            "deadbeef",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef01",
            "12",
            "127",
            "amp",
            "quot",
            "sk",
            "eyJ",
            "name",
            "value",
            "en",
            "GB",
            "gzip",
            "app",
            "js",
            "sha256",
            "v2",
            "hunter2",
            "0",
            "o");

    private static final String SIGNS = "-._~+*=:/?&;,'\"()<>[]{}!$|^` -._=:/=- ";

    private final long seed = Long.getLong("redaction.seed", new Random().nextInt(1_000_000));
    private final Random random = new Random(seed);

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int n = 1 + random.nextInt(8); n > 0; n--) {
            line.append(WORDS.get(random.nextInt(WORDS.size())));
            for (int signs = random.nextInt(9) / 4; signs > 0; signs--) {
                line.append(SIGNS.charAt(random.nextInt(SIGNS.length())));
            }
        }
        return line.toString();
    }

    @Test
    void whatItLetsPassHidesNothing() {
        QuickLook look = new QuickLook();
        int passed = 0;
        for (int i = 0; i < LINES; i++) {
            String line = line();
            byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
            look.begin();
            if (look.isHarmless(bytes, 0, bytes.length)) {
                passed++;
                assertEquals(line, SecretText.redact(line), "seed " + seed);
            }
        }
        assertTrue(passed > LINES / 100, passed + " of " + LINES + " passed, seed " + seed);
    }
}
