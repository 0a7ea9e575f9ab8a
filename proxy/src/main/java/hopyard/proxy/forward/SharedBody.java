package hopyard.proxy.forward;

import hopyard.proxy.exchange.ContinueResponse;
import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;

/** Reads a request's body before it is known who will send it on, so that several can. */
public final class SharedBody {

    private static final ExchangeKey<BufferedBody> KEY = new ExchangeKey<>();

    private static final ExchangeKey<BufferedBody> SEEN = new ExchangeKey<>();

    private static final ExchangeKey<Boolean> MISSED = new ExchangeKey<>();

    private SharedBody() {}

    /**
     * Reads the body to its end.
     *
     * @param onRead runs when the body is there; if it never will be, the exchange is answered or ended instead
     */
    public static void read(Exchange exchange, Runnable onRead) {
        BufferedBody body = new BufferedBody(exchange, new BufferedBody.Listener() {
            @Override
            public void bodyRead() {
                onRead.run();
            }

            @Override
            public void bodyFailed(IOException e) {
                if (!(e instanceof ClientBodyException client)) {
                    exchange.log(ErrorLog.Level.CRIT, "writing a temporary file failed: " + e.getMessage());
                    exchange.fail(500);
                } else if (client.status() == ErrorPages.CLIENT_CLOSED_REQUEST) {
                    exchange.lifetime().clientClosed();
                } else {
                    exchange.response().closeConnection();
                    exchange.ending().because(client.why());
                    exchange.fail(client.status());
                }
            }
        });
        exchange.put(KEY, body);
        exchange.lifetime().onEnd(body::close);
        if (ContinueResponse.isExpected(exchange)) {
            ContinueResponse.send(exchange, body::read, exchange.lifetime()::clientClosed);
        } else {
            body.read();
        }
    }

    /** Lets another exchange send the body that was read for {@code from}, if any was. */
    public static void share(Exchange from, Exchange to) {
        BufferedBody body = of(from);
        if (body != null) {
            BufferedBody shared = body.share(to);
            to.put(KEY, shared);
            to.lifetime().onEnd(shared::close);
        }
    }

    /** Remembers a body that is read, for {@link #text}. */
    static void seen(Exchange exchange, BufferedBody body) {
        exchange.put(SEEN, body);
    }

    /**
     * Returns the request's body, if it was read whole and is held in memory: {@code $request_body}; else {@code null}.
     */
    public static String text(Exchange exchange) {
        BufferedBody read = of(exchange);
        BufferedBody body = read == null ? exchange.get(SEEN) : read;
        String text = body == null ? null : body.text();
        boolean isMissing = text == null && (body != null || !exchange.isRequestComplete());
        if (isMissing) {
            exchange.put(MISSED, true);
        }
        return text;
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
