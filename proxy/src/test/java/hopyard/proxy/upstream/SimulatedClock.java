package hopyard.proxy.upstream;

import java.util.Random;

/** Time and chance of a simulation: nobody waits, and the same seed gives the same run. */
public final class SimulatedClock implements ClockAndDice {

    private final Random random;
    /** Not 0, because 0 is when servers were last looked at that never were. */
    private long micros = 1_000_000_000_000L;

    /** @param seed which run it is */
    public SimulatedClock(long seed) {
        random = new Random(seed);
    }

    @Override
    public long millis() {
        return micros / 1000;
    }

    /** Returns the time in µs. */
    public long micros() {
        return micros;
    }

    /** Sets the time, in µs. */
    public void set(long now) {
        micros = now;
    }

    @Override
    public long draw(long bound) {
        return (long) (random.nextDouble() * bound);
    }

    /** Returns true with that probability. */
    public boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    /** Returns a duration, in µs, of those that are as likely to end at any moment (exponentially distributed). */
    public long duration(double meanMicros) {
        return Math.round(-meanMicros * Math.log(1 - random.nextDouble()));
    }
}
