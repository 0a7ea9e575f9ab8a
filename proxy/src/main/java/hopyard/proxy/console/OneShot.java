package hopyard.proxy.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.http.MalformedFraming;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.console.Targets.Target;
import hopyard.proxy.upstream.BodyDecoder;
import hopyard.proxy.upstream.ChunkedDecoder;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.trace.Addresses;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Bytes sent over a connection of their own, as they are, and what came back: nothing is tried twice, followed, or made
 * better. It takes a thread for as long as it lasts.
 */
final class OneShot {

    /** For all of it; without an answer for so long, there is none. */
    static final int MAX_SECONDS = 30;

    private static final int CONNECT_MILLIS = 5000;

    /** What is kept of an answer's content, in bytes. */
    static final int MAX_KEPT = 64 << 10;

    private static final int MAX_HEAD = 64 << 10;
    private static final int PIECE = 8 << 10;

    /** So many pieces a second make up what is sent slowly. */
    private static final int PIECES_A_SECOND = 20;

    /** So small that the other end notices at once when nobody reads, in bytes. */
    private static final int SMALL_BUFFER = 8 << 10;

    /**
     * How the bytes are sent and the answer is read.
     *
     * @param writeRate how many bytes a second are sent at most; 0 for no limit
     * @param rate how many bytes a second are read at most; 0 for no limit
     * @param isRaw whether everything is content that comes until the other end closes or is quiet
     * @param quietMillis how long it may be quiet, once something has come
     * @param waitMillis how long is waited in all
     * @param closesEarly whether the sending half is closed once all is sent
     */
    record Pace(int writeRate, int rate, boolean isRaw, int quietMillis, int waitMillis, boolean closesEarly) {

        /** A response that ends where HTTP says that it does. */
        static Pace response(int writeRate, int rate) {
            return new Pace(writeRate, rate, false, 0, MAX_SECONDS * 1000, false);
        }
    }

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
    private long headRead;
    private long ended;
    private int sentBytes;
    private String from = "";
    private String to = "";
    private int status;
    private byte[] head;
    private final List<Integer> interim = new ArrayList<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private long contentLength;
    private boolean complete;
    private String endedBy = "";
    private volatile boolean late;
    private String code;
    private String error;

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
    static OneShot send(Target target, byte[] message, boolean isHead, Pace pace, ScheduledExecutorService ticker) {
        OneShot shot = new OneShot(target, message, isHead, pace);
        shot.run(ticker);
        return shot;
    }

    private void run(ScheduledExecutorService ticker) {
        started = System.nanoTime();
        try (Socket socket = new Socket()) {
            // nobody may have read what is being written, which has no time limit of its own
            ScheduledFuture<?> limit = ticker.schedule(() -> giveUp(socket), pace.waitMillis, TimeUnit.MILLISECONDS);
            try {
                Socket connection = connect(socket);
                IOException unsent = write(connection);
                read(connection, unsent);
            } finally {
                limit.cancel(false);
            }
        } catch (SocketTimeoutException e) {
            timeOut();
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
            fail(isReset ? "reset" : "failed", stage.text + " failed (" + text + ")");
        }
    }

    private void timeOut() {
        fail(stage == Stage.CONNECTING ? "connect_timeout" : "timeout", "timed out while " + stage.text);
    }

    private void fail(String kind, String text) {
        code = kind;
        error = text;
    }

