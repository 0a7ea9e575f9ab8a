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
    private final Forwarding forwarding;
    private final RequestHead head;
    private final Attempts attempts;
    private final RequestSender.Listener listener;

    private BodyPreparation(
            Exchange exchange,
            Forwarding forwarding,
            RequestHead head,
            Attempts attempts,
            RequestSender.Listener listener) {
        this.exchange = exchange;
        this.forwarding = forwarding;
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
            Forwarding forwarding,
            RequestHead head,
            Attempts attempts,
            RequestSender.Listener listener) {
        BufferedBody shared = SharedBody.of(exchange);
        if (ClientContent.isUnwanted(exchange)) {
            attempts.next();
        } else if (shared != null) {
            attempts.body(shared.share(exchange));
            allRead(exchange, forwarding, attempts, listener);
        } else if (exchange.isRequestComplete()) {
            whole(exchange, forwarding, attempts, listener);
        } else {
            new BodyPreparation(exchange, forwarding, head, attempts, listener).start();
        }
    }

    /** Goes on with a request that has no content. */
    private static void whole(
            Exchange exchange, Forwarding forwarding, Attempts attempts, RequestSender.Listener listener) {
        boolean mayExpect =
                !exchange.method().equals("GET") && !exchange.method().equals("HEAD");
        if (mayExpect && ContinueResponse.isExpected(exchange)) {
            // without content the client need not hear of it, but nginx says so all the same (RFC 9110 §10.1.1)
            ContinueResponse.send(
                    exchange, () -> allRead(exchange, forwarding, attempts, listener), listener::clientGone);
        } else {
            allRead(exchange, forwarding, attempts, listener);
        }
    }

    private static void allRead(
            Exchange exchange, Forwarding forwarding, Attempts attempts, RequestSender.Listener listener) {
        if (forwarding.http().body() != null) {
            attempts.body(new FixedBody(forwarding.http().body().eval(exchange).getBytes(StandardCharsets.ISO_8859_1)));
        } else if (!forwarding.settings().passRequestBody()) {
            attempts.body(RequestBody.EMPTY);
        }
        if (!forwarding.settings().ignoreClientAbort()) {
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
        if (forwarding.readsBodyFirst(exchange)) {
            BufferedBody buffered = new BufferedBody(exchange, this);
            attempts.body(buffered);
            SharedBody.seen(exchange, buffered);
            buffered.read();
        } else {
            String length = exchange.header(Headers.CONTENT_LENGTH);
            attempts.body(new StreamedBody(
                    exchange, length == null ? unknownLength() : Long.parseLong(length), head, attempts::send));
            attempts.next();
        }
    }

    private long unknownLength() {
        return head.framing(exchange) == null ? RequestBody.CHUNKED : RequestBody.OPEN;
    }

    @Override
    public void bodyRead() {
        allRead(exchange, forwarding, attempts, listener);
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
