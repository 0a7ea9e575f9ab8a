package hopyard.http.server;

import hopyard.memory.HeldMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The part of a request's head that has come so far, if the head comes in pieces. An idle connection holds no memory
 * for it.
 */
final class PartialHead {

    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int length;
    private boolean complete;
    private int size;

    boolean isComplete() {
        return complete;
    }

    /** Notes that the head is complete, and how many bytes it has. */
    void complete(int bytesOfHead) {
        complete = true;
        size = bytesOfHead;
    }

    /** Returns how many bytes the complete head has. */
    int size() {
        return size;
    }

    void reset() {
        free();
        complete = false;
    }

    /** Frees the memory of a head that came in pieces. */
    void free() {
        HeldMemory.free(bytes.length);
        bytes = NOTHING;
        length = 0;
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Takes what the buffer holds up to {@code end}; false if there is no memory for it. */
    boolean append(ByteBuffer buffer, int end) {
        int n = end - buffer.position();
        if (length + n > bytes.length) {
            int capacity = Math.max(length + n, 2 * bytes.length);
            if (!HeldMemory.take(capacity - bytes.length)) {
                return false;
            }
            bytes = Arrays.copyOf(bytes, capacity);
        }
        buffer.get(bytes, length, n);
        length += n;
        return true;
    }
}
