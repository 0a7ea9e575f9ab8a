package hopyard.proxy.io;

import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;

/**
 * A timeout that is set anew for nearly every event and hardly ever passes. Moving it to a later time costs one
 * assignment. When its timer fires, the timer checks whether the deadline has moved, and only then is armed again.
 *
 * <p>It belongs to one I/O thread and is used on this thread alone.
 */
public final class Deadline {

    private static final long NONE = Long.MAX_VALUE;

    private final XnioIoThread thread;
    private final Runnable onPassed;
    private long deadline = NONE;
    private long armedFor = NONE;
    private XnioExecutor.Key timer;

    /**
     * @param onPassed runs on the thread when the deadline passes
     */
    public Deadline(XnioIoThread thread, Runnable onPassed) {
        this.thread = thread;
        this.onPassed = onPassed;
    }

    /** Sets the deadline to {@code millis} from now; 0 or less is no deadline. */
    public void set(long millis) {
        set(millis, System.nanoTime());
    }

    /** Sets the deadline to {@code millis} from {@code now}, which is on the scale of {@link System#nanoTime()}. */
    public void set(long millis, long now) {
        if (millis <= 0) {
            clear();
            return;
        }
        deadline = now + TimeUnit.MILLISECONDS.toNanos(millis);
        if (timer == null || deadline < armedFor) {
            cancel();
            arm(millis);
        }
    }

    /**
     * Returns when the deadline passes, on the scale of {@link System#nanoTime()}; {@code Long.MAX_VALUE} for never.
     */
    public long passesAt() {
        return deadline;
    }

    /** Whether there is a deadline that has not passed. */
    public boolean isSet() {
        return deadline != NONE;
    }

    /** Takes the deadline back. The timer may stay armed; it will find nothing to do. */
    public void clear() {
        deadline = NONE;
    }

    /** Takes the deadline back and frees the timer: for the end of the owner's life. */
    public void close() {
        clear();
        cancel();
    }

    private void cancel() {
        if (timer != null) {
            timer.remove();
            timer = null;
        }
    }

    private void arm(long millis) {
        armedFor = deadline;
        timer = thread.executeAfter(this::fired, millis, TimeUnit.MILLISECONDS);
    }

    private void fired() {
        timer = null;
        if (deadline == NONE) {
            return;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            clear();
            onPassed.run();
        } else {
            arm(TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
    }
}
