package hopyard.backend;

import hopyard.trace.Hop;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;

/**
 * The first page: what this is, the hops of this very request, and what to try. What moves on it is the work of the
 * scripts in {@code static/}, which ask the proxy's console.
 */
final class Page implements HttpHandler {

    /** The headers that a proxy adds, with what they are for. */
    private static final String[][] PROXY_HEADERS = {
        {"Via", "which proxies a message has passed"},
        {"X-Forwarded-For", "whose request it really is"},
        {"X-Forwarded-Proto", "whether the browser used http or https"},
        {"X-Forwarded-Host", "which host the browser asked for"},
        {"X-Forwarded-Port", "on which port it asked"},
        {"X-Real-IP", "nginx's own form of the same"},
        {"Forwarded", "all of that in one standard header, RFC 7239"},
        {"X-Request-ID", "one name for this request in every log"},
        {"traceparent", "the trace it belongs to, W3C Trace Context"},
        {"Hop-Trace", "the sockets of every hop so far"},
    };

    private static final String[][] LINKS = {
        {"/whoami", "the request as the app got it"},
        {"/trace", "its path, drawn for a terminal"},
        {"/headers", "its headers, as JSON"},
        {"/ip", "whose address the app sees"},
        {"/anything?a=1", "everything about it"},
        {"/redirect/2", "absolute redirects"},
        {"/delay/2", "a slow answer"},
        {"/slow/3", "an answer too slow for the proxy: 504"},
        {"/fail/close", "an app that hangs up: 502"},
        {"/sse?count=5", "events, one each second"},
        {"/static/hopyard.css", "a file: the proxy needs no app for it"},
        {"/proxy-says", "an answer that the proxy makes by itself"},
    };

    private final Url url;

    Page(Settings settings) {
        this.url = new Url(settings);
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        List<Hop> path = Hops.path(exchange);
        boolean direct = path.size() == 1;
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(
                SafeDefaults.CONTENT_SECURITY_POLICY,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                        + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.put(Headers.CACHE_CONTROL, "no-store");
        // as Django does; the console knows the page by it where the browser sends no Sec-Fetch-Site
        headers.put(new HttpString("Referrer-Policy"), "same-origin");
        String requestId = exchange.getRequestHeaders().getFirst("X-Request-ID");
        StringBuilder out = new StringBuilder(12_288);
        out.append(HEAD.formatted(direct ? "direct" : "proxied", escape(requestId)));
        diagram(out, path, direct);
        out.append("<div id=\"hop-detail\" class=\"detail\">\n");
        headerTable(out, exchange, direct);
        out.append("</div>\n</section>\n");
        out.append("<div id=\"panels\"></div>\n<noscript><p>The panels need JavaScript; the console at ");
        out.append("<a href=\"/_hops/\">/_hops/</a> does without, and so does curl.</p></noscript>\n");
        links(out);
        commands(out, exchange);
        out.append("</main>\n</html>\n");
        Respond.send(exchange, 200, "text/html; charset=utf-8", out.toString());
    }

    /** With the way that the request came by and its id, from which the page's script finds its exchange. */
    private static final String HEAD = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Hopyard: every hop of a request</title>
            <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
            <link rel="stylesheet" href="/lib/uplot/uPlot.min.css">
            <link rel="stylesheet" href="/lib/codemirror/lib/codemirror.css">
            <link rel="stylesheet" href="/static/hopyard.css">
            <script type="module" src="/static/app.js"></script>
            <body data-way="%s" data-request-id="%s">
            <a class="skip" href="#panels">Skip to the panels</a>
            <main>
            <header>
            <h1>Hopyard</h1>
            <p class="lead">A reverse proxy in front of an app server, and you see every hop of a request:
            which sockets it came by, what was changed on it, and where the time went.</p>
            <p><span id="status" role="status"></span>
            <a id="edited" href="#config" hidden>an edited nginx.conf is at work</a></p>
            </header>
            """;

    private static final String PROXIED = "You asked the proxy. It accepted your connection on its listening port,"
            + " then asked the app from a port of its own, an ephemeral one that the system chose. So the app has only"
            + " ever met the proxy: who you are, it knows from headers alone.";

    private static final String DIRECT = "<strong>You bypassed the proxy</strong> and asked the app itself."
            + " Nobody has told it anything that it does not see from its own socket; the headers below are missing. So"
            + " are the panels that show traffic, configuration and ports: those are the proxy's, on its own port.";

    private static void diagram(StringBuilder out, List<Hop> path, boolean direct) {
        out.append("<section id=\"stage\" aria-label=\"The hops of a request\">\n");
        out.append("<div class=\"stage-head\"><h2 id=\"stage-title\">This very request</h2>");
        out.append("<label class=\"check\" hidden><input type=\"checkbox\" id=\"follow\" checked>");
        out.append(" follow the newest</label></div>\n");
        out.append("<p id=\"stage-said\" class=\"said\">")
                .append(direct ? DIRECT : PROXIED)
                .append("</p>\n<ol class=\"hops\" id=\"hops\">\n");
        out.append("<li class=\"node\"><b>Browser</b><span>you</span></li>\n");
        for (Hop hop : path) {
            out.append("<li class=\"wire\"><span class=\"from\">").append(escape(hop.from()));
            out.append("<small>ephemeral port</small></span><i aria-label=\"connects to\"></i><span class=\"at\">");
            out.append(escape(hop.at())).append("<small>listening port</small></span><em>connection ");
            out.append(hop.conn()).append(", request ").append(hop.req()).append("</em></li>\n");
            out.append("<li class=\"node\"><b>").append(escape(hop.name())).append("</b><span>");
            out.append(hop == path.get(path.size() - 1) ? "the app server" : "the front door")
                    .append("</span></li>\n");
        }
        out.append("</ol>\n");
    }

    private static void headerTable(StringBuilder out, HttpServerExchange exchange, boolean direct) {
        out.append("<div class=\"all\"><h3>")
                .append(direct ? "What is missing" : "What the proxy has added")
                .append("</h3>\n");
        out.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Headers\"><table>\n");
        for (String[] row : PROXY_HEADERS) {
            String value = exchange.getRequestHeaders().getFirst(row[0]);
            out.append("<tr><th scope=\"row\">").append(row[0]).append("</th><td>");
            out.append(value == null ? "<span class=\"absent\">absent</span>" : "<code>" + escape(value) + "</code>");
            out.append("</td><td>").append(row[1]).append("</td></tr>\n");
        }
        out.append("</table></div></div>\n");
    }

    private static void links(StringBuilder out) {
        out.append("<section>\n<h2>Try</h2>\n<ul class=\"links\">\n");
        for (String[] link : LINKS) {
            out.append("<li><a href=\"")
                    .append(link[0])
                    .append("\">")
                    .append(link[0])
                    .append("</a> ");
            out.append(link[1]).append("</li>\n");
        }
        out.append("</ul>\n</section>\n");
    }

    private void commands(StringBuilder out, HttpServerExchange exchange) {
        out.append("<section>\n<h2>From a terminal</h2>\n<pre tabindex=\"0\">curl -si ");
        out.append(escape(url.absolute(exchange, "/whoami")));
        out.append("\ncurl -s ").append(escape(url.absolute(exchange, "/trace")));
        out.append("\ncurl --parallel --parallel-max 50 -s -o /dev/null '");
        out.append(escape(url.absolute(exchange, "/whoami?[1-1000]"))).append("'</pre>\n</section>\n");
    }

    /** Everything that a request can bring is text here, never markup. */
    private static String escape(String text) {
        return text == null
                ? ""
                : text.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;");
    }
}
