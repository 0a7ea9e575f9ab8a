package hopyard.proxy.exchange;

import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Tells a client that expects {@code 100 Continue} to send its content (RFC 9110 §10.1.1). */
public final class ContinueResponse {

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private ContinueResponse() {}

    /** Whether the client waits for {@code 100 Continue}. */
    public static boolean isExpected(Exchange exchange) {
        return HttpContinue.requiresContinueResponse(exchange.requestHeaders())
                && HttpContinue.requiresContinueResponse(exchange.http());
    }

    /** Sends {@code 100 Continue}, then runs {@code onSent}; or {@code onGone} if the client has gone. */
    public static void send(Exchange exchange, Runnable onSent, Runnable onGone) {
        if (exchange.stream() > 0) {
            try {
                exchange.client().carrier().sendInterim(CONTINUE);
            } catch (IOException e) {
                onGone.run();
                return;
            }
            onSent.run();
            return;
        }
        HttpContinue.sendContinueResponse(exchange.http(), new IoCallback() {
            @Override
            public void onComplete(HttpServerExchange http, Sender sender) {
                onSent.run();
            }

            @Override
            public void onException(HttpServerExchange http, Sender sender, IOException e) {
                onGone.run();
            }
        });
    }
}
