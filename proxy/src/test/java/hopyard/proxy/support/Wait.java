package hopyard.proxy.support;

import java.util.concurrent.Callable;

/** Waits for a condition instead of for a time. */
public final class Wait {

    private static final long MAX_NANOS = 10_000_000_000L;

    private Wait() {}

    public static void until(String what, Callable<Boolean> condition) {
        long end = System.nanoTime() + MAX_NANOS;
        Exception last = null;
        while (System.nanoTime() < end) {
            try {
                if (condition.call()) {
                    return;
                }
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } catch (Exception e) {
                last = e;
            }
        }
        throw new AssertionError("waited in vain for " + what, last);
    }
}
