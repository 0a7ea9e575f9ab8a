package hopyard.proxy.upstream;

import hopyard.http.MalformedFraming;
import io.undertow.util.HeaderMap;
import java.nio.ByteBuffer;

/**
 * Finds the content in an upstream's message body, however it is framed (RFC 9112 §6).
 */
public abstract class BodyDecoder {

    /**
     * Reduces the buffer to the content that is in it: framing between position and limit is taken out in place.
     *
     * @throws MalformedFraming if the framing is broken; content before that is lost
     */
    public abstract void decode(ByteBuffer buffer) throws MalformedFraming;

    /** Whether the message has ended. */
    public abstract boolean isDone();

    /** Whether bytes came after the end of the message, so that the connection must not be used again. */
    public abstract boolean hasExcess();

    /** Returns what nginx calls bytes that come after the end of the message. */
    public String excess() {
        return "more data than specified in \"Content-Length\" header";
    }

    /** Whether the connection may be used again after the message. */
    public boolean leavesCleanConnection() {
        return !hasExcess();
    }

    /**
     * Whether a message that ends with the connection is complete.
     */
    public boolean isCompleteAtClose() {
        return isDone();
    }

    /** Returns what is wrong with a message that has ended although it is not complete; {@code null} for any other. */
    public String cutShort() {
        return null;
    }

    /** Trailer fields; {@code null} if there are none. */
    public HeaderMap trailers() {
        return null;
    }

    /** Returns a decoder for a body of known length, 0 included. */
    public static BodyDecoder ofLength(long length) {
        return new Length(length);
    }

    /** Returns a decoder for a body that ends with the connection. */
    public static BodyDecoder untilClose() {
        return new UntilClose();
    }

    /** Returns a decoder for a body that nobody wants, and that is left unread. */
    public static BodyDecoder unread() {
        return new Unread();
    }

    private static final class Unread extends BodyDecoder {
        @Override
        public void decode(ByteBuffer buffer) {
            buffer.limit(buffer.position());
        }

        @Override
        public boolean isDone() {
            return true;
        }

        @Override
        public boolean hasExcess() {
            return false;
        }

        @Override
        public boolean leavesCleanConnection() {
            return false;
        }
    }

    private static final class Length extends BodyDecoder {
        private long left;
        private boolean excess;

        Length(long length) {
            left = length;
        }

        @Override
        public void decode(ByteBuffer buffer) {
            if (buffer.remaining() > left) {
                excess = true;
                buffer.limit(buffer.position() + (int) left);
            }
            left -= buffer.remaining();
        }

        @Override
        public boolean isDone() {
            return left == 0;
        }

        @Override
        public boolean hasExcess() {
            return excess;
        }
    }

    private static final class UntilClose extends BodyDecoder {
        @Override
        public void decode(ByteBuffer buffer) {
            // all of it is content
        }

        @Override
        public boolean isDone() {
            return false;
        }

        @Override
        public boolean hasExcess() {
            return false;
        }

        @Override
        public boolean isCompleteAtClose() {
            return true;
        }
    }
}
