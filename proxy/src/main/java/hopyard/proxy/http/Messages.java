package hopyard.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Messages of an exchange that goes on: the frames of a WebSocket, or server-sent events. The first ones are kept, bounded in
 * number and, together with their texts, in bytes; all are counted.
 */
public final class Messages {

    /** So many are kept. */
    private static final int MAX_MESSAGES = 200;

    /** What is kept of the text of one, in bytes. */
    static final int MAX_TEXT = 4096;

    /** What one takes besides its text, in bytes. */
    private static final int COST = 64;

    /**
     * One of them.
     *
     * @param nanos when its end was there, since the exchange began
     * @param isFromClient which way it went
     * @param kind {@code text}, {@code binary}, {@code ping}, {@code event} …
     * @param length in bytes
     * @param text what it says, or its beginning, a byte in each character; {@code null} for what is no text
     */
    public record Message(long nanos, boolean isFromClient, String kind, long length, String text) {}

    private final LongPredicate hold;
    private final long begun;
    private final int most;
    private final List<Message> kept = new ArrayList<>();
    private int bytes;
    private long count;

    /**
     * @param hold counts memory, in bytes; false if there is no room for it
     * @param begun when the exchange began, on the scale of {@link System#nanoTime()}
     * @param most how much to keep of all texts together, in bytes
     */
    Messages(LongPredicate hold, long begun, int most) {
        this.hold = hold;
        this.begun = begun;
        // what finds them has room for the text of one, each way
        this.most = hold.test(2L * MAX_TEXT) ? most : 0;
    }

    /** The first ones. */
    public List<Message> kept() {
        return kept;
    }

    /** A copy of those behind so many of the first ones. */
    List<Message> kept(int after) {
        return List.copyOf(kept.subList(Math.min(after, kept.size()), kept.size()));
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    /** What the first ones take, in bytes. */
    public long size() {
        return bytes + (long) kept.size() * COST;
    }

    /** Whether the text of another one would be kept. */
    boolean hasRoom() {
        return kept.size() < MAX_MESSAGES && bytes < most;
    }

    /**
     * One has come.
     *
     * @param text its first {@code textLength} bytes; {@code null} for what is no text
     */
    void add(boolean isFromClient, String kind, long length, byte[] text, int textLength) {
        count++;
        int n = text == null ? 0 : Math.min(textLength, most - bytes);
        if (hasRoom() && hold.test(n + COST)) {
            bytes += n;
            String its = text == null ? null : new String(text, 0, n, StandardCharsets.ISO_8859_1);
            kept.add(new Message(System.nanoTime() - begun, isFromClient, kind, length, its));
        }
    }
}
