package hopyard.database;

import hopyard.backend.database.Caller;
import hopyard.backend.database.Database.Job;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Outcome;
import java.sql.Connection;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A job that waits for a connection, or is done with one. There are as many threads as connections, so what waits for a
 * connection waits in the threads' queue, and holds no thread itself. The wait has one end, wherever it is spent: in
 * the queue, or on a thread, for a database that does not answer.
 */
final class Task<T> implements Runnable {

    /** Does jobs. */
    interface Worker {
        /** Borrows a connection of the pool. */
        Connection connect() throws Failure;

        /** Gives it back. */
        void giveBack(Connection connection);

        /** Does a job with it; returns what the job does. */
        <T> T work(Connection connection, Caller caller, Job<T> job, RequestRecord record) throws Failure;
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
        if (isTaken.get()) {
            return;
        }
        Connection connection;
        try {
            connection = worker.connect();
        } catch (Failure e) {
            expiry.cancel(false);
            expire(e);
            return;
        }
        if (isTaken.compareAndSet(false, true)) {
            expiry.cancel(false);
            tell(connection);
        } else {
            worker.giveBack(connection);
        }
    }

    private void tell(Connection connection) {
        T value = null;
        Failure failure = null;
        try {
            value = worker.work(connection, caller, job, record);
        } catch (Failure e) {
            failure = e;
        }
        record.over(failure);
        then.accept(new Outcome<>(value, failure, record.hop()));
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
