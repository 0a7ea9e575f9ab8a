package hopyard.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {

    private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @Test
    void continuesAValidTraceWithItsOwnParentId() {
        TraceParent given = TraceParent.parse(VALID).orElseThrow();
        TraceParent next = given.next();
        assertEquals(given.traceId(), next.traceId());
        assertEquals("01", next.flags());
        assertNotEquals(given.parentId(), next.parentId());
        assertTrue(TraceParent.parse(next.toString()).isPresent());
    }

    @Test
    void ofTheFlagsOneIsSampled() {
        String ids = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";
        assertEquals(
                List.of(false, true, false, true),
                Stream.of("00", "01", "fe", "0b")
                        .map(flags ->
                                TraceParent.parse(ids + flags).orElseThrow().isSampled())
                        .toList());
    }

    @Test
    void startsATraceThatOthersAccept() {
        assertTrue(TraceParent.parse(TraceParent.start().toString()).isPresent());
    }

    @Test
    void randomIdentifiersHaveAllHexDigitsAndNothingElse() {
        Set<Character> seen = new TreeSet<>();
        for (int i = 0; i < 100; i++) {
            TraceParent.Hex.random(32).chars().forEach(c -> seen.add((char) c));
        }
        assertEquals("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, a, b, c, d, e, f]", seen.toString());
    }

    @Test
    void readsALaterVersionThatGoesOn() {
        assertTrue(TraceParent.parse("01" + VALID.substring(2) + "-more").isPresent());
    }

    @Test
    void ofTwoFieldsNeitherCounts() {
        assertTrue(TraceParent.only(List.of(VALID)).isPresent());
        assertTrue(TraceParent.only(List.of(VALID, VALID)).isEmpty());
        assertTrue(TraceParent.only(null).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
                "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            })
    void refusesWhatTheSpecificationRefuses(String value) {
        assertTrue(TraceParent.parse(value).isEmpty());
    }
}
