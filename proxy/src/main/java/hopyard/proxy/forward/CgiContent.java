package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.proxy.upstream.BodyDecoder;
import java.nio.ByteBuffer;

/**
 * The content of a response of CGI, which is counted. To a request for a head alone, an app may answer with content or
 * without it.
 */
class CgiContent extends BodyDecoder {

    private final boolean isHead;
    /** How much is to come; negative if that is not known. */
    private long left;

    private boolean isBegun;
    private boolean hasContent;
    private boolean excess;

    CgiContent(long length, boolean isHead) {
        this.isHead = isHead;
        left = length;
    }

    @Override
    public void decode(ByteBuffer buffer) throws MalformedFraming {
        isBegun = true;
        hasContent |= buffer.hasRemaining();
        if (left >= 0 && buffer.remaining() > left) {
            excess = true;
            buffer.limit(buffer.position() + (int) left);
        }
        left -= left < 0 ? 0 : buffer.remaining();
    }

    /** Whether what has come may be all: nothing is missing of the length, if there is one. */
    final boolean mayEnd() {
        return left <= 0 || isHead && !hasContent;
    }

    /** Whether as much has come as the length says. */
    final boolean isCounted() {
        return isBegun && left == 0;
    }

    @Override
    public boolean isDone() {
        return excess || isCounted();
    }

    @Override
    public boolean isCompleteAtClose() {
        return left <= 0;
    }

    @Override
    public final boolean hasExcess() {
        return excess;
    }
}
