package hopyard.proxy.upstream;

import hopyard.http.ChunkFraming;
import hopyard.http.MalformedFraming;
import io.undertow.util.HeaderMap;
import java.nio.ByteBuffer;

/** The chunked transfer coding of an upstream's response (RFC 9112 §7.1), decoded in place. */
public final class ChunkedDecoder extends BodyDecoder {

    private final ChunkFraming framing = new ChunkFraming();
    private boolean excess;

    @Override
    public void decode(ByteBuffer buffer) throws MalformedFraming {
        int start = buffer.position();
        int limit = buffer.limit();
        int to = start;
        int at = start;
        while (at < limit && !framing.isDone()) {
            if (framing.isInData()) {
                int n = (int) Math.min(framing.left(), limit - at);
                if (to != at) {
                    buffer.put(to, buffer.duplicate(), at, n);
                }
                to += n;
                at += n;
                framing.dataRead(n);
            } else {
                framing.take(buffer.get(at++));
            }
        }
        excess |= at < limit;
        buffer.limit(to);
    }

    @Override
    public boolean isDone() {
        return framing.isDone();
    }

    @Override
    public boolean hasExcess() {
        return excess;
    }

    @Override
    public String excess() {
        return "data after final chunk";
    }

    @Override
    public HeaderMap trailers() {
        return framing.trailers();
    }
}
