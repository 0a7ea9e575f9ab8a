package hopyard.proxy.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Changes the content of one response on its way to the client, as a stream: nginx's body filter. {@link FilterConduit}
 * calls it, on the exchange's I/O thread.
 */
public interface ContentFilter {

    /** Gets, before all else, what a filter that waits has to run when it can go on. */
    default void whenReady(Runnable goOn) {}

    /**
     * Takes content from {@code in} and puts what becomes of it into {@code out}, until {@code in} is empty or
     * {@code out} is full. It may return earlier, to have {@code out} passed on first. It keeps neither buffer.
     *
     * <p>If it neither takes nor puts anything, it waits for something else, and has to {@linkplain #whenReady say}
     * when that is over.
     */
    void filter(ByteBuffer in, ByteBuffer out) throws IOException;

    /**
     * Puts what it has kept back and need not keep. Called when what has come is to be sent now, although more follows.
     *
     * @return false if that is not all, because {@code out} had no room or the filter waits: then it is called again
     */
    default boolean flush(ByteBuffer out) throws IOException {
        return true;
    }

    /**
     * Puts what follows the last of the content.
     *
     * @return false if that is not all: then it is called again
     */
    boolean finish(ByteBuffer out) throws IOException;

    /** Frees what it holds. Called once, when the exchange is over, however it ends. */
    default void close() {}
}
