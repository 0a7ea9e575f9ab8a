package hopyard.proxy.exchange;

import io.undertow.util.Headers;
import java.util.function.Consumer;
import org.xnio.StreamConnection;

/**
 * A client's connection that becomes a tunnel after the response (RFC 9110 §7.8). The exchange is over, and logged,
 * when the tunnel ends.
 */
public final class Upgrade {

    private static final ExchangeKey<Upgrade> KEY = new ExchangeKey<>();

    private final Exchange exchange;
    private long sent;
    private TunnelEnd end;

    private Upgrade(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Answers 101 and hands over the client's connection; over HTTP/2 a stream, whose client is told 200 (RFC 8441).
     *
     * @param onUpgraded gets the connection when the response has been sent
     * @param onFailed called instead if the client has gone
     */
    public static void start(Exchange exchange, Consumer<StreamConnection> onUpgraded, Runnable onFailed) {
        if (!exchange.lifetime().isConnected()) {
            onFailed.run();
            exchange.lifetime().clientClosed();
            return;
        }
        exchange.http().upgradeChannel((channel, http) -> onUpgraded.accept(channel));
        // as nginx writes it, and not with the capital that Undertow gives it
        exchange.responseHeaders().put(Headers.CONNECTION, "upgrade");
        exchange.put(KEY, new Upgrade(exchange));
        exchange.lifetime().becomesTunnel();
        ResponseStart.prepare(exchange);
        exchange.responseHeaders();
        if (exchange.stream() > 0) {
            ResponseStart.send(exchange);
        }
        exchange.response().end();
    }

    /** Returns the upgrade of an exchange; {@code null} if it has none. */
    public static Upgrade of(Exchange exchange) {
        return exchange.get(KEY);
    }

    /** Returns how the tunnel of an exchange has ended; {@code null} if there was none. */
    public static TunnelEnd endOf(Exchange exchange) {
        Upgrade its = of(exchange);
        return its == null ? null : its.end;
    }

    /** Counts bytes that were sent to the client through the tunnel. */
    public void sent(long bytes) {
        sent += bytes;
    }

    /** Returns how many bytes were sent to the client through the tunnel. */
    long sent() {
        return sent;
    }

    /** Ends the exchange: the tunnel is closed. */
    public void ended(TunnelEnd how) {
        end = how;
        exchange.lifetime().tunnelEnded();
    }
}
