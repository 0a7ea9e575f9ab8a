package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {

    private static Directive directive(String arg) {
        return new Directive("x", List.of(arg), null, "f", 1, 0);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1024, 1024", "8k, 8192", "8K, 8192", "1m, 1048576", "2g, 2147483648"})
    void readsSizes(String text, long bytes) throws ConfException {
        assertEquals(bytes, Values.size(directive(text), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "1.5k", "8kb", "99999999999999999999g"})
    void refusesWhatIsNoSize(String text) {
        assertThrows(ConfException.class, () -> Values.size(directive(text), 0));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "60, 60000",
        "60s, 60000",
        "1500ms, 1500",
        "1m 30s, 90000",
        "1m30s, 90000",
        "1h, 3600000",
        "1d, 86400000",
        "1w, 604800000",
        "1M, 2592000000",
        "1y, 31536000000",
        "1m 30, 90000"
    })
    void readsTimes(String text, long millis) {
        assertEquals(millis, Values.parseMillis(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "1x", "30s 1m", "1s 1s", "-1", "1.5s", "1ms 1s"})
    void refusesWhatIsNoTime(String text) {
        assertEquals(-1, Values.parseMillis(text));
    }

    @Test
    void readsSwitchesInWhateverCase() throws ConfException {
        assertEquals(true, Values.flag(directive("On")));
        assertEquals(false, Values.flag(directive("off")));
    }
}
