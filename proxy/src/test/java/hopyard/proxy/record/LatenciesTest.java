package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenciesTest {

    private final Latencies latencies = new Latencies();
    private final Histogram gathered = new Histogram(1, Latencies.LONGEST, 3);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 255, 256, 257, 511, 512, 1000, 4321, 99_999, 1_000_000, 60_000_000, Latencies.LONGEST})
    void tellsADurationWithinOnePercent(long micros) {
        latencies.add(micros * 1000);
        latencies.moveTo(gathered);
        assertEquals(micros, gathered.getMaxValue(), Math.max(0.5, micros * 0.01));
    }

    @Test
    void countsWhatIsLongerThanTheLongestAsTheLongest() {
        latencies.add(Long.MAX_VALUE / 2);
        latencies.moveTo(gathered);
        assertEquals(1, gathered.getTotalCount());
        assertEquals(Latencies.LONGEST, gathered.getMaxValue(), Latencies.LONGEST * 0.01);
    }

    @Test
    void gathersEachMeasurementOnce() {
        latencies.add(5000);
        latencies.add(5000);
        latencies.moveTo(gathered);
        latencies.add(7000);
        latencies.moveTo(gathered);
        latencies.moveTo(gathered);
        assertEquals(3, gathered.getTotalCount());
        assertEquals(2, gathered.getCountAtValue(5));
    }
}
