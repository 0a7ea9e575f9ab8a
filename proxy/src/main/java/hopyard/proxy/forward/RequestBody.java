package hopyard.proxy.forward;

import hopyard.proxy.upstream.UpstreamSink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The request's body on its way to the upstream. */
public interface RequestBody {

    /** There is no body. */
    long NONE = -1;

    /** The body's length is not known: it goes in chunks. */
    long CHUNKED = -2;

    /** The body's length is not known, and what carries the body says where it ends. */
    long OPEN = -3;

    /** How a write ended. */
    enum Progress {
        /** Head and body are all written. */
        DONE,
        /** The upstream takes no more for now. */
        UPSTREAM_FULL,
        /** The upstream has allowed no more yet; its connection becomes writable when it has. */
        WINDOW_FULL,
        /** The client has sent no more yet; the body calls back when it has. */
        CLIENT_EMPTY
    }

    /** The length, {@link #NONE}, {@link #CHUNKED} or {@link #OPEN}. */
    long length();

    /** Whether nothing but the announced length is asked of the body: it is whole as soon as so much has come. */
    default boolean endsWithItsLength() {
        return true;
    }

    /** Whether it is known that nothing follows what is being written. */
    default boolean isAtEnd() {
        return false;
    }

    /** Whether another attempt can send the body again. */
    boolean canRestart();

    /** Starts again at the first byte. */
    void restart();

    /**
     * Writes what is left of the head, and body after it.
     *
     * @throws ClientBodyException if the client is at fault
     * @throws IOException if the upstream's connection fails
     */
    Progress writeTo(UpstreamSink upstream, ByteBuffer head) throws IOException;

    /** Frees what the body holds. */
    void close();

    /** The body of a request without one. */
    RequestBody EMPTY = new RequestBody() {
        @Override
        public long length() {
            return NONE;
        }

        @Override
        public boolean canRestart() {
            return true;
        }

        @Override
        public void restart() {
            // nothing to rewind
        }

        @Override
        public Progress writeTo(UpstreamSink upstream, ByteBuffer head) throws IOException {
            upstream.write(head);
            return head.hasRemaining() ? Progress.UPSTREAM_FULL : Progress.DONE;
        }

        @Override
        public void close() {
            // nothing to free
        }
    };
}
