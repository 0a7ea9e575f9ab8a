package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.Fields.Field;
import hopyard.proxy.console.Targets.Target;
import hopyard.trace.Addresses;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;

/**
 * One request of the console's own and what came of it: both heads, the beginning of the content, the two ends of the
 * connection, and when what happened.
 */
final class Probe extends EventListener {

    private static final int SECONDS_TO_CONNECT = 5;
    private static final int SECONDS_TO_ANSWER = 30;

    /** Of a load run's there are more, on threads of their own. */
    private static final int MAX_AT_ONCE = 16;

    /** What an error message tells of what an app has sent, in characters. */
    private static final int MAX_DETAIL = 200;

    private static final String BAD = "not HTTP, or cut short";
    private static final String FAILED = "failed";

    /** The failures of which more can be told. */
    private static final Set<String> FURTHER = Set.of(BAD, FAILED);

    private static final Lane THREADS = new Lane("console-client", MAX_AT_ONCE, 0);

    /** Follows no redirect and tries nothing twice: what happens is to be seen. */
    static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .followRedirects(false)
            .retryOnConnectionFailure(false)
            .proxy(Proxy.NO_PROXY)
            .connectTimeout(SECONDS_TO_CONNECT, TimeUnit.SECONDS)
            .callTimeout(SECONDS_TO_ANSWER, TimeUnit.SECONDS)
            .connectionPool(new ConnectionPool(128, 5, TimeUnit.SECONDS))
            // what OkHttp adds for its own ends is not the asker's
            .addNetworkInterceptor(chain -> {
                okhttp3.Request request = chain.request();
                return chain.proceed(
                        request.tag(Probe.class) == null || request.tag(Probe.class).wantsGzip
                                ? request
                                : request.newBuilder()
                                        .removeHeader("Accept-Encoding")
                                        .build());
            })
            .eventListenerFactory(call -> {
                Probe probe = call.request().tag(Probe.class);
                return probe == null ? EventListener.NONE : probe;
            })
            .build();

    private final Target target;
    private final boolean wantsGzip;
    private final long intended;
    private long started;
    private long connectStarted;
    private long connected;
    private long sent;
    private long headRead;
    private long ended;
    private boolean reused = true;
    private String from = "";
    private String to = "";
    private Headers requestHead = Headers.EMPTY;
    private Headers responseHead = Headers.EMPTY;
    private int status;
    private String content = "";
    private long contentLength;
    private String error;
    private String detail = "";

    /** A client that takes its time: no more waits on its side than a small receive buffer holds. */
    private static final OkHttpClient SLOW_CLIENT = CLIENT.newBuilder()
            .socketFactory(new SmallBufferSockets())
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .build();

    private Probe(Target target, boolean wantsGzip, long intended) {
        this.target = target;
        this.wantsGzip = wantsGzip;
        this.intended = intended;
    }

    /** What counts of a request among many. */
    record Timing(
            String result,
            boolean isReused,
            double connectMillis,
            double waitMillis,
            double receiveMillis,
            double totalMillis) {}

    /**
     * Has requests made on a thread that may wait for them.
     *
     * @throws Refusal if there are too many already
     */
    static <T> CompletableFuture<T> start(Supplier<T> requests) throws Refusal {
        try {
            return CompletableFuture.supplyAsync(requests, THREADS);
        } catch (RejectedExecutionException e) {
            throw Refusal.busy(MAX_AT_ONCE + " requests of the console's are under way");
        }
    }

    /** Sends a request and reads the whole response, of which it keeps {@code keep} bytes; within so many seconds. */
    static Probe send(Target target, okhttp3.Request.Builder request, int keep, int seconds) {
        return send(target, request, keep, System.nanoTime(), 0, seconds);
    }

    /** Sends a request, and reads the response at no more than {@code readRate} bytes a second; 0 for no limit. */
    static Probe sendSlowly(Target target, okhttp3.Request.Builder request, int keep, int readRate) {
        return send(target, request, keep, System.nanoTime(), readRate, SECONDS_TO_ANSWER);
    }

    /**
     * Sends a request that was due earlier; the delay counts, as it would for a user who had to wait.
     *
     * @param intended when it was due, on the scale of {@link System#nanoTime()}
     */
    static Probe sendDue(Target target, okhttp3.Request.Builder request, long intended) {
        return send(target, request, 0, intended, 0, SECONDS_TO_ANSWER);
    }

    private static Probe send(
            Target target, okhttp3.Request.Builder request, int keep, long intended, int readRate, int seconds) {
        boolean wantsGzip = request.build().header("Accept-Encoding") != null;
        Probe probe = new Probe(target, wantsGzip, intended);
        Call call = (readRate > 0 ? SLOW_CLIENT : CLIENT)
                .newCall(request.tag(Probe.class, probe).build());
        call.timeout().timeout(seconds, TimeUnit.SECONDS);
        probe.started = System.nanoTime();
        try (Response response = call.execute()) {
            probe.status = response.code();
            probe.read(response, keep, readRate);
        } catch (IOException e) {
            probe.error = describe(e);
            probe.detail = FURTHER.contains(probe.error) ? detail(e) : "";
        }
        if (probe.ended == 0) {
            probe.ended = System.nanoTime();
        }
        return probe;
    }

