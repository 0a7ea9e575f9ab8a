package io.undertow.conduits;

import hopyard.proxy.upstream.ChunkFraming;
import io.undertow.util.Attachable;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds the data in a chunked request. Stands in for Undertow's own class of this name, which passes over whatever stands
 * between a chunk's size, or its data, and the next line feed.
 *
 * <p>It is found because the proxy's classes come before Undertow's on the class path.
 */
class ChunkReader {

    private final Attachable attachable;
    private final AttachmentKey<HeaderMap> trailersKey;
    private final ChunkFraming framing = new ChunkFraming();

    /** @param counter counts a message's bytes for a limit of Undertow's, which the proxy does not use */
    ChunkReader(
            Attachable attachable, AttachmentKey<HeaderMap> trailersKey, BytesCounter<? extends IOException> counter) {
        this.attachable = attachable;
        this.trailersKey = trailersKey;
    }

    /**
     * Reads framing up to the next data.
     *
     * @return how much data follows; 0 if there is more framing to come, -1 at the end of the message
     * @throws IOException if the framing is malformed
     */
    public long readChunk(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining() && !framing.isInData() && !framing.isDone()) {
            framing.take(buffer.get());
        }
        if (framing.isDone() && framing.trailers() != null) {
            attachable.putAttachment(trailersKey, framing.trailers());
        }
        return getChunkRemaining();
    }

    public long getChunkRemaining() {
        return framing.isDone() ? -1 : framing.isInData() ? framing.left() : 0;
    }

    public void setChunkRemaining(long remaining) {
        if (framing.isInData() && remaining >= 0) {
            framing.dataRead(framing.left() - remaining);
        }
    }
}
