package hopyard.proxy.forward;

import hopyard.proxy.upstream.UpstreamConnection;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Frames the content of a request on its way to an upstream, in a protocol that has more than a length for it. */
public interface ContentFraming {

    /**
     * Writes what is left of the head, and content after it, as {@link RequestBody#writeTo} does.
     *
     * @throws ClientBodyException if the client is at fault
     * @throws IOException if the upstream's connection fails
     */
    RequestBody.Progress send(RequestBody content, UpstreamConnection upstream, ByteBuffer head) throws IOException;

    /** The connection takes bytes again, though all of the request is out. */
    default void writable() {
        // nothing but a request is sent
    }
}
