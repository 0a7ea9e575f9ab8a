package hopyard.backend;

/**
 * Something that takes its time on a connection, because it waits or because a client is slow. It lives on the
 * connection's I/O thread.
 */
interface Work {

    /** How long a client may take or send nothing, in s; the timeouts of gunicorn and nginx are similar. */
    long PATIENCE_SECONDS = 60;

    /** Whether nothing has moved for longer than it may. */
    boolean isStuck(long nanoTime);

    /**
     * Frees timers and memory, because the connection is closed, for whatever reason. Runs once, unless the work is
     * done before.
     */
    void ended();
}
