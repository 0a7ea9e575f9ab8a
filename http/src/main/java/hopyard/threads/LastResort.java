package hopyard.threads;

import hopyard.jars.ReplacedJar;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.xnio.XnioIoThread;

/**
 * Ends a process that cannot be trusted to serve any more, so that whoever has started it starts it again, as nginx's
 * master starts a worker. A port that listens and does not answer is worse than one that is away for a second.
 *
 * <p>That is: when the JVM itself fails (no memory, an internal error), wherever it is noticed, and when an I/O thread
 * ends for any reason, for nobody else serves its connections. And it is when a class is missing because the program
 * has been built anew meanwhile: started again, it is the new one. A stack that was too deep, or a class that is
 * missing for another reason, fails one exchange and ends nothing. The JVM's own {@code -XX:+ExitOnOutOfMemoryError}
 * does the same, sooner, but only where the heap is what is short: memory outside of it and threads are not.
 */
public final class LastResort {

    /** The exit status when there is no memory; the JVM's own for {@code -XX:+ExitOnOutOfMemoryError}. */
    public static final int OUT_OF_MEMORY = 3;

    /** The exit status when an I/O thread has ended, the JVM has failed otherwise, or its program was replaced. */
    public static final int CANNOT_GO_ON = 4;

    /** XNIO catches whatever a listener or a task throws, and tells its log. Nobody else holds on to this one. */
    private static final Logger XNIO = Logger.getLogger("org.xnio");

    private LastResort() {}

    /** Watches over all threads of this process from now on. */
    public static void install() {
        ReplacedJar.begin();
        Thread.setDefaultUncaughtExceptionHandler(LastResort::ended);
        // the level at which it tells of what was thrown
        XNIO.setLevel(Level.SEVERE);
        XNIO.addHandler(new Watch());
    }

    /** Ends the process if it is the JVM that has failed, or its program has gone; returns otherwise. */
    public static void consider(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof OutOfMemoryError) {
                end(OUT_OF_MEMORY, t);
            } else if (t instanceof VirtualMachineError && !(t instanceof StackOverflowError)) {
                end(CANNOT_GO_ON, t);
            } else if (t instanceof LinkageError && ReplacedJar.find() != null) {
                end(CANNOT_GO_ON, t + ": " + ReplacedJar.find() + " was replaced while this process ran");
            }
        }
    }

    private static void ended(Thread thread, Throwable thrown) {
        consider(thrown);
        if (thread instanceof XnioIoThread) {
            end(CANNOT_GO_ON, thrown);
        }
        System.err.print("Exception in thread \"" + thread.getName() + "\" ");
        thrown.printStackTrace();
    }

    private static void end(int status, Object why) {
        try {
            System.err.println("Terminating due to " + why);
        } finally {
            // no shutdown hooks: they may wait for what has failed
            Runtime.getRuntime().halt(status);
        }
    }

    private static final class Watch extends Handler {
        @Override
        public void publish(LogRecord told) {
            if (told.getThrown() instanceof Error) {
                consider(told.getThrown());
            }
        }

        @Override
        public void flush() {
            // nothing is kept
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