    private Socket connect(Socket socket) throws IOException {
        if (pace.rate > 0) {
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
        Socket connection = target.isTls() ? OwnTls.over(socket, Targets.name(target.host()), target.port()) : socket;
        connected = System.nanoTime();
        return connection;
    }

    /** A server may answer and close before it has read everything, so an error here is kept until the answer has been looked for. */
    private IOException write(Socket socket) {
        stage = Stage.SENDING;
        try {
            OutputStream out = socket.getOutputStream();
            int piece = pace.writeRate == 0 ? PIECE : Math.min(PIECE, 1 + pace.writeRate / PIECES_A_SECOND);
            while (sentBytes < message.length) {
                int n = Math.min(piece, message.length - sentBytes);
                out.write(message, sentBytes, n);
                sentBytes += n;
                await(connected, sentBytes, pace.writeRate);
            }
            out.flush();
            if (pace.closesEarly) {
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
            if (pace.isRaw) {
                readAll(socket, in);
            } else {
                readResponse(in);
            }
        } catch (IOException e) {
            throw unsent == null || head != null ? e : unsent;
        }
    }

    /** Whatever comes. */
    private void readAll(Socket socket, InputStream in) throws IOException {
        byte[] piece = new byte[PIECE];
        endedBy = "peer";
        try {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                if (headRead == 0) {
                    headRead = System.nanoTime();
                    stage = Stage.READING;
                }
                keep(piece, n);
                socket.setSoTimeout(pace.quietMillis);
            }
            complete = true;
            if (contentLength == 0) {
                closedEarly();
            }
        } catch (SocketTimeoutException e) {
            endedBy = "quiet";
            complete = true;
        } catch (IOException e) {
            if (contentLength == 0 || !late) {
                throw e;
            }
            endedBy = "time";
        }
        ByteBuffer all = ByteBuffer.wrap(kept.toByteArray());
        int end = ResponseHead.end(all, 3);
        if (end >= 0) {
            parse(all, end);
        }
    }

    private void keep(byte[] piece, int n) {
        kept.write(piece, 0, Math.min(n, MAX_KEPT - kept.size()));
        contentLength += n;
        await(started, contentLength, pace.rate);
    }

    /** Waits until so many bytes are due at a rate. */
    private void await(long since, long bytes, int rate) {
        if (rate > 0) {
            long due = since + bytes * 1_000_000_000L / rate;
            for (long left = due - System.nanoTime(); left > 0 && !late; left = due - System.nanoTime()) {
                LockSupport.parkNanos(Math.min(left, 100_000_000));
            }
        }
    }

    private void readResponse(InputStream in) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(PIECE).flip();
        ResponseHead response = null;
        while (response == null || status < 200 && status != 101) {
            int end = ResponseHead.end(buffer, buffer.position() + 3);
            if (end < 0) {
                buffer = more(in, buffer);
                if (buffer == null) {
                    return;
                }
                continue;
            }
            response = parse(buffer, end);
            if (response == null) {
                garbage(buffer);
                return;
            }
            if (status < 200 && status != 101) {
                interim.add(status);
            }
        }
        headRead = System.nanoTime();
        stage = Stage.READING;
        BodyDecoder decoder = decoder(response);
        if (decoder == null) {
            garbage(buffer);
            return;
        }
        readContent(in, buffer, decoder);
    }

    /** Reads on in the head; {@code null} if it never ends. */
    private ByteBuffer more(InputStream in, ByteBuffer buffer) throws IOException {
        byte[] piece = new byte[PIECE];
        int n = buffer.remaining() > MAX_HEAD ? -1 : in.read(piece);
        if (n >= 0) {
            return ByteBuffer.allocate(buffer.remaining() + n)
                    .put(buffer)
                    .put(piece, 0, n)
                    .flip();
        }
        if (!buffer.hasRemaining()) {
            closedEarly();
        } else {
            garbage(buffer);
        }
        return null;
    }

    private void closedEarly() {
        fail("closed", "the connection was closed without a response");
    }

    private void garbage(ByteBuffer buffer) {
        headRead = headRead == 0 ? System.nanoTime() : headRead;
        status = 0;
        fail("garbage", "what came back is no HTTP/1.1 response, or only the beginning of one");
        byte[] rest = new byte[buffer.remaining()];
        buffer.get(rest);
        keep(rest, rest.length);
    }

