package hopyard.proxy.http;

import java.io.IOException;

/** One step of a request's way. */
@FunctionalInterface
public interface PhaseHandler {

    /** What the engine does next. */
    enum Result {
        /** Go on with the next handler. */
        NEXT,
        /** The handler has the exchange now: it responds, or calls {@link Phases#proceed()} later. */
        TAKEN
    }

    /**
     * Runs on the exchange's I/O thread and must not block. For an exchange with a {@link Exchange#trail()} nothing may be sent,
     * counted, kept or waited for: the trail gets told instead.
     *
     * @throws IOException if the response cannot be made; answered with 500 when none has begun
     */
    Result handle(Exchange exchange) throws IOException;
}
