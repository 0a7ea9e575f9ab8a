package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import java.nio.ByteBuffer;

/** How the response of an upstream is read: as HTTP, or as what a module speaks in its place. */
public interface ResponseProtocol {

    /** HTTP/1. */
    ResponseProtocol HTTP = new Http();

    /** Returns the index behind the head in a buffer; -1 if the head is not all there yet. */
    int end(ByteBuffer buffer, int from);

    /**
     * Returns what reads one response: this, unless it has to remember something on the way.
     */
    default ResponseProtocol forResponse() {
        return this;
    }

    /**
     * Takes the bytes of a head out of what carries them, in place.
     *
     * @param buffer its new bytes, between position and limit
     * @return {@code null}, or what is wrong
     */
    default String unwrap(Exchange exchange, ByteBuffer buffer) {
        return null;
    }

    /** Returns why what a buffer holds can never become a head; {@code null} if it may. */
    String mistake(ByteBuffer buffer);

    /** Returns what the error log says of content whose framing is broken. */
    default String malformed(MalformedFraming e) {
        return e.getMessage();
    }

    /**
     * Takes the head that stands between the buffer's position and {@code end}, and moves the position behind it.
     *
     * @return {@code null}, or what is wrong with it
     */
    String parse(Exchange exchange, ResponseHead into, ByteBuffer buffer, int end);

    /** Returns how the response ends whose head was taken last. */
    ResponseFraming framing(Exchange exchange, ResponseHead head, boolean isHead);

    /** Returns the name of the protocol, if a kept connection can carry no other; {@code null} if it can. */
    default String remembered() {
        return null;
    }

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
        public String mistake(ByteBuffer buffer) {
            return ResponseHead.mayBegin(buffer) ? null : ResponseHead.NO_HTTP;
        }

        @Override
        public String malformed(MalformedFraming e) {
            return "upstream sent invalid chunked response";
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
