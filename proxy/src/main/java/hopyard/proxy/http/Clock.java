package hopyard.proxy.http;

/**
 * Where the time of an exchange goes. At each moment it is in one stage, so that the stages add up to the whole. All times
 * are on the scale of {@link System#nanoTime()}. Belongs to the exchange's I/O thread.
 *
 * <p>A stage is entered when its wait really begins. An exchange that never waits for anybody but the upstream's head
 * enters three, at times that are known anyway.
 */
public final class Clock {

    private static final int STAGES = Stage.values().length;

    private static final Stage[] OF_ATTEMPT = {Stage.CONNECT, Stage.SEND, Stage.WAIT, Stage.READ};

    private final long begun;
    private final long headRead;
    /** By stage, in nanoseconds; {@code null} where nobody will ask. */
    private final long[] spent;

    private Stage stage = Stage.RECEIVE;
    private long own;
    private long ofUpstream;
    private long since;
    private boolean holdsClientBack;

    /**
     * @param begun when the first byte of the request was there
     * @param headRead when all of its head was
     * @param isRecorded whether it is to be known afterwards what went into each stage
     */
    Clock(long begun, long headRead, boolean isRecorded) {
        this.begun = begun;
        this.headRead = headRead;
        spent = isRecorded ? new long[STAGES] : null;
        since = begun;
        enter(Stage.OWN, headRead);
    }

    /**
     * That of a client's request, whose head has been read just now.
     *
     * @param begun when its first byte was there; negative if nobody knows
     */
    static Clock ofRequest(long begun, boolean isRecorded) {
        long now = System.nanoTime();
        return new Clock(begun < 0 ? now : begun, now, isRecorded);
    }

    /** That of a subrequest. */
    static Clock ofSubrequest() {
        return ofRequest(-1, false);
    }

    /** When the first byte of the request was there. */
    public long begun() {
        return begun;
    }

    /** When the request's head had been read. */
    public long headRead() {
        return headRead;
    }

    /** The stage that it is in. */
    Stage stage() {
        return stage;
    }

    /** When it has entered that. */
    long since() {
        return since;
    }

    /** From {@code now} on, the time goes into that stage. */
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

    /** From now on, the time goes into that stage. */
    public void enter(Stage next) {
        if (next != stage) {
            enter(next, System.nanoTime());
        }
    }

    /** From now on, the client is waited for, unless its response is being held back here. */
    public void awaitClient() {
        enter(holdsClientBack ? Stage.QUEUE : Stage.WRITE);
    }

    /** Whether the client could take more than it is given. */
    void holdClientBack(boolean holds) {
        holdsClientBack = holds;
    }

    /** Another attempt begins: what the one before took is that one's. */
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

    /** What has gone into this server's own work until {@code now}, in nanoseconds. */
    public long own(long now) {
        return stage == Stage.OWN ? own + now - since : own;
    }

    /** What has gone into all attempts, in nanoseconds, without the stage that it is in. */
    public long ofUpstream() {
        return ofUpstream;
    }

    /** The exchange is over. */
    public void stop(long now) {
        enter(Stage.OWN, now);
    }

    /** What has gone into that stage of an exchange that is recorded, in nanoseconds; of an attempt's stages, in the last attempt. */
    public long nanos(Stage of) {
        return spent[of.ordinal()];
    }

    /** What has gone into that stage of one of the attempts of an exchange that is recorded, in nanoseconds. */
    public long nanos(Stage of, UpstreamTry attempt) {
        long[] its = attempt.spent();
        return its == null ? nanos(of) : its[of.ordinal()];
    }
}
