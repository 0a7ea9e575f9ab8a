package hopyard.database;

import hopyard.backend.database.Database.Job;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Session;

/** What has to be there before jobs can run: done once, and again when it may be gone. */
final class Preparation {

    private final Job<Void> job;
    private volatile boolean isDone;

    Preparation(Job<Void> job) {
        this.job = job;
    }

    /**
     * Sees to it that it is done. Who comes meanwhile does it, too, by a connection of its own: nobody waits for
     * somebody else's, which may be broken.
     */
    void prepare(Session session) throws Failure, InterruptedException {
        if (!isDone) {
            job.run(session);
            isDone = true;
        }
    }

    /** Has it looked after before the next job. */
    void repeat() {
        isDone = false;
    }
}
