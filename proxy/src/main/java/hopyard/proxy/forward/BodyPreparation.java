package hopyard.proxy.forward;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.ContinueResponse;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Gets the request's content ready before the first attempt: the client's content, read whole or passed on as it comes,
 * or what the configuration gives.
 */
final class BodyPreparation implements BufferedBody.Listener {

    private final Exchange exchange;
    private final ForwardSettings settings;
    private final RequestHead head;
    private final Attempts attempts;
    private final RequestSender.Listener listener;

    private BodyPreparation(
            Exchange exchange,
            ForwardSettings settings,
            RequestHead head,
            Attempts attempts,
            RequestSender.Listener listener) {
        this.exchange = exchange;
        this.settings = settings;
        this.head = head;
        this.attempts = attempts;
        this.listener = listener;
    }

    /**
     * Begins.
     *
     * @param attempts are given the content; the first one begins when the content can be sent
     * @param listener is told of the client's faults
     */
    static void start(
            Exchange exchange,
            ForwardSettings settings,
            RequestHead head,
            Attempts attempts,
            RequestSender.Listener listener) {
        BufferedBody shared = SharedBody.of(exchange);
        if (ClientContent.isUnwanted(exchange)) {
            attempts.next();
        } else if (shared != null) {
            attempts.body(shared.share(exchange));
            allRead(exchange, settings, attempts, listener);
        } else if (exchange.isRequestComplete()) {
            whole(exchange, settings, attempts, listener);
        } else {
            new BodyPreparation(exchange, settings, head, attempts, listener).start();
        }
    }

    /** Goes on with a request that has no content. */
    private static void whole(
            Exchange exchange, ForwardSettings settings, Attempts attempts, RequestSender.Listener listener) {
        boolean mayExpect =
                !exchange.method().equals("GET") && !exchange.method().equals("HEAD");
        if (mayExpect && ContinueResponse.isExpected(exchange)) {
            // without content the client need not hear of it, but nginx says so all the same (RFC 9110 §10.1.1)
            ContinueResponse.send(
                    exchange, () -> allRead(exchange, settings, attempts, listener), listener::clientGone);
        } else {
            allRead(exchange, settings, attempts, listener);
        }
    }

    private static void allRead(
            Exchange exchange, ForwardSettings settings, Attempts attempts, RequestSender.Listener listener) {
        if (settings.body() != null) {
            attempts.body(new FixedBody(settings.body().eval(exchange).getBytes(StandardCharsets.ISO_8859_1)));
        } else if (!settings.passRequestBody()) {
            attempts.body(RequestBody.EMPTY);
        }
        if (!settings.ignoreClientAbort()) {
            exchange.lifetime().watchClient(listener::clientGone);
        }
        attempts.next();
    }

    private void start() {
        if (ContinueResponse.isExpected(exchange)) {
            ContinueResponse.send(exchange, this::read, listener::clientGone);
        } else {
            read();
        }
    }

    private void read() {
        if (settings.readsBodyFirst(exchange)) {
            BufferedBody buffered = new BufferedBody(exchange, this);
            attempts.body(buffered);
            SharedBody.seen(exchange, buffered);
            buffered.read();
        } else {
            String length = exchange.header(Headers.CONTENT_LENGTH);
            attempts.body(new StreamedBody(
                    exchange, length == null ? RequestBody.CHUNKED : Long.parseLong(length), head, attempts::send));
            attempts.next();
        }
    }

    @Override
    public void bodyRead() {
        allRead(exchange, settings, attempts, listener);
    }

    @Override
    public void bodyFailed(IOException e) {
        if (e instanceof ClientBodyException client) {
            listener.clientFailed(client);
        } else {
            exchange.log(ErrorLog.Level.CRIT, "writing a temporary file failed (" + SystemErrors.text(e) + ")");
            listener.finish(500);
        }
    }
}
