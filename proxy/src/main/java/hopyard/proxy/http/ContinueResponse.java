package hopyard.proxy.http;

import io.undertow.io.IoCallback;
import io.undertow.io.Sender;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import java.io.IOException;

/** Tells a client that waits for it that its body is wanted (RFC 9110 §10.1.1). */
public final class ContinueResponse {

    private ContinueResponse() {}

    /** Whether the client waits for it. */
    public static boolean isExpected(Exchange exchange) {
        return HttpContinue.requiresContinueResponse(exchange.requestHeaders())
                && HttpContinue.requiresContinueResponse(exchange.http());
    }

    /** Sends {@code 100 Continue}, then runs {@code onSent}. */
    public static void send(Exchange exchange, Runnable onSent, Runnable onGone) {
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
