package hopyard.proxy.http;

import hopyard.proxy.upstream.HeadWriter;
import hopyard.proxy.upstream.ResponseHead;

/** Keeps what exchanges looked like. Is told on the I/O thread that the exchange lives on, and must not block. */
public interface Recorder {

    /** The head of a request upstream, as it may be kept. */
    byte[] sent(Exchange exchange, HeadWriter head);

    /** The head of an upstream's response, as it may be kept. */
    byte[] received(ResponseHead head);

    /** The exchange is over. */
    void finished(Exchange exchange);
}
