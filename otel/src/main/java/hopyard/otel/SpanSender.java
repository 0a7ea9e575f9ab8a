package hopyard.otel;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Sends batches of spans to an endpoint. The jar that has one is loaded by the exporter's thread. */
public interface SpanSender extends AutoCloseable {

    /** Makes senders. It is found by {@link java.util.ServiceLoader}. */
    interface Provider {
        /**
         * Returns a sender, which may not have connected yet.
         *
         * @throws IOException if a file of the settings cannot be read
         */
        SpanSender open(Settings settings) throws IOException;
    }

    /**
     * Begins to send a batch.
     *
     * @param done called once, on any thread, within some seconds: with {@code null} if the spans were taken, else with
     *     the reason
     */
    void send(List<Span> batch, Consumer<String> done);

    /** Breaks off what is under way. */
    @Override
    void close();
}
