package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.ByteBuffer;

/** How the response of an upstream is read: as HTTP, or as what a module speaks in its place. */
public interface ResponseProtocol {

    /** HTTP/1. */
    ResponseProtocol HTTP = new Http();

    /** Returns the index behind the head in a buffer; -1 if the head is not all there yet. */
    int end(ByteBuffer buffer, int from);

    /** Whether what a buffer holds may become a head. */
    boolean mayBegin(ByteBuffer buffer);

    /**
     * Takes the head that stands between the buffer's position and {@code end}, and moves the position behind it.
     *
     * @return {@code null}, or what is wrong with it
     */
    String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end);

    /** Returns how the response ends whose head was taken last. */
    ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead);

    /** Whether the client gets the page for a status also where no {@code error_page} is configured for it. */
    boolean replacesErrors();

    /** HTTP/1. */
    final class Http implements ResponseProtocol {

        private Http() {}

        @Override
        public int end(ByteBuffer buffer, int from) {
            return ResponseHead.end(buffer, from);
        }

        @Override
        public boolean mayBegin(ByteBuffer buffer) {
            return ResponseHead.mayBegin(buffer);
        }

        @Override
        public String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end) {
            return into.parse(buffer, end);
        }

        @Override
        public ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead) {
            return ResponseFraming.of(head, isHead);
        }

        @Override
        public boolean replacesErrors() {
            return false;
        }
    }
}
