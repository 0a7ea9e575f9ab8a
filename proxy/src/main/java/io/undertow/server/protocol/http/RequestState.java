package io.undertow.server.protocol.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What has come of a request's head so far. Stands in for Undertow's own class of this name, as {@link RequestParser}
 * does; an idle connection holds none of it.
 */
final class RequestState {

    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int length;
    private boolean complete;

    boolean isComplete() {
        return complete;
    }

    void complete() {
        complete = true;
    }

    void reset() {
        bytes = NOTHING;
        length = 0;
        complete = false;
    }

    int length() {
        return length;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Takes what the buffer holds up to {@code end}. */
    void append(ByteBuffer buffer, int end) {
        int n = end - buffer.position();
        if (length + n > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + n, 2 * bytes.length));
        }
        buffer.get(bytes, length, n);
        length += n;
    }
}
