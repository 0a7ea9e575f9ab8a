package hopyard.proxy.console;

import hopyard.proxy.http.Exchange;
import io.undertow.util.Headers;
import java.net.URI;

/**
 * Keeps other people's web pages out of the console. {@code allow} and {@code deny} look at the address, but a page
 * from anywhere that is open in the user's own browser comes from a good address.
 *
 * <ul>
 *   <li>Host must be this machine's own: an address, localhost, or a name of the server block. A name that an
 *       attacker has pointed at 127.0.0.1 (DNS rebinding) is none of these.
 *   <li>What changes state must come from a page of this very origin, or from no page.
 * </ul>
 */
final class Guard {

    private Guard() {}

    static void check(Exchange exchange, boolean changesState) throws Refusal {
        String host = exchange.host();
        if (!isOwn(host, exchange)) {
            throw new Refusal(
                    403,
                    "the console does not answer for the host \"" + host
                            + "\": use localhost, the address, or the server_name");
        }
        String origin = exchange.header(Headers.ORIGIN);
        String site = exchange.http().getRequestHeaders().getFirst("Sec-Fetch-Site");
        if (changesState && origin != null && !isSame(origin, exchange)) {
            throw new Refusal(403, "a page of " + origin + " may not change anything here");
        }
        if (changesState && origin == null && site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new Refusal(403, "a page of another site may not change anything here");
        }
    }

    private static boolean isOwn(String host, Exchange exchange) {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.matches("[0-9]+(\\.[0-9]+){3}|\\[[0-9a-f:.]+]")
                || !host.isEmpty() && host.equals(exchange.server().name());
    }

    private static boolean isSame(String origin, Exchange exchange) {
        try {
            URI uri = URI.create(origin);
            String host = exchange.header(Headers.HOST);
            return uri.getAuthority() != null
                    && uri.getAuthority().equalsIgnoreCase(host)
                    && exchange.http().getRequestScheme().equalsIgnoreCase(uri.getScheme());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
