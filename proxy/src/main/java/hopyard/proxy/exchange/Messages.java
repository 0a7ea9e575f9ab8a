package hopyard.proxy.exchange;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * The messages of a long exchange: the frames of a WebSocket, or server-sent events. All are counted. The first ones
 * are kept; their number is bounded, and so is the memory for their texts.
 */
public final class Messages {

    /** How many messages are kept. */
    private static final int MAX_MESSAGES = 200;

    /** How much of a message's text is kept, in bytes. */
    static final int MAX_TEXT = 4096;

    /** The memory that a message takes besides its text, in bytes. */
    private static final int COST = 64;

    /**
     * One message.
     *
     * @param nanos the time from the beginning of the exchange to the end of the message
     * @param isFromClient whether the client sent it, and not the app
     * @param kind {@code text}, {@code binary}, {@code ping}, {@code event} …
     * @param length in bytes
     * @param text the text or its beginning, as a byte string; {@code null} if the message is not text
     */
    public record Message(long nanos, boolean isFromClient, String kind, long length, String text) {}

    private final LongPredicate hold;
    private final long begun;
    private final int most;
    private final List<Message> kept = new ArrayList<>();
    private int bytes;
    private long count;

    /**
     * @param hold counts memory as held, in bytes; returns false if there is no room for it
     * @param begun when the exchange began, on the scale of {@link System#nanoTime()}
     * @param most how much to keep of all texts together, in bytes
     */
    Messages(LongPredicate hold, long begun, int most) {
        this.hold = hold;
        this.begun = begun;
        // the readers that find messages have a buffer for one text in each direction
        this.most = hold.test(2L * MAX_TEXT) ? most : 0;
    }

    /** Returns the messages that are kept. */
    public List<Message> kept() {
        return kept;
    }

    /** Returns a copy of the kept messages without the first {@code after} ones. */
    List<Message> kept(int after) {
        return List.copyOf(kept.subList(Math.min(after, kept.size()), kept.size()));
    }

    /** Returns how many messages there were. */
    public long count() {
        return count;
    }

    /** Returns the memory that the kept messages take, in bytes. */
    public long size() {
        return bytes + (long) kept.size() * COST;
    }

    /** Whether the text of another message would be kept. */
    boolean hasRoom() {
        return kept.size() < MAX_MESSAGES && bytes < most;
    }

    /**
     * Adds a message.
     *
     * @param text an array whose first {@code textLength} bytes are the text; {@code null} if the message is not text
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
