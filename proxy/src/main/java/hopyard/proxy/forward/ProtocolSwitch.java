package hopyard.proxy.forward;

import hopyard.http.Tokens;
import hopyard.http.WebSocketKey;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;

/** Judges an upstream's 101: whether the client has asked for what it switches to. */
final class ProtocolSwitch {

    private ProtocolSwitch() {}

    /** Returns what a 101 comes to: {@link Decision.Step#UPGRADE}, or what is wrong with it. */
    static Decision of(Exchange exchange, ResponseHead response) {
        String to = response.first(Headers.UPGRADE);
        if (to == null || !Tokens.contains(exchange.header(Headers.UPGRADE), to)) {
            return Decision.UNASKED_SWITCH;
        }
        // a client of HTTP/2 has no key of its own, and cannot look (RFC 8441 §5)
        return exchange.stream() == 0 || isKeyAnswered(exchange, response)
                ? Decision.Step.UPGRADE
                : Decision.WRONG_ACCEPT;
    }

    private static boolean isKeyAnswered(Exchange exchange, ResponseHead response) {
        String key = exchange.header(ResponseHeaders.SEC_WEBSOCKET_KEY);
        return WebSocketKey.accept(key).equals(response.first(ResponseHeaders.SEC_WEBSOCKET_ACCEPT));
    }
}
