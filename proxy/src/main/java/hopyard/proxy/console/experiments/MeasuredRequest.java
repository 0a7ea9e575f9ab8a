package hopyard.proxy.console.experiments;

import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.console.experiments.Targets.Target;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;

/** One request among many of the console's own, on connections that are kept, and when what happened. */
final class MeasuredRequest extends EventListener {

    private static final int SECONDS_TO_CONNECT = 5;

    /** Of a load run's there are more, on threads of their own. */
    private static final int MAX_AT_ONCE = 16;

    private static final WorkerThreads THREADS = new WorkerThreads("console-client", MAX_AT_ONCE, 0);

    /** Follows no redirect and tries nothing twice: what happens is to be seen. */
    private static final OkHttpClient CLIENT = new OkHttpClient.Builder()
            .followRedirects(false)
            .retryOnConnectionFailure(false)
            .proxy(Proxy.NO_PROXY)
            // over TLS, the proxy itself and its upstream servers are asked: whose certificate it is does not matter
            .sslSocketFactory(OwnTls.sockets(), OwnTls.TRUST)
            .hostnameVerifier((host, session) -> true)
            .protocols(List.of(Protocol.HTTP_1_1))
            .connectTimeout(SECONDS_TO_CONNECT, TimeUnit.SECONDS)
            .connectionPool(new ConnectionPool(128, 5, TimeUnit.SECONDS))
            // what OkHttp adds for its own ends is not the asker's
            .addNetworkInterceptor(chain -> chain.proceed(chain.request()
                    .newBuilder()
                    .removeHeader("Accept-Encoding")
                    .removeHeader("Connection")
                    .build()))
            .eventListenerFactory(call -> {
                MeasuredRequest probe = call.request().tag(MeasuredRequest.class);
                return probe == null ? EventListener.NONE : probe;
            })
            .build();

    private long connectStarted;
    private long connected;
    private long sent;
    private long headRead;
    private boolean reused = true;

    private MeasuredRequest() {}

    /**
     * How a request went; all times in milliseconds.
     *
     * @param result the status code, or why there is none: what a count of results goes by
     * @param isAnswered whether there was a whole response
     * @param isCut whether a response has begun, and is not whole
     * @param length the content's, in bytes
     * @param fromDueMillis since the request was due
     * @param totalMillis since it was sent
     */
    record Timing(
            String result,
            boolean isAnswered,
            boolean isCut,
            boolean isReused,
            long length,
            double connectMillis,
            double waitMillis,
            double receiveMillis,
            double fromDueMillis,
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

    /**
     * The same request as {@link Send} makes.
     *
     * @throws Refusal if the client that measures would ask for another path
     */
    static okhttp3.Request request(Target target, String path) throws Refusal {
        OutgoingRequest message = OutgoingRequest.of(target, WantedRequest.of("GET", path, List.of(), new byte[0]));
        okhttp3.Request.Builder request =
                new okhttp3.Request.Builder().url(target.scheme() + "://" + target.address() + path);
        message.fields().forEach(f -> request.header(f.name(), f.value()));
        okhttp3.Request built = request.build();
        String query = built.url().encodedQuery();
        String asked = built.url().encodedPath() + (query == null ? "" : "?" + query);
        if (!asked.equals(path)) {
            throw new Refusal(
                    400,
                    "the client that measures would ask for " + asked + " instead: \"send\" sends any path as it is");
        }
        return built;
    }

    /**
     * Sends a request and reads the whole response.
     *
     * @param due when the request was due, on the scale of {@link System#nanoTime()}: a delay counts, as it would for a
     *     user who had to wait
     * @param seconds how long it may take
     * @return {@code null} if it was cancelled
     */
    static Timing send(okhttp3.Request request, long due, int seconds, CallGroup calls) {
        MeasuredRequest probe = new MeasuredRequest();
        Call call = CLIENT.newCall(
                request.newBuilder().tag(MeasuredRequest.class, probe).build());
        call.timeout().timeout(seconds, TimeUnit.SECONDS);
        calls.begin(call);
        long started = System.nanoTime();
        String error = null;
        int status = 0;
        long length = 0;
        try (Response response = call.execute()) {
            status = response.code();
            BufferedSource source = response.body().source();
            Buffer piece = new Buffer();
            for (long n = source.read(piece, 8192); n >= 0; n = source.read(piece, 8192)) {
                length += n;
                piece.clear();
            }
        } catch (IOException e) {
            // what has been answered has been, also if it is not all of it
            error = status == 0
                    ? describe(e)
                    : status + (e instanceof InterruptedIOException ? ", not whole in time" : ", cut");
        } finally {
            calls.end(call);
        }
        if (error != null && call.isCanceled() && calls.isCancelled()) {
            return null;
        }
        long ended = System.nanoTime();
        return new Timing(
                error == null ? Integer.toString(status) : error,
                error == null,
                error != null && status != 0,
                probe.reused,
                length,
                millis(probe.connectStarted, probe.connected),
                millis(probe.sent, probe.headRead),
                millis(probe.headRead, ended),
                (ended - due) / 1e6,
                (ended - started) / 1e6);
    }

    /** One kind of failure, without what differs from case to case: of these there are few, whatever an app sends. */
    private static String describe(IOException e) {
        if (e instanceof ConnectException) {
            return "connection refused";
        }
        if (e instanceof InterruptedIOException) {
            return "timed out";
        }
        if (e instanceof SocketException) {
            return "connection reset";
        }
        if (e instanceof ProtocolException) {
            return "not HTTP";
        }
        return e.getCause() instanceof EOFException ? "connection closed" : "failed";
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        connectStarted = System.nanoTime();
        reused = false;
    }

    @Override
    public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, Protocol protocol) {
        connected = System.nanoTime();
    }

    @Override
    public void requestHeadersEnd(Call call, okhttp3.Request request) {
        sent = System.nanoTime();
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        headRead = System.nanoTime();
    }

    private static double millis(long from, long to) {
        return from == 0 || to == 0 ? 0 : (to - from) / 1e6;
    }
}