    private void read(Response response, int keep, int readRate) throws IOException {
        requestHead = response.networkResponse() == null
                ? response.request().headers()
                : response.networkResponse().request().headers();
        responseHead = response.headers();
        BufferedSource source = response.body().source();
        Buffer kept = new Buffer();
        for (long n = source.read(kept, 8192); n >= 0; n = source.read(kept, 8192)) {
            contentLength += n;
            if (readRate > 0) {
                rest(started + contentLength * 1_000_000_000L / readRate);
            }
            if (kept.size() > keep) {
                Buffer beginning = new Buffer();
                beginning.write(kept, keep);
                content = content.isEmpty() ? beginning.readUtf8() : content;
                kept.clear();
            }
        }
        content = content.isEmpty() ? kept.readUtf8() : content;
    }

    /** Waits until a time; no longer than a request may take, which the next read notices. */
    private void rest(long due) {
        long end = Math.min(due, started + TimeUnit.SECONDS.toNanos(SECONDS_TO_ANSWER));
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static String detail(IOException e) {
        String said = e.getMessage();
        return said == null || said.isEmpty() ? "" : ": " + said.substring(0, Math.min(said.length(), MAX_DETAIL));
    }

    /** One kind of failure, without what differs from case to case: of these there are few, whatever an app sends. */
    private static String describe(IOException e) {
        if (e instanceof ConnectException) {
            return "connection refused";
        }
        if (e instanceof SocketTimeoutException || e instanceof InterruptedIOException) {
            return "timed out";
        }
        if (e instanceof SocketException) {
            return "connection reset";
        }
        if (e instanceof ProtocolException) {
            return BAD;
        }
        return e.getCause() instanceof EOFException ? "connection closed" : FAILED;
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        connectStarted = System.nanoTime();
        reused = false;
    }

    @Override
    public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, okhttp3.Protocol protocol) {
        connected = System.nanoTime();
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
        Socket socket = connection.socket();
        from = Addresses.text((InetSocketAddress) socket.getLocalSocketAddress());
        to = Addresses.text((InetSocketAddress) socket.getRemoteSocketAddress());
    }

    @Override
    public void requestHeadersEnd(Call call, okhttp3.Request request) {
        sent = System.nanoTime();
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
        sent = System.nanoTime();
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        headRead = System.nanoTime();
    }

    @Override
    public void responseBodyEnd(Call call, long byteCount) {
        ended = System.nanoTime();
    }

    Target target() {
        return target;
    }

    /** The status code, or why there is none: what a count of results goes by. */
    String result() {
        return error == null ? Integer.toString(status) : error;
    }

    String from() {
        return from;
    }

    List<Field> requestFields() {
        return fields(requestHead);
    }

    List<Field> responseFields() {
        return fields(responseHead);
    }

    private static List<Field> fields(Headers headers) {
        List<Field> fields = new ArrayList<>();
        headers.forEach(pair -> fields.add(new Field(pair.getFirst(), pair.getSecond())));
        return fields;
    }

    Timing timing() {
        return new Timing(result(), reused, connectMillis(), waitMillis(), receiveMillis(), totalMillis());
    }

    /** From when the request was due until its last byte, in nanoseconds. */
    long totalNanos() {
        return ended - intended;
    }

    double connectMillis() {
        return millis(connectStarted, connected);
    }

    double waitMillis() {
        return millis(sent, headRead);
    }

    double receiveMillis() {
        return millis(headRead, ended);
    }

    double totalMillis() {
        return totalNanos() / 1e6;
    }

    private static double millis(long from, long to) {
        return from == 0 || to == 0 ? 0 : (to - from) / 1e6;
    }

    ObjectNode json() {
        ObjectNode out = Json.object().put("way", target.way().name().toLowerCase(Locale.ROOT));
        out.put("from", from).put("to", to.isEmpty() ? target.address() : to).put("reused", reused);
        out.put("status", status).put("error", error == null ? null : error + detail);
        out.set("sent", Fields.json(requestFields()));
        out.set("received", Fields.json(responseFields()));
        out.put("content", content).put("contentLength", contentLength);
        out.set(
                "phases",
                Json.object()
                        .put("connectMs", Json.round(connectMillis()))
                        .put("waitMs", Json.round(waitMillis()))
                        .put("receiveMs", Json.round(receiveMillis()))
                        .put("totalMs", Json.round(totalMillis())));
        return out;
    }
}
