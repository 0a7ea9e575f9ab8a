package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.Tokens;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;

/** Which of the upstream's header fields the client gets. */
final class ResponseHeaders {

    private ResponseHeaders() {}

    /** Copies the fields that are meant for the client, and the reason phrase. */
    static void copy(ResponseHead from, Exchange exchange, ResponseFraming framing, ForwardSettings settings) {
        HeaderMap to = exchange.http().getResponseHeaders();
        HeaderRules rules = settings.headerRules;
        String nominated = from.all(Headers.CONNECTION);
        for (int i = 0; i < from.count(); i++) {
            HttpString name = from.name(i);
            if (!rules.hidden().contains(name) && !ResponseFraming.isHopByHop(name) && !isNominated(nominated, name)) {
                to.add(name, value(name, from.value(i), exchange, settings));
            }
        }
        if (framing.length() >= 0) {
            to.put(Headers.CONTENT_LENGTH, framing.length());
        }
        exchange.http().setReasonPhrase(from.reason());
    }

    private static String value(HttpString name, String value, Exchange exchange, ForwardSettings settings) {
        if (name.equals(Headers.LOCATION)) {
            return settings.headerRules.location(exchange, value);
        }
        if (name.equals(Headers.REFRESH)) {
            return settings.headerRules.refresh(exchange, value);
        }
        return name.equals(Headers.SET_COOKIE) ? settings.cookies.apply(exchange, value) : value;
    }

    /** Fields that the upstream's {@code Connection} names are meant for this hop only (RFC 9110 §7.6.1). */
    private static boolean isNominated(String connection, HttpString name) {
        return connection != null && Tokens.contains(connection, name.toString());
    }
}
