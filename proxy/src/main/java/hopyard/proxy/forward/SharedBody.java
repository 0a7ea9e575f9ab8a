package hopyard.proxy.forward;

import hopyard.proxy.exchange.ContinueResponse;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads a request's body before it is known who will send it on, so that several can. */
public final class SharedBody {

    private static final ExchangeKey<BufferedBody> KEY = new ExchangeKey<>();

    private static final ExchangeKey<BufferedBody> SEEN = new ExchangeKey<>();

    private static final ExchangeKey<PassedBody> PASSED = new ExchangeKey<>();

    private static final ExchangeKey<Boolean> MISSED = new ExchangeKey<>();

    private SharedBody() {}

    /**
     * Reads the body to its end.
     *
     * @param onRead runs when the body is there; if it never will be, the exchange is answered or ended instead
     */
    public static void read(Exchange exchange, Runnable onRead) {
        start(exchange, new BufferedBody(exchange, listener(exchange, onRead)));
    }

    /**
     * Reads the body into a file.
     *
     * @param onRead is given the file, which belongs to the caller then
     */
    public static void readToFile(Exchange exchange, Consumer<Path> onRead) {
        BufferedBody body = new BufferedBody(
                exchange, listener(exchange, () -> onRead.accept(of(exchange).takeFile())));
        body.toFile();
        start(exchange, body);
    }

    private static BufferedBody.Listener listener(Exchange exchange, Runnable onRead) {
        return new BufferedBody.Listener() {
            @Override
            public void bodyRead() {
                onRead.run();
            }

            @Override
            public void bodyFailed(IOException e) {
                if (!(e instanceof ClientBodyException client)) {
                    exchange.log(ErrorLog.Level.CRIT, "writing a temporary file failed: " + e.getMessage());
                    exchange.fail(500);
                } else if (client.endsWithoutAnswer(exchange)) {
                    exchange.lifetime().clientClosed();
                } else {
                    exchange.response().closeConnection();
                    exchange.ending().because(client.why());
                    exchange.fail(client.status());
                }
            }
        };
    }

    private static void start(Exchange exchange, BufferedBody body) {
        exchange.put(KEY, body);
        exchange.lifetime().onEnd(body::close);
        if (ContinueResponse.isExpected(exchange)) {
            ContinueResponse.send(exchange, body::read, exchange.lifetime()::clientClosed);
        } else {
            body.read();
        }
    }

    /** Lets another exchange send the body that was read for {@code from}, if any was read whole. */
    public static void share(Exchange from, Exchange to) {
        BufferedBody read = of(from);
        BufferedBody body = read == null ? from.get(SEEN) : read;
        if (body != null && body.isThere()) {
            BufferedBody shared = body.share(to);
            to.put(KEY, shared);
            to.lifetime().onEnd(shared::close);
        }
    }

    /** Remembers a body that is passed on as it comes, for {@link #text}. */
    static void passes(Exchange exchange, PassedBody body) {
        exchange.put(PASSED, body);
    }

    /** Remembers a body that is read, for {@link #text}. */
    static void seen(Exchange exchange, BufferedBody body) {
        exchange.put(SEEN, body);
    }

    /**
     * Returns the request's body, if it is held in memory: {@code $request_body}; else {@code null}. Of one that is
     * passed on as it comes, it is what has come so far.
     */
    public static String text(Exchange exchange) {
        BufferedBody body = known(exchange);
        PassedBody passed = exchange.get(PASSED);
        String text = body != null ? body.text() : passed == null ? null : passed.text();
        boolean isMissing = text == null && (body != null || !exchange.isRequestComplete());
        if (isMissing) {
            exchange.put(MISSED, true);
        }
        return text;
    }

    private static BufferedBody known(Exchange exchange) {
        BufferedBody read = of(exchange);
        return read == null ? exchange.get(SEEN) : read;
    }

    /** Returns the name of the file that the request's body is in: {@code $request_body_file}; else {@code null}. */
    public static String file(Exchange exchange) {
        BufferedBody body = known(exchange);
        return body == null ? null : body.file();
    }

    /** Whether {@link #text} has been asked for a body that there was, but not in memory. */
    static boolean wasMissed(Exchange exchange) {
        return exchange.get(MISSED) != null;
    }

    /** Returns what was read; {@code null} if nothing was. */
    static BufferedBody of(Exchange exchange) {
        return exchange.get(KEY);
    }
}
