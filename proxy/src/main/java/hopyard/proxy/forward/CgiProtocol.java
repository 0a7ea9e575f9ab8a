package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.ByteBuffer;

/** How apps answer over uwsgi and SCGI: with a head of CGI or of HTTP, and content up to the connection's end. */
public final class CgiProtocol implements ResponseProtocol {

    @Override
    public int end(ByteBuffer buffer, int from) {
        return CgiHeads.end(buffer, from);
    }

    @Override
    public String mistake(ByteBuffer buffer) {
        return ResponseHead.mayBegin(buffer) ? null : CgiHeads.mistake(buffer);
    }

    @Override
    public String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end) {
        return ResponseHead.mayBegin(buffer) ? into.parse(buffer, end) : CgiHeads.parse(into, buffer, end);
    }

    @Override
    public ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead) {
        return ResponseFraming.ofCgi(head, false, length -> new CgiContent(length, isHead));
    }

    @Override
    public boolean replacesErrors() {
        return false;
    }
}
