package io.undertow.conduits;

import hopyard.http.ChunkFraming;
import hopyard.http.MalformedFraming;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.RequestMistake;
import io.undertow.util.Attachable;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderMap;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds the data in a chunked request. Stands in for Undertow's own class of this name, which passes over whatever stands
 * between a chunk's size, or its data, and the next line feed, and at best ends the connection without an answer.
 *
 * <p>Here, content that is malformed or too large seems to end, and the exchange has a {@link RequestMistake} from then on.
 *
 * <p>It is found because this module comes before Undertow on the class path.
 */
class ChunkReader {

    private static final long ENDED = -1;

    private final Attachable attachable;
    private final AttachmentKey<HeaderMap> trailersKey;
    private final ChunkFraming framing = new ChunkFraming();
    private long total;
    private boolean failed;

    /** @param counter counts a message's bytes for a limit of Undertow's, which is not used */
    ChunkReader(
            Attachable attachable, AttachmentKey<HeaderMap> trailersKey, BytesCounter<? extends IOException> counter) {
        this.attachable = attachable;
        this.trailersKey = trailersKey;
    }

    /**
     * Reads framing up to the next data.
     *
     * @return how much data follows; 0 if there is more framing to come, -1 at the end of the content
     */
    public long readChunk(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining() && !framing.isInData() && getChunkRemaining() != ENDED) {
                framing.take(buffer.get());
                if (framing.isInData()) {
                    checkSize();
                }
            }
        } catch (MalformedFraming e) {
            fail(400, "client sent invalid chunked body: " + e.getMessage());
        }
        if (framing.isDone() && framing.trailers() != null) {
            attachable.putAttachment(trailersKey, framing.trailers());
        }
        return getChunkRemaining();
    }

    /** As soon as a chunk says its size, nobody has to wait for it to come. */
    private void checkSize() {
        total += framing.left();
        Long most = attachable.getAttachment(RequestMistake.MOST_CONTENT);
        if (most != null && total > most) {
            fail(413, "client intended to send too large chunked body: " + total + " bytes");
        }
    }

    private void fail(int status, String message) {
        failed = true;
        attachable.putAttachment(RequestMistake.KEY, new RequestMistake(status, message, null));
        ((HttpServerExchange) attachable).setPersistent(false);
    }

    public long getChunkRemaining() {
        return failed || framing.isDone() ? ENDED : framing.isInData() ? framing.left() : 0;
    }

    public void setChunkRemaining(long remaining) {
        if (framing.isInData() && remaining >= 0) {
            framing.dataRead(framing.left() - remaining);
        }
    }
}
