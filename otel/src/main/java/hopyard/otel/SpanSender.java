package hopyard.otel;

import java.io.IOException;
import java.util.List;

/** Sends batches of spans to an endpoint. */
public interface SpanSender extends AutoCloseable {

    /** Makes senders. {@link java.util.ServiceLoader} finds one in the jar {@code hopyard-otlp}. */
    interface Provider {
        /**
         * Returns a sender, which may not have connected yet.
         *
         * @throws IOException if it cannot be loaded, or a file of the settings cannot be read
         */
        SpanSender open(Settings settings) throws IOException;
    }

    /** Is told what has become of a batch. */
    interface Done {
        /**
         * Takes that.
         *
         * @param lost how many of its spans were not taken
         * @param reason why; {@code null} if all were taken
         */
        void accept(int lost, String reason);
    }

    /**
     * Begins to send a batch.
     *
     * @param done called once, on any thread, within some seconds
     */
    void send(List<Span> batch, Done done);

    /** Breaks off what is under way. */
    @Override
    void close();
}
