package hopyard.proxy.scale;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How evenly something is spread. */
final class Spread {

    private final Map<String, Integer> byName = new HashMap<>();

    /** @param names among whom it is spread */
    Spread(Collection<String> names) {
        names.forEach(name -> byName.put(name, 0));
    }

    static Spread over(int count) {
        return new Spread(IntStream.range(0, count).mapToObj(Integer::toString).toList());
    }

    void add(String name) {
        byName.merge(name, 1, Integer::sum);
    }

    /** Returns how many the one with the most has, in units of the mean. */
    double max() {
        return Arrays.stream(counts()).max().orElseThrow() / mean();
    }

    /** Returns the standard deviation, in units of the mean. */
    double deviation() {
        double mean = mean();
        double squares = Arrays.stream(counts())
                .mapToDouble(each -> (each - mean) * (each - mean))
                .average()
                .orElseThrow();
        return Math.sqrt(squares) / mean;
    }

    /** Returns how many of them have nothing. */
    long without() {
        return Arrays.stream(counts()).filter(each -> each == 0).count();
    }

    private double mean() {
        return Arrays.stream(counts()).average().orElseThrow();
    }

    private int[] counts() {
        return byName.values().stream().mapToInt(each -> each).toArray();
    }

    /** Returns the largest share and the deviation as text. */
    @Override
    public String toString() {
        return Table.number(max()) + " ± " + Table.number(deviation());
    }

    static List<Integer> sizes() {
        return List.of(1, 3, 10, 30, 100, 300, 1000);
    }
}
