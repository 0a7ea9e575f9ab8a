package hopyard.otel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/**
 * Waits until somebody listens where spans are to go. So a server can be told of a receiver that is not there yet, or
 * never comes: until then no exporter need be started, and nothing has failed.
 */
public final class AwaitedReceiver {

    private static final int CONNECT_MILLIS = 2000;

    /** How long to wait between two tries at first, in ms; twice as long each time. */
    private static final long FIRST_PAUSE = 250;

    private static final long LAST_PAUSE = 8000;

    private AwaitedReceiver() {}

    /**
     * Runs a task on a thread of its own once the endpoint's port can be connected to.
     *
     * @return the thread; to interrupt it is to wait no more
     */
    public static Thread await(Settings settings, Runnable then) {
        Thread thread = new Thread(
                () -> {
                    if (isThere(settings.host(), settings.port())) {
                        then.run();
                    }
                },
                "span-receiver-awaited");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Waits; returns false if it was interrupted. */
    private static boolean isThere(String host, int port) {
        try {
            for (long pause = FIRST_PAUSE; !listens(host, port); pause = Math.min(2 * pause, LAST_PAUSE)) {
                TimeUnit.MILLISECONDS.sleep(pause);
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static boolean listens(String host, int port) {
        try (Socket socket = new Socket()) {
            // the name is looked up each time
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            // nobody is there yet, which is what this waits for the end of
            return false;
        }
    }
}
