package hopyard.truth;

import hopyard.sockets.SocketServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** An app that does for each path what a test has told it, and measures what it did. */
public final class TruthApp implements AutoCloseable {

    /** What is done with one request. */
    interface Script {
        void run(Served served) throws Exception;
    }

    /** One request as the app sees it. */
    static final class Served {
        private final Socket socket;
        private final Told told;
        private boolean goesOn;
        private long pausedSince;

        private Served(Socket socket, Told told) {
            this.socket = socket;
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
            told.sent(bytes);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            paused();
        }

        String read(int n) throws IOException {
            paused();
            return new String(socket.getInputStream().readNBytes(n), StandardCharsets.ISO_8859_1);
        }

        /** Closes with RST. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
            paused();
        }

        /** Waits until the proxy ends the connection, and measures for how long. */
        void awaitEnd() throws IOException {
            long start = System.nanoTime();
            try {
                while (socket.getInputStream().read() >= 0) {
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
    public static final class Told {
        private final Script script;
        volatile long pauses;
        volatile long untilEnd;
        volatile int asked;
        private volatile String got = "";
        private volatile String answered = "";

        private Told(Script script) {
            this.script = script;
        }

        private void asked(String head) {
            asked++;
            got = head;
            answered = "";
        }

        /** Keeps the last whole head that is no interim response (RFC 9110 section 15.2). */
        private void sent(String bytes) {
            int end = bytes.indexOf("\r\n\r\n");
            if (end > 0 && bytes.startsWith("HTTP/1.") && !bytes.startsWith("HTTP/1.1 103 ")) {
                answered = bytes.substring(0, end);
            }
        }

        /** How long the app paused, in ms. */
        double pausedMillis() {
            return pauses / 1e6;
        }

        /** How long it waited for its connection's end, in ms. */
        double untilEndMillis() {
            return untilEnd / 1e6;
        }

        /** How often it has been asked. */
        public int asked() {
            return asked;
        }

        /** The head that it got the last time, without the empty line. */
        public String got() {
            return got;
        }

        /** The head of its answer to that, without the empty line; empty if it sent no whole one. */
        public String answered() {
            return answered;
        }
    }

    private final Map<String, Told> scripts = new ConcurrentHashMap<>();
    private final String greeting;
    private final SocketServer server;

    TruthApp() throws IOException {
        this("");
    }

    /** An app that does nothing but say this, if it is not empty, and close the connection. */
    TruthApp(String greeting) throws IOException {
        this.greeting = greeting;
        server = new SocketServer("truth-app", this::serve);
    }

    /** Has requests for a path answered in this way. */
    Told on(String path, Script script) {
        Told told = new Told(script);
        scripts.put(path, told);
        return told;
    }

    public String address() {
        return server.address();
    }

    private void serve(Socket socket) throws Exception {
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(20));
        socket.getOutputStream().write(greeting.getBytes(StandardCharsets.ISO_8859_1));
        boolean goesOn = greeting.isEmpty();
        while (goesOn) {
            String head = readHead(socket.getInputStream());
            String path = head.split(" ")[1];
            Told told = scripts.get(path);
            if (told == null) {
                throw new IOException("nobody has said what to do with " + path);
            }
            told.asked(head);
            Served served = new Served(socket, told);
            told.script.run(served);
            served.paused();
            goesOn = served.goesOn;
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("connection ended in the head: " + head);
            }
            head.append((char) b);
        }
        return head.substring(0, head.length() - 4);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
