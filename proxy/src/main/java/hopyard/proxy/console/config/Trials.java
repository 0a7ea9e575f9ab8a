package hopyard.proxy.console.config;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.config.ConfigState.Change;
import hopyard.proxy.console.config.ConfigState.Kept;
import hopyard.proxy.console.config.ConfigState.Lock;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.running.RunningServer.Applied;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Puts configurations to work on trial: what was kept last comes back by itself unless the new one is kept in time. Who
 * keeps it has to reach the console through it, so none can lock everybody out for good.
 *
 * <p>All of it changes on the thread that loads configurations. Only a reload comes in between, and ends trials and
 * locks.
 */
final class Trials {

    /** When to try again to go back where that fails, in seconds: twice as long each time, up to the last of these. */
    private static final int FIRST_PAUSE = 1;

    private static final int MAX_PAUSE = 60;

    private final ConsoleContext context;
    private final WorkerThreads loaders;
    private volatile ConfigState state;
    /** What will be true as soon as what is being put to work is at work; {@code null} if nothing is. */
    private volatile ConfigState coming;

    private ScheduledFuture<?> timer;

    /**
     * @param loaders loads one configuration after the other
     */
    Trials(ConsoleContext context, WorkerThreads loaders) {
        this.context = context;
        this.loaders = loaders;
    }

    /** What holds now; for any thread. */
    ConfigState now() {
        Applied applied = context.server().applied();
        ConfigState next = coming;
        if (next != null && next.number() == applied.number()) {
            return next;
        }
        ConfigState last = state;
        return last != null && last.number() == applied.number() ? last : ConfigState.ofFile(applied);
    }

    /** Looks at a configuration that is about to be put to work. */
    interface Check {
        /**
         * @throws Refusal if it must not be
         */
        void accept(Configuration next) throws Refusal;
    }

    /**
     * Puts a text to work, for so many seconds unless it is kept; under a lock, until that ends.
     *
     * @throws ConfException if there is a mistake in it
     * @throws Refusal if the check refuses it, or a reload comes in between
     */
    void begin(String text, String by, int seconds, Check check) throws ConfException, Refusal {
        ConfigState now = now();
        long until = now.lock() == null ? System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds) : now.until();
        apply(
                text,
                check,
                now,
                next -> new ConfigState(
                        now.number() + 1, new Change(by, Instant.now()), now.kept(), until, null, now.lock()));
    }

    /** Has what runs stay until the next reload. */
    void keep() {
        Applied applied = context.server().applied();
        ConfigState now = now();
        if (now.number() == applied.number()) {
            String text = ConfigState.mainText(applied.configuration());
            state = now.keeping(new Kept(now.number(), text, applied.text() == null));
        }
        await();
    }

    /**
     * Goes back to what was kept last, if something else runs.
     *
     * @throws ConfException if that does not work any more
     */
    void goBack(String by) throws ConfException, Refusal {
        ConfigState now = now();
        if (now.isOnTrial()) {
            Kept kept = now.kept();
            String text = kept.isFile() && isInFile(kept.text()) ? null : kept.text();
            stay(text, by, next -> {}, now);
        }
    }

    /**
     * Goes to what the file says now.
     *
     * @throws ConfException if there is a mistake in it
     */
    void goToFile(String by, Check check) throws ConfException, Refusal {
        stay(null, by, check, now());
    }

    private void stay(String text, String by, Check check, ConfigState now) throws ConfException, Refusal {
        long number = now.number() + 1;
        apply(
                text,
                check,
                now,
                next -> new ConfigState(
                        number,
                        new Change(by, Instant.now()),
                        new Kept(number, ConfigState.mainText(next), text == null),
                        0,
                        null,
                        null));
    }

    private boolean isInFile(String text) {
        try {
            return context.server().fileText().equals(text);
        } catch (IOException e) {
            // it is known without the file, too
            return false;
        }
    }

    private void apply(String text, Check check, ConfigState now, Function<Configuration, ConfigState> then)
            throws ConfException, Refusal {
        try {
            context.server().apply(text, next -> {
                if (context.server().applied().number() != now.number()) {
                    throw new Refusal(409, "a reload came in between: look at the configuration again");
                }
                check.accept(next);
                coming = then.apply(next);
            });
        } finally {
            ConfigState next = coming;
            if (next != null && next.number() == context.server().applied().number()) {
                state = next;
            }
            coming = null;
            await();
        }
    }

    /** Gives the configuration to somebody for so many seconds; or goes on with their lock for so many more. */
    Lock lock(String name, int seconds) {
        ConfigState now = now();
        String token =
                now.lock() == null ? UUID.randomUUID().toString() : now.lock().token();
        Lock lock = new Lock(token, name, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
        state = now.locked(lock);
        await();
        return lock;
    }

    /**
     * Ends the lock and goes back to what ran before it.
     *
     * @throws ConfException if that does not work; it is tried again
     */
    void unlock() throws ConfException, Refusal {
        try {
            goBack(endOf(now()));
        } finally {
            // where there was nothing to go back to, or no way
            if (now().lock() != null) {
                state = now().unlocked();
                await();
            }
        }
    }

    /** Has the lock end now, as it does when its time is over. */
    void endLock() {
        ConfigState now = now();
        if (now.lock() != null) {
            state = now.locked(new Lock(now.lock().token(), now.lock().name(), System.nanoTime()));
            await();
        }
    }

    private static String endOf(ConfigState ended) {
        return ended.lock() == null
                ? "the console, because nobody kept what was tried"
                : "the console, at the end of the lock of " + ended.lock().name();
    }

    // ---- what ends by itself

    /** Has what is there for a while end in time; there is one timer for all. */
    private void await() {
        ConfigState now = now();
        if (timer != null) {
            timer.cancel(false);
        }
        if (now.isTemporary()) {
            endAfter(now.until() - System.nanoTime(), FIRST_PAUSE);
        }
    }

    private void endAfter(long nanos, int pause) {
        timer = context.ticker().schedule(() -> loaders.executeFirst(() -> end(pause)), nanos, TimeUnit.NANOSECONDS);
    }

    private void end(int pause) {
        ConfigState now = now();
        if (!now.isTemporary() || now.until() - System.nanoTime() > 0) {
            // another one has its own time
            return;
        }
        try {
            unlock();
            if (now.isOnTrial()) {
                log(ErrorLog.Level.WARN, "the console has gone back to what ran before");
            }
        } catch (ConfException | Refusal | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            if (!now().isTemporary()) {
                // a reload has come in between
                return;
            }
            String problem = e instanceof ConfException || e instanceof Refusal ? e.getMessage() : e.toString();
            state = now().failing(Paths.fromBytes(problem));
            log(ErrorLog.Level.ERROR, "the console cannot go back, and will try again: " + problem);
            timer.cancel(false);
            endAfter(TimeUnit.SECONDS.toNanos(pause), Math.min(2 * pause, MAX_PAUSE));
        }
    }

    private void log(ErrorLog.Level level, String message) {
        context.errorLog().write(level, message);
    }
}
