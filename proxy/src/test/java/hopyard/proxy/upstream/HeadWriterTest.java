package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
