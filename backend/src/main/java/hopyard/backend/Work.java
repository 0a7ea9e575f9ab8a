package hopyard.backend;

/** Something that takes its time on a connection: it waits, or a client is slow. It lives on the connection's I/O thread. */
interface Work {

    /** How long a client may take or send nothing, in s; gunicorn's and nginx's timeouts are of that size. */
    long PATIENCE_SECONDS = 60;

    /** Whether nothing has moved for longer than it may. */
    boolean isStuck(long nanoTime);

    /** The connection is closed, for whatever reason: lets go of timers and memory. Runs once, unless the work is done before. */
    void ended();
}
