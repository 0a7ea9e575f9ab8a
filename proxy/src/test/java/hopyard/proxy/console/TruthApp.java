package hopyard.proxy.console;

import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** An app that does for each path what a test has told it, and measures what it did. */
final class TruthApp implements AutoCloseable {

    /** What is done with one request. */
    interface Script {
        void run(Served served) throws Exception;
    }

    /** One request as the app sees it. */
    static final class Served {
        private final RawUpstream.Connection connection;
        private final Told told;
        final String head;
        private boolean goesOn;
        private long pausedSince;

        private Served(RawUpstream.Connection connection, String head, Told told) {
            this.connection = connection;
            this.head = head;
            this.told = told;
        }

        /** Thinks: until it does something again. */
        void pause(long millis) throws InterruptedException {
            pausedSince = System.nanoTime();
            Thread.sleep(millis);
        }

        private void paused() {
            if (pausedSince != 0) {
                told.pauses += System.nanoTime() - pausedSince;
                pausedSince = 0;
            }
        }

        void send(String bytes) throws IOException {
            connection.send(bytes);
            paused();
        }

        String read(int n) throws IOException {
            paused();
            return connection.read(n);
        }

        void reset() throws IOException {
            connection.reset();
            paused();
        }

        /** Waits until the proxy ends the connection, and measures for how long. */
        void awaitEnd() throws IOException {
            long start = System.nanoTime();
            try {
                while (connection.read() >= 0) {
                    // whatever comes
                }
            } finally {
                told.untilEnd = System.nanoTime() - start;
            }
        }

        /** The connection may carry another request. */
        void goOn() {
            goesOn = true;
        }

        /** Whether this path has not been asked for before. */
        boolean isFirst() {
            return told.asked == 1;
        }

        void ok(String body) throws IOException {
            send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            goOn();
        }
    }

    /** What one path is to do, and what has been measured of it. */
    static final class Told {
        private final Script script;
        volatile long pauses;
        volatile long untilEnd;
        volatile int asked;

        private Told(Script script) {
            this.script = script;
        }

        /** How long the app paused, in ms. */
        double pausedMillis() {
            return pauses / 1e6;
        }

        /** How long it waited for its connection's end, in ms. */
        double untilEndMillis() {
            return untilEnd / 1e6;
        }
    }

    private final Map<String, Told> scripts = new ConcurrentHashMap<>();
    private final RawUpstream raw;

    TruthApp() throws IOException {
        raw = new RawUpstream(this::serve);
    }

    /** Has requests for a path answered in this way. */
    Told on(String path, Script script) {
        Told told = new Told(script);
        scripts.put(path, told);
        return told;
    }

    String address() {
        return raw.address();
    }

    private void serve(RawUpstream.Connection connection) throws Exception {
        connection.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
        boolean goesOn = true;
        while (goesOn) {
            String head = connection.readHead();
            String path = head.split(" ")[1];
            Told told = scripts.get(path);
            if (told == null) {
                throw new IOException("nobody has said what to do with " + path);
            }
            told.asked++;
            Served served = new Served(connection, head, told);
            told.script.run(served);
            served.paused();
            goesOn = served.goesOn;
        }
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
