package hopyard.proxy.exchange;

import hopyard.proxy.conf.Directive;
import io.undertow.util.Headers;

/**
 * An {@code error_page}: what is shown for a status code in place of nginx's own page.
 *
 * @param status the status code that the page is for
 * @param shown the code that the client gets: {@link #SAME}, {@link #ITS_OWN}, or another
 * @param target a URI of this server, a named location, or a URL elsewhere
 * @param directive the {@code error_page} line
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#error_page">error_page</a>
 */
public record ErrorPage(int status, int shown, Template target, Directive directive) {

    /** The client gets the code that the page is for. */
    public static final int SAME = -1;

    /** The client gets whatever code the page's own response has. */
    public static final int ITS_OWN = 0;

    void send(Exchange exchange, int error) {
        String to = target.eval(exchange);
        if (exchange.trail() != null) {
            exchange.trail()
                    .step(
                            Trail.Kind.ERROR_PAGE,
                            directive,
                            true,
                            "the page for " + error + " is " + to
                                    + (shown == SAME
                                            ? ""
                                            : shown == ITS_OWN ? ", with its own status" : ", with status " + shown));
        }
        exchange.specialResponse().enterPage(error, shown == SAME ? error : shown);
        if (to.startsWith("/") || to.startsWith("@")) {
            exchange.phases().redirectTo(to);
        } else {
            boolean isRedirect = shown >= 301 && shown <= 303 || shown == 307 || shown == 308;
            exchange.responseHeaders().put(Headers.LOCATION, to);
            exchange.specialResponse().sendPlainly(isRedirect ? shown : 302);
        }
    }
}
