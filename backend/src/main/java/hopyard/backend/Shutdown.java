package hopyard.backend;

import hopyard.backend.django.Setting;
import hopyard.backend.django.Setting.Invalid;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * How the app ends when it is told to (SIGTERM, SIGINT): by default at once, as {@code runserver} does. With a delay no
 * request is lost, also of those that nobody may repeat. It goes on serving until proxies have seen that its address is
 * gone, and has each connection end with a response; then it stops listening, finishes what it has begun, and ends.
 */
final class Shutdown extends Thread {

    /** What is to end. */
    interface Server {
        /** From now on, each connection ends with its next response. */
        void endConnections();

        /** Lets nobody new in. */
        void stopListening() throws IOException;

        /** Returns whether no request is under way. */
        boolean isIdle() throws InterruptedException, ExecutionException;

        /** Sends what is left of traces; the last that is asked of it. */
        void end();
    }

    /** In s. */
    static final Setting<Integer> DELAY = Setting.of(
            "SHUTDOWN_DELAY",
            "0",
            "for how long it still serves after SIGTERM, in s, before it finishes what it has begun; 0 ends it at once",
            Shutdown::seconds);

    /** How long what it has begun may take: Docker and others kill what takes too long, but a terminal does not. */
    private static final long MAX_SECONDS = 15;

    private static final long POLL_MILLIS = 20;

    private final Server app;
    private final int delaySeconds;

    private Shutdown(Server app, int delaySeconds) {
        super("shutdown");
        this.app = app;
        this.delaySeconds = delaySeconds;
    }

    /** Has the app end gracefully if there is a delay, at once if there is none; it has been started. */
    static void prepare(Server app, int delaySeconds) {
        Runtime.getRuntime().addShutdownHook(new Shutdown(app, delaySeconds));
    }

    /** The JVM ends when this returns; all other threads go on meanwhile. */
    @Override
    public void run() {
        try {
            if (delaySeconds > 0) {
                drain();
            }
        } finally {
            app.end();
        }
    }

    private void drain() {
        try {
            app.endConnections();
            TimeUnit.SECONDS.sleep(delaySeconds);
            app.stopListening();
            long since = System.nanoTime();
            while (!app.isIdle() && System.nanoTime() - since < TimeUnit.SECONDS.toNanos(MAX_SECONDS)) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (IOException | ExecutionException e) {
            System.err.println("Error: not ended gracefully: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int seconds(String name, String text) throws Invalid {
        if (!text.matches("[0-9]{1,3}")) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from 0 to 999");
        }
        return Integer.parseInt(text);
    }
}
