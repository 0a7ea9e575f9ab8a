package hopyard.proxy.exchange;

import hopyard.http.HeadGate;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.ClientConnection;
import io.undertow.util.Headers;

/** Answers with a redirect to another URL. */
public final class ClientRedirect {

    private ClientRedirect() {}

    /** Answers with a redirect. A URL without a host gets the host of the request, see {@link #absolute}. */
    public static void send(Exchange exchange, int status, String url) {
        if (!HeadGate.passes(url)) {
            exchange.log(ErrorLog.Level.ERROR, "redirect URL holds a control character: \"" + url + "\"");
            exchange.fail(RequestTarget.hasControls(exchange.rawPath()) ? 400 : 500);
            return;
        }
        boolean isRefreshed = SpecialResponse.isRefreshed(exchange, status);
        exchange.responseHeaders().put(Headers.LOCATION, isRefreshed ? url : absolute(exchange, url));
        exchange.ending().because(Why.REDIRECT);
        exchange.fail(status);
    }

    /** Returns a URL without a host as an absolute one, unless {@code absolute_redirect} is off; any other as it is. */
    public static String absolute(Exchange exchange, String url) {
        CoreSettings core = exchange.core();
        if (!url.startsWith("/") || !core.absoluteRedirect()) {
            return url;
        }
        ClientConnection client = exchange.client();
        String scheme = exchange.scheme();
        String host = exchange.host();
        String name = core.serverNameInRedirect()
                ? exchange.server().name()
                : host.isEmpty() ? client.ends().localHost() : host;
        int port = client.local().getPort();
        boolean isUsual = port == (scheme.equals("https") ? 443 : 80) || port == 0;
        return scheme + "://" + name + (isUsual || !core.portInRedirect() ? "" : ":" + port) + url;
    }
}
