package hopyard.proxy.forward;

import hopyard.http.Tokens;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.FieldLines;
import hopyard.proxy.upstream.FieldSet;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;

/** Which of the upstream's header fields the client gets. */
final class ResponseHeaders {

    static final HttpString SEC_WEBSOCKET_KEY = new HttpString("Sec-WebSocket-Key");
    static final HttpString SEC_WEBSOCKET_ACCEPT = new HttpString("Sec-WebSocket-Accept");

    /** Fields that are read or changed on their way: by rules, or because the server may add them itself. */
    private static final FieldSet HANDLED =
            FieldSet.of(List.of(Headers.LOCATION, Headers.REFRESH, Headers.SET_COOKIE, Headers.DATE, Headers.SERVER));

    private ResponseHeaders() {}

    /** Copies the fields that are meant for the client, and the reason phrase. */
    static void copy(ResponseHead from, Exchange exchange, ResponseFraming framing, Forwarding how) {
        HeaderMap to = exchange.response().fieldsApartFromLines();
        FieldLines lines = exchange.response().lines();
        FieldSet hidden = how.headers().hidden();
        String nominated = from.all(Headers.CONNECTION);
        // another upstream may have redirected to this one, and left its media type
        boolean isInternal = exchange.isInternal();
        for (int i = 0; i < from.count(); i++) {
            HttpString name = from.name(i);
            if (hidden.contains(name) || isNominated(nominated, name)) {
                continue;
            }
            if (HANDLED.contains(name)) {
                to.add(name, value(name, from.value(i), exchange, how));
            } else {
                if (isInternal && name.equals(Headers.CONTENT_TYPE)) {
                    to.remove(Headers.CONTENT_TYPE);
                }
                lines.add(name, from.bytes(), from.valueStart(i), from.valueEnd(i));
            }
        }
        if (framing.length() >= 0) {
            to.put(Headers.CONTENT_LENGTH, framing.length());
        }
        exchange.response()
                .leaveOut(how.headers().leavesOutDate(), how.headers().leavesOutServer());
        exchange.response().upstreamReasonPhrase(from.reason());
    }

    /** Returns the fields of early hints that are meant for the client, as lines. */
    static String hints(ResponseHead from, Forwarding how) {
        StringBuilder lines = new StringBuilder();
        String nominated = from.all(Headers.CONNECTION);
        for (int i = 0; i < from.count(); i++) {
            HttpString name = from.name(i);
            if (!how.headers().hidden().contains(name) && !isNominated(nominated, name)) {
                lines.append(name).append(": ").append(from.value(i)).append("\r\n");
            }
        }
        return lines.toString();
    }

    private static String value(HttpString name, String value, Exchange exchange, Forwarding how) {
        if (name.equals(Headers.LOCATION)) {
            return how.headers().location(exchange, value);
        }
        if (name.equals(Headers.REFRESH)) {
            return how.headers().refresh(exchange, value);
        }
        return name.equals(Headers.SET_COOKIE) ? how.cookies().apply(exchange, value) : value;
    }

    /**
     * Whether the upstream's {@code Connection} names the field, which is then for this hop only (RFC 9110 §7.6.1).
     * Upgrade is for the client, too, as with nginx: it says what a 426 wants (§15.5.22).
     */
    private static boolean isNominated(String connection, HttpString name) {
        return connection != null && !name.equals(Headers.UPGRADE) && Tokens.contains(connection, name.toString());
    }

    /** Takes over the head of a response that switches protocols. The connection to the client has its own fields. */
    static void ofUpgrade(ResponseHead response, Exchange exchange) {
        HeaderMap headers = exchange.responseHeaders();
        for (int i = 0; i < response.count(); i++) {
            if (!response.name(i).equals(Headers.CONNECTION)
                    && !response.name(i).equals(Headers.SERVER)
                    && !response.name(i).equals(Headers.DATE)
                    // a client of HTTP/2 has sent no key
                    && !(exchange.stream() > 0 && response.name(i).equals(SEC_WEBSOCKET_ACCEPT))) {
                headers.add(response.name(i), response.value(i));
            }
        }
        exchange.response().status(response.status());
        exchange.response().upstreamReasonPhrase(response.reason());
    }
}
