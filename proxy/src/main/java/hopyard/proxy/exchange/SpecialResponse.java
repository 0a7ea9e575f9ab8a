package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Escape;
import hopyard.proxy.server.Regex;
import io.undertow.util.Headers;
import java.nio.charset.StandardCharsets;

/**
 * Answers with the page for a status code: the configured one ({@code error_page}), else nginx's own. The counterpart
 * of nginx's {@code ngx_http_special_response.c}.
 */
public final class SpecialResponse {

    /**
     * What a subrequest answers in the place of any error.
     *
     * @param type the media type; {@code null} for none
     */
    public record Stub(String type, byte[] content) {

        private static final ExchangeKey<Stub> KEY = new ExchangeKey<>();

        /** Has a subrequest answer so. */
        public void standInFor(Exchange subrequest) {
            subrequest.put(KEY, this);
        }
    }

    private static final byte[] NOTHING = {};

    private final Exchange exchange;
    private int status;
    /** Whether an error while an error page is made gets nginx's own page. */
    private boolean isLast;

    SpecialResponse(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Whether the response is an error page that has the status of the error. */
    public static boolean isErrorPage(Exchange exchange) {
        SpecialResponse its = exchange.specialResponseIfAny();
        return its != null && its.status != 0;
    }

    /** Whether the response is an error page that has the status of an error, which no 200 is. */
    public static boolean showsError(Exchange exchange) {
        return isErrorPage(exchange) && statusOf(exchange) != 200;
    }

    /** Returns the status that the client would get if the response began now. */
    static int statusOf(Exchange exchange) {
        return isErrorPage(exchange)
                ? exchange.specialResponse().status
                : exchange.response().status();
    }

    /** Answers with the page for a status code. */
    void send(int code) {
        if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.STATUS, null, null, "the status is " + code);
        }
        if (code == ErrorPages.CLOSE) {
            exchange.lifetime().close(code);
            return;
        }
        Stub stub = exchange.isSubrequest() ? exchange.get(Stub.KEY) : null;
        if (stub != null) {
            BytesBody.respond(exchange, 200, stub.type, stub.content);
            return;
        }
        exchange.ending().because(Why.ofStatus(code));
        ErrorPage configured = exchange.core().errorPage(code);
        if (configured != null && exchange.phases().mayRedirect() && !isLast) {
            configured.send(exchange, code);
            return;
        }
        sendPlainly(code);
    }

    /** Answers with nginx's own page for a status code. */
    void sendPlainly(int code) {
        CoreSettings core = exchange.core();
        if (isRefreshed(exchange, code)) {
            refresh();
            return;
        }
        byte[] page = ErrorPages.page(code, core.serverTokens() ? ServerName.TEXT : ServerName.PSEUDONYM);
        if (closesAfter(code)) {
            exchange.response().closeConnection();
        }
        status = 0;
        exchange.ending().status(ErrorPages.sent(code));
        exchange.ending().because(Why.ofStatus(code));
        // an upstream may have set a phrase for the response that this one replaces
        exchange.response().reasonPhrase(null);
        if (page != null && code >= 400 && core.msiePadding() && Browsers.isPadded(exchange.requestHeaders())) {
            page = ErrorPages.padded(page);
        }
        BytesBody.respond(exchange, ErrorPages.sent(code), "text/html", page == null ? NOTHING : page);
    }

    /** Whether the client is redirected by a page. */
    static boolean isRefreshed(Exchange exchange, int code) {
        return (code == 301 || code == 302)
                && exchange.core().msieRefresh()
                && Browsers.isRefreshed(exchange.requestHeaders());
    }

    /** Answers with a page that leads to where a redirect would. */
    private void refresh() {
        String url = exchange.responseHeaders().getFirst(Headers.LOCATION);
        exchange.responseHeaders().remove(Headers.LOCATION);
        status = 0;
        exchange.ending().status(200);
        BytesBody.respond(
                exchange,
                200,
                "text/html",
                ("<html><head><meta http-equiv=\"Refresh\" content=\"0; URL=" + Escape.REFRESH.apply(url)
                                + "\"></head><body></body></html>\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * Notes that the exchange goes on to the error page for a status code.
     *
     * @param shown the status that the client gets; 0 for the status of the page's own response
     */
    void enterPage(int code, int shown) {
        isLast = !exchange.core().recursiveErrors();
        status = ErrorPages.sent(shown);
        if (!exchange.isRequestComplete()) {
            exchange.content().setUnwanted();
        }
        if (closesAfter(code)) {
            exchange.response().closeConnection();
        }
        exchange.askWithGet();
    }

    /** Whether the connection must be closed, because what follows on it cannot be trusted or is not wanted. */
    private static boolean closesAfter(int code) {
        return code == 400
                || code == 413
                || code == 414
                || code == ErrorPages.HEADER_TOO_LARGE
                || code == ErrorPages.PLAIN_HTTP
                || code == ErrorPages.BAD_CERTIFICATE
                || code == ErrorPages.NO_CERTIFICATE
                || code == 500;
    }

    /** Answers after an exception. A StackOverflowError comes from nesting by a client or in the configuration. */
    void crash(Throwable e) {
        if (e instanceof Regex.LimitReached) {
            exchange.log(ErrorLog.Level.ALERT, e.getMessage());
        } else {
            exchange.log(ErrorLog.Level.CRIT, "internal error: " + e);
        }
        if (exchange.response().isStarted()) {
            exchange.ending().interrupt(Why.INTERNAL_ERROR);
            exchange.lifetime().abort();
        } else {
            exchange.response().forgetFilters();
            send(500);
        }
    }
}
