package hopyard.proxy.exchange;

import java.io.IOException;

/** A handler of a phase. */
@FunctionalInterface
public interface PhaseHandler {

    /** What the engine does next. */
    enum Result {
        /** The next handler runs. */
        NEXT,
        /** The handler has taken the exchange: it responds, or calls {@link Phases#proceed()} later. */
        TAKEN
    }

    /**
     * Runs on the exchange's I/O thread and must not block. For an exchange with a {@link Exchange#trail()}, the
     * handler must not send, count, keep or wait for anything, and tells the trail instead.
     *
     * @throws IOException if the response cannot be made; the client gets 500 if none has begun
     */
    Result handle(Exchange exchange) throws IOException;
}
