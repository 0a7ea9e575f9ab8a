package hopyard.http.server.http2;

import java.util.ArrayList;
import java.util.List;

/** The open streams of a connection, by their numbers. */
final class StreamTable {

    private Http2Stream[] slots = new Http2Stream[16];
    private int size;

    /** Returns how many there are. */
    int size() {
        return size;
    }

    private static int slot(int stream, int length) {
        return stream >> 1 & length - 1;
    }

    /** Returns a stream; {@code null} if it is not open. */
    Http2Stream find(int stream) {
        Http2Stream at = slots[slot(stream, slots.length)];
        while (at != null && at.stream() != stream) {
            at = at.nextInSlot;
        }
        return at;
    }

    void add(Http2Stream stream) {
        if (size == slots.length && size < 1024) {
            grow();
        }
        put(slots, stream);
        size++;
    }

    private static void put(Http2Stream[] into, Http2Stream stream) {
        int slot = slot(stream.stream(), into.length);
        stream.nextInSlot = into[slot];
        into[slot] = stream;
    }

    private void grow() {
        Http2Stream[] larger = new Http2Stream[2 * slots.length];
        for (Http2Stream each : all()) {
            put(larger, each);
        }
        slots = larger;
    }

    /** Takes a stream out; whether it was there. */
    boolean remove(Http2Stream stream) {
        int slot = slot(stream.stream(), slots.length);
        Http2Stream before = null;
        Http2Stream at = slots[slot];
        while (at != null && at != stream) {
            before = at;
            at = at.nextInSlot;
        }
        if (at == null) {
            return false;
        }
        if (before == null) {
            slots[slot] = at.nextInSlot;
        } else {
            before.nextInSlot = at.nextInSlot;
        }
        at.nextInSlot = null;
        size--;
        return true;
    }

    /** Returns all of them, as they are now. */
    List<Http2Stream> all() {
        List<Http2Stream> all = new ArrayList<>(size);
        for (Http2Stream first : slots) {
            for (Http2Stream at = first; at != null; at = at.nextInSlot) {
                all.add(at);
            }
        }
        return all;
    }
}
