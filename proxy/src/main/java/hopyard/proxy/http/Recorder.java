package hopyard.proxy.http;

import hopyard.proxy.upstream.HeadWriter;
import hopyard.proxy.upstream.ResponseHead;

/** Keeps what exchanges looked like. Is told on the I/O thread that the exchange lives on, and must not block. */
public interface Recorder {

    /** Whether somebody wants to know what the messages of an exchange looked like. */
    static boolean wants(Exchange exchange) {
        return !exchange.isSubrequest()
                && exchange.configuration().recorder() != null
                && exchange.location().isRecorded();
    }

    /** The head of a request upstream, for {@link UpstreamTry#sentHead()}. */
    byte[] sent(Exchange exchange, HeadWriter head);

    /** The head of an upstream's response, for {@link UpstreamTry#receivedHead()}. */
    byte[] received(ResponseHead head);

    /** The exchange is over. */
    void finished(Exchange exchange);

    /** A line of the error log has come after the end of the exchange that is {@linkplain RequestLog#recordedAs kept under this id}. */
    default void logged(long id, String line) {}
}
