package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * How apps answer over FastCGI: with a head of CGI and content, in records.
 *
 * @see <a href="https://fastcgi-archives.github.io/FastCGI_Specification.html">FastCGI</a>
 */
public final class FastCgiProtocol implements ResponseProtocol {

    private static final String STDOUT_CLOSED = "upstream prematurely closed FastCGI stdout";

    private final boolean keepsConnection;
    private final List<String> caught;
    /** {@code null} until a response is read. */
    private final FastCgiRecords records;
    /** How much content has been taken out of records together with the head. */
    private int taken;

    /**
     * @param keepsConnection {@code fastcgi_keep_conn}
     * @param caught {@code fastcgi_catch_stderr}
     */
    public FastCgiProtocol(boolean keepsConnection, List<String> caught) {
        this(keepsConnection, caught, null);
    }

    private FastCgiProtocol(boolean keepsConnection, List<String> caught, FastCgiRecords records) {
        this.keepsConnection = keepsConnection;
        this.caught = caught;
        this.records = records;
    }

    @Override
    public ResponseProtocol forResponse() {
        return new FastCgiProtocol(keepsConnection, caught, new FastCgiRecords());
    }

    @Override
    public String unwrap(Exchange exchange, ByteBuffer buffer) {
        return records.unwrapHead(exchange, buffer, caught);
    }

    @Override
    public int end(ByteBuffer buffer, int from) {
        return CgiHeads.end(buffer, from);
    }

    @Override
    public String mistake(ByteBuffer buffer) {
        String mistake = CgiHeads.mistake(buffer);
        if (mistake != null) {
            return mistake;
        }
        return records.isStdoutClosed()
                ? STDOUT_CLOSED
                : records.isOver() ? "upstream sent unexpected FastCGI record: 3" : null;
    }

    @Override
    public String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end) {
        taken = records.outputEnd() - end;
        return CgiHeads.parse(into, buffer, end);
    }

    @Override
    public ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead) {
        return ResponseFraming.ofCgi(head, keepsConnection, length -> new Content(exchange, length, isHead));
    }

    @Override
    public boolean replacesErrors() {
        return false;
    }

    /** Content in records. */
    private final class Content extends CgiContent {
        private final Exchange exchange;
        private boolean isBegun;

        Content(Exchange exchange, long length, boolean isHead) {
            super(length, isHead);
            this.exchange = exchange;
        }

        @Override
        public void decode(ByteBuffer buffer) throws MalformedFraming {
            int from = buffer.position();
            String mistake = records.unwrap(exchange, buffer.position(from + taken));
            if (mistake != null) {
                throw new MalformedFraming(mistake);
            }
            taken = 0;
            isBegun = true;
            super.decode(buffer.position(from));
        }

        @Override
        public boolean isDone() {
            // an app that is still to write that it has ended must find its connection open
            return isBegun && (hasExcess() || records.hasEnded() && mayEnd());
        }

        @Override
        public boolean isCompleteAtClose() {
            return records.isStdoutClosed() ? mayEnd() : isCounted();
        }

        @Override
        public String cutShort() {
            return !records.isOver() || mayEnd()
                    ? null
                    : records.isStdoutClosed() ? STDOUT_CLOSED : "upstream prematurely closed FastCGI request";
        }

        @Override
        public boolean leavesCleanConnection() {
            return !hasExcess() && records.endsCleanly();
        }
    }
}
