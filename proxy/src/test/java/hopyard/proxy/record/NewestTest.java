package hopyard.proxy.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.Who;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Who reads slowly what is kept while records move. */
class NewestTest {

    /** Where each record is: another place after it has moved. */
    private final Map<Long, Integer> places = new TreeMap<>();

    private record Found(NewestTest test, long id, int place) implements KeptRecord {
        @Override
        public ExchangeRecord read() {
            return test.places.getOrDefault(id, -1) == place ? exchange(id) : null;
        }
    }

    private static ExchangeRecord exchange(long id) {
        return new ExchangeRecord(
                id,
                "",
                0,
                "GET",
                "/",
                "",
                "",
                200,
                "",
                "",
                0,
                0,
                0,
                null,
                "",
                null,
                null,
                null,
                null,
                null,
                List.of(),
                Outcome.OK,
                Who.APP,
                null,
                null,
                null,
                null,
                0,
                null,
                new ArrayList<>(),
                0,
                0,
                null,
                false);
    }

    private Newest newest(int most) {
        return new Newest(
                (wanted, into) -> places.forEach((id, place) -> {
                    if (wanted.test(id)) {
                        into.accept(new Found(this, id, place));
                    }
                }),
                id -> true,
                most,
                record -> {});
    }

    private void fill(int count) {
        for (long id = 1; id <= count; id++) {
            places.put(id, 0);
        }
    }

    private static List<Long> ids(Newest newest) {
        List<Long> out = new ArrayList<>();
        newest.forEachRemaining(record -> out.add(record.id()));
        return out;
    }

    @Test
    void givesThoseThatMoveWhileItIsNotRead() {
        fill(1000);
        Newest newest = newest(1000);
        List<Long> seen = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            seen.add(newest.next().id());
        }
        places.replaceAll((id, place) -> 1);
        seen.addAll(ids(newest));
        assertEquals(1000, seen.size());
        assertEquals(1000, seen.stream().distinct().count());
    }

    @Test
    void leavesOutThoseThatAreGone() {
        fill(600);
        Newest newest = newest(1000);
        assertEquals(600, newest.next().id());
        places.keySet().removeIf(id -> id % 2 == 0);
        List<Long> rest = ids(newest);
        assertEquals(300, rest.size());
        assertEquals(599, rest.get(0));
        assertEquals(1, rest.get(299));
    }

    @Test
    void endsThoughARecordIsListedAndCanNeverBeRead() {
        places.put(1L, 0);
        Newest newest = new Newest((wanted, into) -> into.accept(new Found(this, 1, 7)), id -> true, 5, record -> {});
        assertEquals(List.of(), ids(newest));
    }
}
