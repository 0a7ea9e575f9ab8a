package hopyard.proxy.forward;

import hopyard.proxy.upstream.UpstreamSink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A request body that the configuration gives: {@code proxy_set_body}. */
final class FixedBody implements RequestBody {

    private final ByteBuffer content;

    FixedBody(byte[] content) {
        this.content = ByteBuffer.wrap(content);
    }

    @Override
    public long length() {
        return content.capacity();
    }

    @Override
    public boolean canRestart() {
        return true;
    }

    @Override
    public void restart() {
        content.rewind();
    }

    @Override
    public Progress writeTo(UpstreamSink upstream, ByteBuffer head) throws IOException {
        upstream.write(new ByteBuffer[] {head, content}, 2);
        return head.hasRemaining() || content.hasRemaining() ? Progress.UPSTREAM_FULL : Progress.DONE;
    }

    @Override
    public void close() {
        // nothing to free
    }
}
