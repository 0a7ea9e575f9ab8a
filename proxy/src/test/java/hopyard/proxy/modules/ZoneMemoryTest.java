package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.exchange.Template;
import hopyard.proxy.support.Heap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A zone of a limit takes as much of the heap as its size says, keys included, whatever they are. */
class ZoneMemoryTest {

    private static final Template KEY = Template.constant("key");
    private static final int SIZE = 8 << 20;

    private static IntFunction<String> keys(int length) {
        return i -> String.format("%0" + length + "d", i);
    }

    private static LimitReqZone limitReq(long size) {
        LimitReqZone zone = new LimitReqZone(KEY, 16);
        zone.bound(size);
        return zone;
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 40, 300, 6000})
    void limitReqTakesWhatItsSizeSays(int length) {
        IntFunction<String> keys = keys(length);
        LimitReqZone[] zone = new LimitReqZone[1];
        long taken = Heap.growth(() -> {
            zone[0] = limitReq(SIZE);
            for (int i = 0; i < 2 * SIZE / (length + 80); i++) {
                assertEquals(0, zone[0].take(keys.apply(i), 0, 0));
            }
        });
        Heap.assertAbout(SIZE, taken);
        assertTrue(zone[0].keys() * (long) length < SIZE);
        // those that came last are there, and the first have made room
        assertNotEquals(0, zone[0].take(keys.apply(2 * SIZE / (length + 80) - 1), 0, 0));
        assertEquals(0, zone[0].take(keys.apply(0), 0, 0));
    }

    @Test
    void textsOfWideCharactersCountTwice() {
        Heap.assertAbout(SIZE, Heap.growth(() -> {
            LimitReqZone zone = limitReq(SIZE);
            for (int i = 0; i < 20_000; i++) {
                zone.take("\u20ac".repeat(500) + i, 0, 0);
            }
            return zone;
        }));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 40, 255})
    void limitConnTakesWhatItsSizeSaysAndThenHasNoRoom(int length) {
        IntFunction<String> keys = keys(length);
        LimitConnZone[] zone = new LimitConnZone[1];
        int[] entered = new int[1];
        long taken = Heap.growth(() -> {
            zone[0] = new LimitConnZone(KEY);
            zone[0].bound(SIZE);
            while (zone[0].enter(keys.apply(entered[0]), 1) == LimitConnZone.Entry.ENTERED) {
                entered[0]++;
            }
        });
        Heap.assertAbout(SIZE, taken);
        assertEquals(LimitConnZone.Entry.NO_ROOM, zone[0].enter(keys.apply(entered[0]), 1));
        assertEquals(LimitConnZone.Entry.TOO_MANY, zone[0].enter(keys.apply(7), 1));
        zone[0].leave(keys.apply(7));
        assertEquals(LimitConnZone.Entry.ENTERED, zone[0].enter(keys.apply(entered[0]), 1));
        for (int i = 0; i <= entered[0]; i++) {
            zone[0].leave(keys.apply(i));
        }
        zone[0].leave(keys.apply(7));
        for (int i = 0; i < entered[0]; i++) {
            assertEquals(LimitConnZone.Entry.ENTERED, zone[0].enter(keys.apply(i), 1), "given back");
        }
    }

    @Test
    void whatHasBeenIdleAndIsEmptyGoesFirst() {
        LimitReqZone zone = limitReq(32 << 10);
        zone.take("idle", 0, 10_000);
        zone.take("other", 0, 10_000);
        assertEquals(2, zone.keys());
        zone.take("third", 120_000, 10_000);
        assertEquals(1, zone.keys());
    }

    @Test
    void aLongKeyAmongShortOnesHasNoRoomBecauseOneGoesAtATime() {
        LimitReqZone zone = limitReq(32 << 10);
        for (int i = 0; i < 1000; i++) {
            zone.take("key" + i, 0, 0);
        }
        int before = zone.keys();
        assertEquals(LimitReqZone.NO_ROOM, zone.take("x".repeat(6000), 0, 0));
        assertEquals(before - 1, zone.keys());
        assertEquals(LimitReqZone.NO_ROOM, limitReq(32 << 10).take("x".repeat(65_535), 0, 0));
    }

    @Test
    void whatIsHeldDoesNotGo() {
        LimitReqZone zone = limitReq(7000);
        assertEquals(0, zone.hold("x".repeat(6000), 0, 0));
        assertEquals(LimitReqZone.NO_ROOM, zone.take("y".repeat(6000), 0, 0));
        zone.release("x".repeat(6000));
        assertEquals(0, zone.take("y".repeat(6000), 0, 0));
        assertEquals(0, zone.hold("z", 0, 0));
        zone.count("z", 0);
        assertEquals(1000, zone.take("z", 0, 0));
    }

    @Test
    void aSmallerBoundLetsGoAtOnce() {
        LimitReqZone running = limitReq(1 << 20);
        for (int i = 0; i < 10_000; i++) {
            running.take("key" + i, 0, 0);
        }
        LimitReqZone next = limitReq(32 << 10);
        next.takeOver(running);
        assertTrue(next.keys() > 100 && next.keys() < 400, next.keys() + " keys");
        assertEquals(1000, next.take("key9999", 0, 0));
        assertEquals(next.keys(), running.keys(), "it is one and the same");
    }
}
