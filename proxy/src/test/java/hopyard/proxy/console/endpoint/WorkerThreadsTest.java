package hopyard.proxy.console.endpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What has to be done is done however much others want. */
class WorkerThreadsTest {

    @Test
    void whatComesFirstNeedsNoPlace() throws InterruptedException {
        WorkerThreads lane = new WorkerThreads("test", 1, 2);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(3);
        List<String> order = new CopyOnWriteArrayList<>();
        lane.execute(() -> {
            begun.countDown();
            awaitQuietly(released);
        });
        assertTrue(begun.await(10, TimeUnit.SECONDS));
        for (String name : List.of("a", "b")) {
            lane.execute(() -> add(name, order, done));
        }
        assertThrows(RejectedExecutionException.class, () -> lane.execute(() -> order.add("c")));
        lane.executeFirst(() -> add("first", order, done));
        released.countDown();
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertEquals(List.of("first", "a", "b"), order);
    }

    @Test
    void whatComesFirstIsDoneWhereNobodyWaits() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        new WorkerThreads("test", 1, 0).executeFirst(done::countDown);
        assertTrue(done.await(10, TimeUnit.SECONDS));
    }

    private static void add(String name, List<String> order, CountDownLatch done) {
        order.add(name);
        done.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
