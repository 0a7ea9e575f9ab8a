package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import java.nio.ByteBuffer;

/** How apps answer over HTTP/2, as {@code grpc_pass} has them do. */
public final class GrpcProtocol implements ResponseProtocol {

    /** {@code null} until a response is read. */
    private GrpcStream stream;

    @Override
    public ResponseProtocol forResponse() {
        return new GrpcProtocol();
    }

    @Override
    public String remembered() {
        return "h2";
    }

    @Override
    public String unwrap(Exchange exchange, ByteBuffer buffer) {
        stream = exchange.get(GrpcStream.KEY);
        return null;
    }

    @Override
    public int end(ByteBuffer buffer, int from) {
        return stream.readHead(buffer) ? buffer.position() : -1;
    }

    @Override
    public String mistake(ByteBuffer buffer) {
        return stream.response().mistake();
    }

    @Override
    public String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end) {
        ByteBuffer head = stream.response().head();
        String mistake = into.parse(head, head.limit());
        into.ofHttp2();
        if (mistake == null && into.status() < 200 && stream.isDone()) {
            return "upstream prematurely closed stream";
        }
        if (into.status() >= 200) {
            stream.headEnds();
        }
        return mistake;
    }

    @Override
    public ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead) {
        return ResponseFraming.ofHttp2(head, length -> {
            stream.response().length(isHead ? 0 : length);
            return new Content(stream);
        });
    }

    @Override
    public boolean replacesErrors() {
        return false;
    }

    /** Content in frames. */
    private static final class Content extends BodyDecoder {
        private final GrpcStream stream;
        private final GrpcResponse response;

        Content(GrpcStream stream) {
            this.stream = stream;
            response = stream.response();
        }

        @Override
        public void decode(ByteBuffer buffer) throws MalformedFraming {
            stream.readContent(buffer);
            if (response.mistake() != null) {
                throw new MalformedFraming(response.mistake());
            }
            if (stream.isDone() && response.lacksContent()) {
                throw new MalformedFraming("upstream prematurely closed stream");
            }
        }

        @Override
        public boolean isDone() {
            return stream.isDone();
        }

        @Override
        public boolean hasExcess() {
            return false;
        }

        @Override
        public boolean leavesCleanConnection() {
            return stream.leavesCleanConnection();
        }

        @Override
        public HeaderMap trailers() {
            return response.trailers();
        }
    }
}
