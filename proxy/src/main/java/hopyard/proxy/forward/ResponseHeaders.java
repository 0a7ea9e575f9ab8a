package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.Tokens;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;

/** Which of the upstream's header fields the client gets. */
final class ResponseHeaders {

    static final HttpString X_ACCEL_BUFFERING = new HttpString("X-Accel-Buffering");

    private ResponseHeaders() {}

    /**
     * Copies the fields that are meant for the client, and the reason phrase.
     *
     * @return whether to buffer: what the settings say unless {@code X-Accel-Buffering} says otherwise
     */
    static boolean copy(
            ResponseHead from, Exchange exchange, ResponseFraming framing, HeaderRules rules, boolean buffering) {
        HeaderMap to = exchange.http().getResponseHeaders();
        String nominated = from.all(Headers.CONNECTION);
        boolean buffer = buffering;
        for (int i = 0; i < from.count(); i++) {
            HttpString name = from.name(i);
            if (name.equals(X_ACCEL_BUFFERING)) {
                String value = from.value(i);
                buffer = value.equalsIgnoreCase("yes") || !value.equalsIgnoreCase("no") && buffering;
            }
            if (!rules.hidden().contains(name) && !ResponseFraming.isHopByHop(name) && !isNominated(nominated, name)) {
                to.add(name, name.equals(Headers.LOCATION) ? rules.location(exchange, from.value(i)) : from.value(i));
            }
        }
        if (framing.length() >= 0) {
            to.put(Headers.CONTENT_LENGTH, framing.length());
        }
        exchange.http().setReasonPhrase(from.reason());
        return buffer;
    }

    /** Fields that the upstream's {@code Connection} names are meant for this hop only (RFC 9110 §7.6.1). */
    private static boolean isNominated(String connection, HttpString name) {
        return connection != null && Tokens.contains(connection, name.toString());
    }
}
