package hopyard.proxy.console.experiments;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.http.MalformedFraming;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.proxy.console.exchanges.Fields;
import hopyard.proxy.console.experiments.AnswerReader.Failure;
import hopyard.proxy.console.experiments.Targets.Target;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Bytes sent over a connection of their own, as they are, and what came back: nothing is tried twice, followed, or made
 * better. It takes a thread for as long as it lasts.
 */
final class OneShot {

    private static final int CONNECT_MILLIS = 5000;

    private static final int PIECE = 8 << 10;

    /** So many pieces a second make up what is sent slowly. */
    private static final int PIECES_A_SECOND = 20;

    /** So small that the other end notices at once when nobody reads, in bytes. */
    private static final int SMALL_BUFFER = 8 << 10;

    /** What it was doing when it failed, with the words for that. */
    private enum Stage {
        CONNECTING("connecting"),
        SENDING("sending the request"),
        WAITING("waiting for the response"),
        READING("reading the response");

        private final String text;

        Stage(String text) {
            this.text = text;
        }
    }

    private final Target target;
    private final byte[] message;
    private final boolean isHead;
    private final Pace pace;
    private Stage stage = Stage.CONNECTING;
    private long started;
    private long connected;
    private long sent;
    private long ended;
    private int sentBytes;
    private String from = "";
    private String to = "";
    private volatile boolean late;
    /** {@code null} if none was begun. */
    private TlsDialog tls;

    private AnswerReader answer;
    private Failure failure;

    private OneShot(Target target, byte[] message, boolean isHead, Pace pace) {
        this.target = target;
        this.message = message;
        this.isHead = isHead;
        this.pace = pace;
    }

    /**
     * Sends the bytes and reads the answer.
     *
     * @param isHead whether they ask for a response without content
     * @param ticker ends what lasts too long
     */
    static OneShot send(Target target, byte[] message, boolean isHead, Pace pace, Ticker ticker) {
        OneShot shot = new OneShot(target, message, isHead, pace);
        shot.run(ticker);
        return shot;
    }

    private void run(Ticker ticker) {
        started = System.nanoTime();
        answer = new AnswerReader(isHead, pace, started, () -> late);
        try (CountedSocket socket = new CountedSocket()) {
            // nobody may have read what is being written, which has no time limit of its own
            ScheduledFuture<?> limit = ticker.schedule(() -> giveUp(socket), pace.waitMillis(), TimeUnit.MILLISECONDS);
            try {
                Socket connection = connect(socket);
                IOException unsent = write(connection);
                read(connection, unsent);
            } finally {
                limit.cancel(false);
            }
        } catch (SocketTimeoutException e) {
            timeOut();
        } catch (SSLException e) {
            failure = TlsDialog.failure(e);
        } catch (MalformedFraming e) {
            fail("garbage", "the chunks of the content are malformed: " + e.getMessage());
        } catch (IOException e) {
            if (late) {
                timeOut();
            } else {
                fail(e);
            }
        }
        ended = System.nanoTime();
    }