    /** Takes a head from the buffer; {@code null} if it is none. */
    private ResponseHead parse(ByteBuffer buffer, int end) {
        ResponseHead response = new ResponseHead();
        int start = buffer.position();
        if (response.parse(buffer, end) != null) {
            buffer.position(start);
            return null;
        }
        status = response.status();
        head = response.toBytes();
        return response;
    }

    /** Where the content ends (RFC 9112 §6.3); {@code null} if that cannot be told. */
    private BodyDecoder decoder(ResponseHead response) {
        String coding = response.all(Headers.TRANSFER_ENCODING);
        String length = response.first(Headers.CONTENT_LENGTH);
        if (isHead || status == 101 || status == 204 || status == 304) {
            return BodyDecoder.ofLength(0);
        }
        if (coding != null) {
            return coding.toLowerCase(Locale.ROOT).endsWith("chunked")
                    ? new ChunkedDecoder()
                    : BodyDecoder.untilClose();
        }
        if (length == null) {
            return BodyDecoder.untilClose();
        }
        return length.matches("[0-9]{1,18}") ? BodyDecoder.ofLength(Long.parseLong(length)) : null;
    }

    private void readContent(InputStream in, ByteBuffer buffer, BodyDecoder decoder) throws IOException {
        byte[] piece = new byte[PIECE];
        decoder.decode(buffer);
        keep(Arrays.copyOfRange(buffer.array(), buffer.position(), buffer.limit()), buffer.remaining());
        while (!decoder.isDone()) {
            int n = in.read(piece);
            if (n < 0) {
                complete = decoder.isCompleteAtClose();
                if (!complete) {
                    fail("cut", "the connection was closed before the content had ended");
                }
                return;
            }
            ByteBuffer more = ByteBuffer.wrap(piece, 0, n);
            decoder.decode(more);
            keep(Arrays.copyOfRange(piece, more.position(), more.limit()), more.remaining());
        }
        complete = true;
    }

    Target target() {
        return target;
    }

    /** This end of the connection; empty if there was none. */
    String from() {
        return from;
    }

    int status() {
        return status;
    }

    /** The response's head as it came; {@code null} if none did. */
    byte[] head() {
        return head;
    }

    /** What is kept of the content. */
    byte[] content() {
        return kept.toByteArray();
    }

    ObjectNode json() {
        ObjectNode out = Json.object().put("way", target.way().name().toLowerCase(Locale.ROOT));
        out.put("from", from).put("to", to.isEmpty() ? target.address() : to);
        out.put("status", status).put("statusLine", Fields.firstLine(head));
        out.put("error", error).put("errorCode", code);
        out.put("sentBytes", sentBytes).put("messageBytes", message.length);
        out.set("interim", Json.array(interim, s -> Json.MAPPER.getNodeFactory().numberNode(s)));
        out.set("received", Fields.json(Fields.of(head)));
        String type = Fields.of(head).stream()
                .filter(f -> f.name().equalsIgnoreCase("Content-Type"))
                .map(Fields.Field::value)
                .findFirst()
                .orElse("");
        boolean isCut = contentLength > kept.size();
        Readable.put(out, kept.toByteArray(), pace.isRaw ? UTF_8 : Readable.charset(type), isCut || !complete);
        out.put("contentLength", contentLength).put("contentKept", kept.size());
        out.put("contentCut", isCut).put("complete", complete);
        if (pace.isRaw) {
            out.put("endedBy", endedBy);
        }
        ObjectNode phases = out.putObject("phases");
        phases.put("connectMs", millis(started, connected)).put("sendMs", millis(connected, sent));
        phases.put("waitMs", millis(sent, headRead)).put("receiveMs", millis(headRead, ended));
        phases.put("totalMs", millis(started, ended));
        return out;
    }

    /** 0 for what has not taken place; what it was doing when it failed lasted until the end. */
    private double millis(long since, long until) {
        return since == 0 ? 0 : Json.round(((until == 0 ? ended : until) - since) / 1e6);
    }
}
