package hopyard.proxy.exchange;

/**
 * Measures where the time of an exchange goes. At each moment the exchange is in one stage, so the stages add up to the
 * whole. All times are on the scale of {@link System#nanoTime()}. Belongs to the exchange's I/O thread.
 *
 * <p>A stage is entered when its wait really begins. An exchange that waits for nothing but the head of the upstream's
 * response enters only three stages, at times that are known anyway.
 */
public final class Clock {

    private static final int STAGES = Stage.values().length;

    private static final Stage[] OF_ATTEMPT = {Stage.CONNECT, Stage.SEND, Stage.WAIT, Stage.READ};

    private final long begun;
    private final long headRead;
    /** The time in each stage, in nanoseconds; {@code null} if the exchange is not recorded. */
    private final long[] spent;

    private Stage stage = Stage.RECEIVE;
    private long own;
    private long ofUpstream;
    private long since;
    private boolean holdsClientBack;

    /**
     * @param begun when the first byte of the request arrived
     * @param headRead when the head of the request was complete
     * @param isRecorded whether the time in each stage is kept
     */
    Clock(long begun, long headRead, boolean isRecorded) {
        this.begun = begun;
        this.headRead = headRead;
        spent = isRecorded ? new long[STAGES] : null;
        since = begun;
        enter(Stage.OWN, headRead);
    }

    /**
     * Returns the clock of a client's request, whose head has just been read.
     *
     * @param begun when the first byte of the request arrived; negative if this is not known
     */
    static Clock ofRequest(long begun, boolean isRecorded) {
        long now = System.nanoTime();
        return new Clock(begun < 0 ? now : begun, now, isRecorded);
    }

    /** Returns the clock of a subrequest. */
    static Clock ofSubrequest() {
        return ofRequest(-1, false);
    }

    /** Returns when the first byte of the request arrived. */
    public long begun() {
        return begun;
    }

    /** Returns when the request's head had been read. */
    public long headRead() {
        return headRead;
    }

    /** Returns the current stage. */
    Stage stage() {
        return stage;
    }

    /** Returns when the current stage was entered. */
    long since() {
        return since;
    }

    /** Enters a stage: from {@code now} on, the time goes into it. */
    public void enter(Stage next, long now) {
        long nanos = now - since;
        if (stage == Stage.OWN) {
            own += nanos;
        } else if (stage.isOfUpstream()) {
            ofUpstream += nanos;
        }
        if (spent != null) {
            spent[stage.ordinal()] += nanos;
        }
        since = now;
        stage = next;
    }

    /** Enters a stage now, unless it is the current one. */
    public void enter(Stage next) {
        if (next != stage) {
            enter(next, System.nanoTime());
        }
    }

    /** Enters the stage of waiting for the client, or the queue if this server holds the response back. */
    public void awaitClient() {
        enter(holdsClientBack ? Stage.QUEUE : Stage.WRITE);
    }

    /** Sets whether this server holds the response back, although the client could take more. */
    void holdClientBack(boolean holds) {
        holdsClientBack = holds;
    }

    /** Begins another attempt: gives the times of the attempt's stages so far to the attempt before. */
    void nextAttempt(UpstreamTry before, long now) {
        enter(Stage.OWN, now);
        if (spent == null) {
            return;
        }
        long[] its = new long[spent.length];
        for (Stage each : OF_ATTEMPT) {
            int i = each.ordinal();
            its[i] = spent[i];
            spent[Stage.RETRY.ordinal()] += spent[i];
            spent[i] = 0;
        }
        before.spent(its);
    }

    /** Returns the time of this server's own work until {@code now}, in nanoseconds. */
    public long own(long now) {
        return stage == Stage.OWN ? own + now - since : own;
    }

    /** Returns the time of all attempts, in nanoseconds, without the current stage. */
    public long ofUpstream() {
        return ofUpstream;
    }

    /** Stops the clock: the exchange is over. */
    public void stop(long now) {
        enter(Stage.OWN, now);
    }

    /**
     * Returns the time in a stage of a recorded exchange, in nanoseconds. For a stage of an attempt, it is the time in
     * the last attempt.
     */
    public long nanos(Stage of) {
        return spent[of.ordinal()];
    }

    /** Returns the time in a stage of one attempt of a recorded exchange, in nanoseconds. */
    public long nanos(Stage of, UpstreamTry attempt) {
        long[] its = attempt.spent();
        return its == null ? nanos(of) : its[of.ordinal()];
    }
}
