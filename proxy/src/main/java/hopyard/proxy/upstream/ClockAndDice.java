package hopyard.proxy.upstream;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Where the choice of a server takes the time and chance from. A simulation has its own, so that it comes to the same
 * each time and need not wait.
 */
interface ClockAndDice {

    /** The machine's. */
    ClockAndDice REAL = new ClockAndDice() {
        @Override
        public long millis() {
            return System.nanoTime() / 1_000_000;
        }

        @Override
        public long draw(long bound) {
            return ThreadLocalRandom.current().nextLong(bound);
        }
    };

    /** Returns the time in ms on a clock that never goes back. */
    long millis();

    /** Returns a number from 0 to below the bound, each as likely as the others. */
    long draw(long bound);
}
