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
    @CsvSource({"0, 0", "1024, 1024", "8k, 8192", "8K, 8192", "1m, 1048576"})
    void readsSizes(String text, long bytes) throws ConfException {
        assertEquals(bytes, Values.size(directive(text), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "1.5k", "8kb", "99999999999999999999k", "2g"})
    void refusesWhatIsNoSize(String text) {
        assertThrows(ConfException.class, () -> Values.size(directive(text), 0));
    }

    @Test
    void offsetsMayBeInGigabytesToo() throws ConfException {
        assertEquals(2L << 30, Values.offset(directive("2g"), 0));
        assertEquals(8192, Values.offset(directive("8k"), 0));
        assertThrows(ConfException.class, () -> Values.offset(directive("99999999999999999999g"), 0));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "007, 7", "1000000000, 1000000000", "9223372036854775807, 1073741824"})
    void aNumberThatIsTooLargeIsTakenForALargeOne(String text, int number) {
        assertEquals(number, Values.parseNumber(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1k", "9223372036854775808"})
    void refusesWhatIsNoNumber(String text) {
        assertEquals(-1, Values.parseNumber(text));
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
        "1m 30, 90000",
        "9000000000000000, 3153600000000"
    })
    void readsTimes(String text, long millis) {
        assertEquals(millis, Values.parseMillis(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "1x", "30s 1m", "1s 1s", "-1", "1.5s", "1ms 1s", "1M", "1y", "1d 1w"})
    void refusesWhatIsNoTime(String text) {
        assertEquals(-1, Values.parseMillis(text));
    }

    @ParameterizedTest
    @CsvSource({"60, 60", "1M, 2592000", "1y, 31536000", "1y 1M 1w 1d, 34819200", "1m30s, 90"})
    void readsSeconds(String text, long seconds) {
        assertEquals(seconds, Values.parseSeconds(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1ms", "1M 1y", "1w 1M", "9223372036854775808"})
    void refusesWhatIsNoNumberOfSeconds(String text) {
        assertEquals(-1, Values.parseSeconds(text));
    }

    @Test
    void readsSwitchesInWhateverCase() throws ConfException {
        assertEquals(true, Values.flag(directive("On")));
        assertEquals(false, Values.flag(directive("off")));
    }
}
