package hopyard.database;

import hopyard.backend.database.Caller;
import hopyard.backend.database.Database.Job;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Outcome;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A job that waits for a connection, or is done with one. There are as many threads as connections, so what waits for a
 * connection waits in the threads' queue, and holds no thread itself.
 */
final class Task<T> implements Runnable {

    /** Does jobs. */
    interface Worker {
        /** Does one with a connection of the pool; returns what the job does. */
        <T> T work(Caller caller, Job<T> job, RequestRecord record) throws Failure;
    }

    private final Caller caller;
    private final Job<T> job;
    private final RequestRecord record;
    private final Worker worker;
    private final Consumer<Outcome<T>> then;
    private final AtomicBoolean isTaken = new AtomicBoolean();
    private Future<?> expiry;

    Task(Caller caller, Job<T> job, RequestRecord record, Worker worker, Consumer<Outcome<T>> then) {
        this.caller = caller;
        this.job = job;
        this.record = record;
        this.worker = worker;
        this.then = then;
    }

    /** Sets what ends the wait; before a thread can have the task. */
    void expiry(Future<?> timer) {
        expiry = timer;
    }

    @Override
    public void run() {
        if (!isTaken.compareAndSet(false, true)) {
            return;
        }
        expiry.cancel(false);
        try {
            T value = worker.work(caller, job, record);
            record.over(null);
            then.accept(new Outcome<>(value, null, record.hop()));
        } catch (Failure e) {
            record.over(e);
            then.accept(new Outcome<>(null, e, record.hop()));
        }
    }

    /** Gives up, if it still waits; returns whether it did. */
    boolean expire(Failure why) {
        boolean isWaiting = isTaken.compareAndSet(false, true);
        if (isWaiting) {
            record.over(why);
            then.accept(new Outcome<>(null, why, record.hop()));
        }
        return isWaiting;
    }
}
