package hopyard.http.server;

import io.undertow.conduits.AbstractFixedLengthStreamSinkConduit;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import org.xnio.conduits.StreamSinkConduit;

/** Takes the content of responses whose length is known, one after the other on a connection. */
final class FixedLengthSink extends AbstractFixedLengthStreamSinkConduit {

    private HttpServerExchange exchange;

    FixedLengthSink(StreamSinkConduit next) {
        super(next, 1, false, false);
    }

    /** Begins with another response. */
    void begin(long length, HttpServerExchange next) {
        exchange = next;
        reset(length, !next.isPersistent());
    }

    /** Notes that the exchange has ended, whether or not its response is complete. */
    void exchangeComplete() {
        channelFinished();
    }

    @Override
    protected void channelFinished() {
        HttpServerExchange ended = exchange;
        exchange = null;
        if (ended != null) {
            Connectors.terminateResponse(ended);
        }
    }
}
