package hopyard.truth;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that measures what it does and what it gets. */
public final class TruthClient implements AutoCloseable {

    /** What the client does. */
    interface Script {
        void run(TruthClient client) throws Exception;
    }

    private static final int SMALL_WINDOW = 32 << 10;

    /** How much of what is sent at once is remembered. */
    private static final int MAX_KEPT = 1000;

    private final Socket socket = new Socket();
    private final int port;
    private final String path;
    private InputStream in;
    private long started;
    private long ended;
    private long pauses;
    private final StringBuilder sent = new StringBuilder();
    private final StringBuilder head = new StringBuilder();
    private long content;
    private boolean sawEnd;

    TruthClient(int port, String path) throws IOException {
        this.port = port;
        this.path = path;
        socket.setReceiveBufferSize(SMALL_WINDOW);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout(15_000);
        in = socket.getInputStream();
    }

    void send(String bytes) throws IOException {
        if (started == 0) {
            started = System.nanoTime();
        }
        sent.append(bytes, 0, Math.min(bytes.length(), MAX_KEPT));
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        ended = System.nanoTime();
    }

    /** The same, and the answer may come before all of it has gone. */
    void trySend(String bytes) throws IOException {
        try {
            send(bytes);
        } catch (SocketException e) {
            // the answer says why
        }
    }

    /** Another client of the same path. */
    TruthClient another() throws IOException {
        return new TruthClient(port, path);
    }

    String path() {
        return path;
    }

    /** The head that it has sent, without the empty line. */
    public String sentHead() {
        return sent.substring(0, sent.indexOf("\r\n\r\n"));
    }

    /** How many bytes it has sent behind its head. */
    public int sentContent() {
        return sent.length() - sentHead().length() - 4;
    }

    /** The method and the target that it has asked for. */
    public String request() {
        return sentHead().split(" HTTP/")[0];
    }

    /** Its end of the connection. */
    public String from() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /** The head of a request whose connection is not wanted any more after it. */
    String request(String method, String fields) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n";
    }

    void get() throws IOException {
        send(request("GET", ""));
    }

    /** Does nothing, and measures for how long. */
    void pause(long millis) throws InterruptedException {
        long start = System.nanoTime();
        Thread.sleep(millis);
        ended = System.nanoTime();
        pauses += ended - start;
    }

    void readHead() throws IOException {
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                sawEnd = true;
                break;
            }
            head.append((char) b);
        }
        ended = System.nanoTime();
    }

    /** Reads a head that another one follows. */
    void skipHead() throws IOException {
        readHead();
        head.setLength(0);
    }

    void read(int n) throws IOException {
        content += in.readNBytes(n).length;
        ended = System.nanoTime();
    }

    /** Reads the response to the end of the connection. */
    void readAll() throws IOException {
        byte[] buffer = new byte[64 << 10];
        try {
            readHead();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                content += n;
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // a reset is an end, too
        }
        ended = System.nanoTime();
        sawEnd = true;
    }

    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    void resetAndGo() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
        ended = System.nanoTime();
    }

    void go() throws IOException {
        socket.close();
        ended = System.nanoTime();
    }

    /** From its first byte to the last thing that it did, in ms. */
    public double totalMillis() {
        return (ended - started) / 1e6;
    }

    double pausedMillis() {
        return pauses / 1e6;
    }

    /** Whether it has read to the end. */
    public boolean sawEnd() {
        return sawEnd;
    }

    /** The status code that it was sent; 0 for none. */
    public int status() {
        return head.length() < 12 ? 0 : Integer.parseInt(head.substring(9, 12));
    }

    public String head() {
        return head.toString();
    }

    /** How many bytes came behind the head. */
    public long content() {
        return content;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
