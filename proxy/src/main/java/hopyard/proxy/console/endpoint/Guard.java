package hopyard.proxy.console.endpoint;

import hopyard.proxy.exchange.Exchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keeps other people's web pages out of the console, whatever they ask for. {@code allow} and {@code deny} look at the
 * address, but a page from anywhere that is open in the user's own browser comes from a good address.
 *
 * <ul>
 *   <li>Nobody is led here: a rewrite, an error page or an app's X-Accel-Redirect does not open the console.
 *   <li>Host must be this machine's own: localhost, an address of the loopback or the one that the connection came to,
 *       or a name of the server block. A name that an attacker has pointed at 127.0.0.1 (DNS rebinding) is none of
 *       these.
 *   <li>A browser must ask for the user, or for a page of this very origin: Sec-Fetch-Site, Origin and Referer may say
 *       nothing else, and one of them must be there. Over plain http browsers send Sec-Fetch-Site to localhost and the
 *       loopback only, and Origin where they GET to nobody.
 * </ul>
 *
 * @param names the names of the server block, in lower case, without wildcards and regular expressions
 * @see <a href="https://www.w3.org/TR/fetch-metadata/">Fetch Metadata Request Headers</a>
 */
public record Guard(Set<String> names) {

    private static final HttpString SEC_FETCH_SITE = new HttpString("Sec-Fetch-Site");

    /** What is an address as it stands, so that nothing is looked up. */
    private static final Pattern ADDRESS =
            Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?!$)|$)){4}|\\[[0-9a-f:.]+]");

    /**
     * Looks at who asks.
     *
     * @throws Refusal if that is somebody else's page
     */
    public void check(Exchange exchange) throws Refusal {
        if (exchange.isInternal()) {
            throw new Refusal(403, "the console answers only those who ask for its own path");
        }
        String host = exchange.header(Headers.HOST);
        if (host == null || !answersFor(exchange)) {
            throw new Refusal(
                    403,
                    "the console does not answer for the host \"" + exchange.host()
                            + "\": use localhost, or make it a server_name");
        }
        HeaderMap fields = exchange.requestHeaders();
        List<String> origins = values(fields, Headers.ORIGIN);
        List<String> sites = values(fields, SEC_FETCH_SITE);
        List<String> referers = values(fields, Headers.REFERER);
        String own = exchange.scheme() + "://" + host;
        for (String origin : origins) {
            if (!origin.equalsIgnoreCase(own)) {
                throw new Refusal(403, "a page of " + origin + " may not use the console");
            }
        }
        for (String site : sites) {
            if (!site.equals("same-origin") && !site.equals("none")) {
                throw new Refusal(403, "a page of another site may not use the console");
            }
        }
        for (String referer : referers) {
            if (!referer.regionMatches(true, 0, own + "/", 0, own.length() + 1)) {
                throw new Refusal(403, "a page of another origin may not use the console: " + referer);
            }
        }
        if (origins.isEmpty() && sites.isEmpty() && referers.isEmpty() && isBrowser(fields)) {
            throw new Refusal(
                    403,
                    "your browser does not say which page asks, as for all hosts but localhost: begin at " + own
                            + "/, or use localhost");
        }
    }

    /** Whether the host that is asked for is one of its own. */
    public boolean answersFor(Exchange exchange) {
        String host = exchange.host();
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || names.contains(host)
                || ADDRESS.matcher(host).matches() && isOwnAddress(host, exchange);
    }

    private static boolean isOwnAddress(String literal, Exchange exchange) {
        try {
            InetAddress address = InetAddress.getByName(literal);
            return address.isLoopbackAddress()
                    || address.equals(exchange.client().local().getAddress());
        } catch (UnknownHostException e) {
            // brackets around what is no address
            return false;
        }
    }

    private static List<String> values(HeaderMap fields, HttpString name) {
        HeaderValues values = fields.get(name);
        return values == null ? List.of() : values;
    }

    /** Whether a web page may be behind it: every browser sends these, and curl and its kin do not. */
    private static boolean isBrowser(HeaderMap fields) {
        String agent = fields.getFirst(Headers.USER_AGENT);
        return fields.contains(Headers.ACCEPT_LANGUAGE) || agent != null && agent.startsWith("Mozilla/");
    }
}