    private void giveUp(Socket socket) {
        late = true;
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("the connection to " + target.address() + " does not close", e);
        }
    }

    private void fail(IOException e) {
        String text = SystemErrors.text(e);
        if (text.startsWith("111:")) {
            fail("refused", "connect() to " + target.address() + " failed (" + text + "): nobody listens there");
        } else {
            boolean isReset = text.startsWith("104:") || text.startsWith("32:");
            fail(isReset ? "reset" : "failed", stage().text + " failed (" + text + ")");
        }
    }

    private void timeOut() {
        fail(stage() == Stage.CONNECTING ? "connect_timeout" : "timeout", "timed out while " + stage().text);
    }

    private void fail(String code, String text) {
        failure = new Failure(code, text);
    }

    private Stage stage() {
        return answer.headRead() == 0 ? stage : Stage.READING;
    }

    private Socket connect(CountedSocket socket) throws IOException {
        if (pace.rate() > 0) {
            // the window that is announced depends on it, so it has to be set before connecting
            socket.setReceiveBufferSize(SMALL_BUFFER);
        }
        socket.setTcpNoDelay(true);
        if (target.from() != null) {
            socket.bind(new InetSocketAddress(target.from(), 0));
        }
        String ip = Targets.name(target.address()).replaceAll("[\\[\\]]", "");
        socket.connect(new InetSocketAddress(Addresses.literal(ip), target.port()), CONNECT_MILLIS);
        from = Addresses.text(socket.getLocalSocketAddress());
        to = Addresses.text(socket.getRemoteSocketAddress());
        Socket connection = socket;
        if (target.isTls()) {
            tls = new TlsDialog(socket, target.tls(), Targets.name(target.host()));
            connection = tls.shakeHands();
        }
        connected = System.nanoTime();
        return connection;
    }

    /**
     * A server may answer and close before it has read everything, so an error here is kept until the answer has been
     * looked for.
     */
    private IOException write(Socket socket) {
        stage = Stage.SENDING;
        try {
            OutputStream out = socket.getOutputStream();
            int piece = pace.writeRate() == 0 ? PIECE : Math.min(PIECE, 1 + pace.writeRate() / PIECES_A_SECOND);
            while (sentBytes < message.length) {
                int n = Math.min(piece, message.length - sentBytes);
                out.write(message, sentBytes, n);
                sentBytes += n;
                Pace.await(connected, sentBytes, pace.writeRate(), () -> late);
            }
            out.flush();
            if (pace.closesEarly()) {
                socket.shutdownOutput();
            }
            return null;
        } catch (IOException e) {
            return e;
        } finally {
            sent = System.nanoTime();
        }
    }

    private void read(Socket socket, IOException unsent) throws IOException {
        stage = unsent == null ? Stage.WAITING : Stage.SENDING;
        InputStream in = socket.getInputStream();
        try {
            if (pace.isRaw()) {
                answer.readAll(socket, in);
            } else {
                answer.readResponse(in);
            }
        } catch (IOException e) {
            throw unsent == null || answer.head() != null ? e : unsent;
        }
    }

    Target target() {
        return target;
    }

    /** This end of the connection; empty if there was none. */
    String from() {
        return from;
    }

    /** Whether the connection came to be ready for a request. */
    boolean isConnected() {
        return connected > 0;
    }

    int status() {
        return answer.status();
    }

    /** The response's head as it came; {@code null} if none did. */
    byte[] head() {
        return answer.head();
    }

    /** What is kept of the content. */
    byte[] content() {
        return answer.content();
    }

    ObjectNode json() {
        ObjectNode out = Json.object().put("way", target.way().name().toLowerCase(Locale.ROOT));
        out.put("from", from).put("to", to.isEmpty() ? target.address() : to);
        out.put("status", status()).put("statusLine", Fields.firstLine(head()));
        Failure why = failure != null ? failure : answer.failure();
        out.put("error", why == null ? null : why.text()).put("errorCode", why == null ? null : why.code());
        out.put("sentBytes", sentBytes).put("messageBytes", message.length);
        out.set(
                "interim",
                Json.array(answer.interim(), s -> Json.MAPPER.getNodeFactory().numberNode(s)));
        out.set("received", Fields.json(Fields.of(head())));
        String type = Fields.of(head()).stream()
                .filter(f -> f.name().equalsIgnoreCase("Content-Type"))
                .map(Fields.Field::value)
                .findFirst()
                .orElse("");
        byte[] content = content();
        boolean isCut = answer.contentLength() > content.length;
        ContentJson.put(out, content, pace.isRaw() ? UTF_8 : ContentJson.charset(type), isCut || !answer.isComplete());
        out.put("contentLength", answer.contentLength()).put("contentKept", content.length);
        out.put("contentCut", isCut).put("complete", answer.isComplete());
        out.set("tls", tls == null ? null : tls.json());
        if (pace.isRaw()) {
            out.put("endedBy", answer.endedBy());
        }
        ObjectNode phases = out.putObject("phases");
        phases.put("connectMs", millis(started, connected)).put("sendMs", millis(connected, sent));
        phases.put("waitMs", millis(sent, answer.headRead())).put("receiveMs", millis(answer.headRead(), ended));
        phases.put("totalMs", millis(started, ended));
        return out;
    }

    /** 0 for what has not taken place; what it was doing when it failed lasted until the end. */
    private double millis(long since, long until) {
        return since == 0 ? 0 : Json.round(((until == 0 ? ended : until) - since) / 1e6);
    }
}
