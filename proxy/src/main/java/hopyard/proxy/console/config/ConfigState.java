package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.running.RunningServer.Applied;
import hopyard.proxy.server.Configuration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * How the running configuration came to be, and what becomes of it.
 *
 * @param number of what runs, as {@link Applied} counts
 * @param kept what is there to stay; what runs is on trial if it is another
 * @param until when the kept one comes back, on the scale of {@link System#nanoTime()}; without meaning if none is on
 *     trial
 * @param problem why it cannot come back yet; {@code null} if it has not been found out that it cannot
 * @param lock {@code null} if anybody may change the configuration
 */
record ConfigState(long number, Change change, Kept kept, long until, String problem, Lock lock) {

    /** Who put it to work, and when. */
    record Change(String by, Instant at) {

        ObjectNode json() {
            return Json.object()
                    .put("by", by)
                    .put("at", at.truncatedTo(ChronoUnit.MILLIS).toString());
        }
    }

    /**
     * A configuration that stays until the next reload.
     *
     * @param number of what ran when it was kept
     * @param text the main file's, as a byte string
     * @param isFile whether it was read from the file
     */
    record Kept(long number, String text, boolean isFile) {}

    /**
     * Somebody has the configuration for a while.
     *
     * @param token what they show to be known by
     * @param until on the scale of {@link System#nanoTime()}
     */
    record Lock(String token, String name, long until) {}

    /** Of what was put to work by nobody in the console: at the start, and by a reload. */
    static ConfigState ofFile(Applied applied) {
        String by = applied.number() == 1 ? "the start" : "a reload";
        return new ConfigState(
                applied.number(),
                new Change(by, applied.at()),
                new Kept(applied.number(), mainText(applied.configuration()), true),
                0,
                null,
                null);
    }

    /** The text of the main file, which is read first. */
    static String mainText(Configuration configuration) {
        return configuration.sources().values().iterator().next();
    }

    boolean isOnTrial() {
        return kept.number != number;
    }

    /** Whether something ends by itself: a trial, or a lock. */
    boolean isTemporary() {
        return isOnTrial() || lock != null;
    }

    /** How long that has still, in ms. */
    long leftMillis() {
        return Math.max(0, (until - System.nanoTime()) / 1_000_000);
    }

    ConfigState keeping(Kept what) {
        return new ConfigState(number, change, what, 0, null, null);
    }

    ConfigState locked(Lock by) {
        return new ConfigState(number, change, kept, by.until, null, by);
    }

    /** Without the lock; a trial is over. */
    ConfigState unlocked() {
        return new ConfigState(number, change, kept, System.nanoTime(), null, null);
    }

    ConfigState failing(String why) {
        return new ConfigState(number, change, kept, until, why, lock);
    }
}
