package hopyard.proxy.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Heap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cache's {@code keys_zone} holds, and what goes when it is full. */
class CacheKeysTest {

    private static final Freshness HOUR = new Freshness(System.currentTimeMillis() + 3_600_000, 0, 0);

    @TempDir
    private Path directory;

    private CacheZone zone(long bound) throws IOException {
        CacheZone zone =
                new CacheZone("one", new CacheZone.Settings(directory, List.of(1, 2), Long.MAX_VALUE, 600_000));
        zone.bound(bound);
        zone.open();
        return zone;
    }

    private static String key(int i) {
        return "/" + "k".repeat(2400) + i;
    }

    private static boolean keep(CacheZone zone, String key) throws IOException {
        EntryWriter writer = zone.write(key, HOUR, "", Map.of(), "HTTP/1.1 200 OK\r\n\r\n".getBytes());
        writer.add(ByteBuffer.wrap("content".getBytes()));
        return writer.complete();
    }

    private CacheFetch begin(CacheZone zone, String key, int minUses) throws IOException {
        return zone.begin(key, minUses, 60_000, this);
    }

    private static boolean finds(CacheZone zone, String key) throws IOException {
        CacheZone.Found found = zone.find(key, Map.of());
        if (found != null) {
            assertEquals(key, found.entry().key());
            found.file().close();
        }
        return found != null;
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void keysTakeWhatTheZonesSizeSays() {
        int size = 4 << 20;
        Heap.assertAbout(size, Heap.growth(() -> {
            CacheIndex index = new CacheIndex(hash -> directory.resolve("none"));
            index.bound(size);
            for (long i = 0; i < 100_000; i++) {
                try {
                    assertTrue(index.add(new CacheIndex.Hash(i * 0x9E3779B97F4A7C15L, i), 100));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
            assertEquals(size / CacheIndex.NODE, index.count());
            return index;
        }));
    }

    @Test
    void whatWasUsedLongestAgoGoesWithItsFile() throws IOException {
        CacheZone zone = zone(32 << 10);
        for (int i = 0; i < 1000; i++) {
            assertTrue(keep(zone, key(i)));
            assertTrue(finds(zone, key(0)), "the one that is used again and again");
        }
        assertEquals((32 << 10) / CacheIndex.NODE, zone.keys());
        assertEquals(zone.keys(), files());
        assertTrue(finds(zone, key(999)));
        assertFalse(finds(zone, key(1)));
    }

    @Test
    void whatIsBeingFetchedStaysAndNothingElseHasRoomThen() throws IOException {
        CacheZone zone = zone(32 << 10);
        int room = (32 << 10) / CacheIndex.NODE;
        for (int i = 0; i < room; i++) {
            assertEquals(CacheFetch.BEGUN, begin(zone, key(i), 1));
        }
        assertEquals(CacheFetch.UNDER_WAY, begin(zone, key(0), 1));
        assertEquals(CacheFetch.NO_ROOM, begin(zone, key(room), 1));
        assertFalse(keep(zone, key(room)));
        assertEquals(0, files());
        boolean[] told = new boolean[1];
        assertTrue(zone.await(key(0), () -> told[0] = true));
        zone.end(key(0), this);
        assertTrue(told[0]);
        assertTrue(keep(zone, key(room)));
        for (int i = 1; i < room; i++) {
            zone.end(key(i), this);
        }
        assertEquals(1, zone.keys(), "what was not kept is not known");
    }

    @Test
    void whoFetchesForTooLongIsOvertakenAndThenHoldsNobodyUp() throws IOException {
        CacheZone zone = zone(32 << 10);
        Object slow = new Object();
        assertEquals(CacheFetch.BEGUN, zone.begin("a", 1, 0, slow));
        assertEquals(CacheFetch.BEGUN, zone.begin("a", 1, 60_000, this));
        assertEquals(CacheFetch.UNDER_WAY, zone.begin("a", 1, 60_000, new Object()));
        boolean[] told = new boolean[1];
        assertTrue(zone.await("a", () -> told[0] = true));
        zone.end("a", slow);
        assertFalse(told[0], "another one fetches now");
        zone.end("a", this);
        assertTrue(told[0]);
    }

    @Test
    void anErrorIsKeptInThePlaceOfAResponseUntilItsTimeIsOver() throws IOException {
        CacheZone zone = zone(32 << 10);
        keep(zone, "a");
        long now = System.currentTimeMillis();
        assertTrue(zone.addError("a", 404, now + 60_000));
        assertEquals(404, zone.error("a"));
        keep(zone, "a");
        assertEquals(0, zone.error("a"), "a response takes its place");
        assertTrue(zone.addError("a", 404, now));
        assertEquals(0, zone.error("a"));
        assertFalse(finds(zone, "a"), "nor is the response used that was there before, as in nginx");
        assertEquals(0, files());
    }

    @Test
    void whatIsAskedForTooSeldomCountsInTheZoneToo() throws IOException {
        CacheZone zone = zone(32 << 10);
        for (int i = 0; i < 5000; i++) {
            assertEquals(CacheFetch.TOO_RARE, begin(zone, key(i), 3));
        }
        assertEquals((32 << 10) / CacheIndex.NODE, zone.keys());
        assertEquals(CacheFetch.TOO_RARE, begin(zone, key(4999), 3));
        assertEquals(CacheFetch.BEGUN, begin(zone, key(4999), 3));
        assertEquals(CacheFetch.TOO_RARE, begin(zone, key(0), 3));
    }

    @Test
    void howOftenAResponseWasAskedForOutlivesLooksForItsFile() throws IOException {
        CacheZone zone = zone(32 << 10);
        assertFalse(finds(zone, "a"), "the directory is not known yet");
        assertEquals(CacheFetch.TOO_RARE, begin(zone, "a", 2));
        assertFalse(finds(zone, "a"));
        assertEquals(CacheFetch.BEGUN, begin(zone, "a", 2), "counted while the directory was not known");
        keep(zone, "a");
        zone.end("a", this);
        try (Stream<Path> files = Files.walk(directory)) {
            Files.delete(files.filter(Files::isRegularFile).findFirst().orElseThrow());
        }
        assertFalse(finds(zone, "a"));
        assertEquals(CacheFetch.BEGUN, begin(zone, "a", 2), "a file that somebody has deleted");
    }

    @Test
    void whatADirectoryHoldsBeyondTheZonesSizeGoesAndFilesOfOthersStay() throws IOException {
        CacheZone large = zone(1 << 20);
        for (int i = 0; i < 400; i++) {
            keep(large, key(i));
        }
        Path other = Files.writeString(directory.resolve("README"), "not of the cache");
        CacheZone small = zone(32 << 10);
        assertFalse(small.load());
        assertEquals((32 << 10) / CacheIndex.NODE, small.keys());
        assertTrue(Files.exists(other));
        assertEquals(small.keys() + 1, files());
        assertTrue(small.load(), "once is enough");
    }

    @Test
    void aFileThatIsNoneOfOursIsNotFoundAndForgotten() throws IOException {
        CacheZone zone = zone(32 << 10);
        zone.load();
        for (String content : List.of(
                "",
                "short",
                "HOP1\u007f\u007f\u007f\u007f and more",
                "HOP1\0\0\0\u0009x",
                "HOP1\0\0\0\u0030" + "\u007f".repeat(60))) {
            keep(zone, "a");
            try (Stream<Path> files = Files.walk(directory)) {
                Files.writeString(files.filter(Files::isRegularFile).findFirst().orElseThrow(), content);
            }
            assertThrows(IOException.class, () -> zone.find("a", Map.of()));
            assertEquals(0, zone.keys());
            assertNull(zone.find("a", Map.of()));
        }
    }
}
