package hopyard.proxy.support;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;

/** Holds an I/O thread up, so that what is sent meanwhile is ready all at once. */
public final class HoldUp {

    private HoldUp() {}

    /** Returns when the thread does nothing but wait for {@code goOn}. */
    public static void until(CountDownLatch goOn, XnioIoThread thread) throws InterruptedException {
        CountDownLatch isHeldUp = new CountDownLatch(1);
        thread.execute(() -> {
            isHeldUp.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertTrue(isHeldUp.await(10, TimeUnit.SECONDS));
    }

    /** The same for all I/O threads of proxies. */
    public static void all(CountDownLatch goOn) throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread instanceof XnioIoThread io && thread.getName().startsWith("proxy I/O")) {
                until(goOn, io);
            }
        }
    }
}
