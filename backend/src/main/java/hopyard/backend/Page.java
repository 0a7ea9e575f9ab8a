package hopyard.backend;

import hopyard.backend.django.DjangoSettings;
import hopyard.backend.django.Setting;
import hopyard.backend.traces.TraceSettings;
import hopyard.trace.Hop;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first page: the hops of this request, what the proxy has added to it, and what to try. It works without a script.
 * If the request came through a proxy with a console, the console's script adds the instrument, with this request on
 * its path.
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
        {"/notes", "rows of the database, if there is one: a fourth hop"},
        {"/static/first-page.css", "a file, which the proxy reads from disk by itself"},
        {"/proxy-says", "an answer that the proxy makes by itself"},
    };

    /** Paths that only the proxy's nginx.conf has. */
    private static final Set<String> OF_PROXY = Set.of("/slow/3", "/proxy-says");

    private final Settings settings;

    Page(Settings settings) {
        this.settings = settings;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        List<Hop> path = Hops.path(exchange);
        boolean direct = path.size() == 1;
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(
                SafeDefaults.CONTENT_SECURITY_POLICY,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
                        + " worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.put(Headers.CACHE_CONTROL, "no-store");
        // as Django does; the console knows the page by it where the browser sends no Sec-Fetch-Site
        headers.put(new HttpString("Referrer-Policy"), "same-origin");
        String requestId = exchange.getRequestHeaders().getFirst("X-Request-ID");
        StringBuilder out = new StringBuilder(12_288);
        out.append(HEAD.formatted(direct ? "" : SCRIPT, escape(requestId)));
        diagram(out, path, direct);
        if (direct) {
            instrument(out, exchange);
        }
        headerTable(out, exchange, direct);
        links(out, direct);
        commands(out, exchange);
        settings(out);
        out.append("</main>\n</html>\n");
        Respond.send(exchange, 200, "text/html; charset=utf-8", out.toString());
    }

    /** The console's script, which makes this page the instrument; without it, it stays what it is. */
    private static final String SCRIPT = "<script type=\"module\" src=\"/_hops/page/boot.js\"></script>\n";

    /** With the request's id, by which the console's script finds its exchange. */
    private static final String HEAD = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Hopyard: every hop of a request</title>
            <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
            <link rel="stylesheet" href="/static/first-page.css">
            %s<body data-request-id="%s">
            <main class="first-page">
            <h1>Hopyard</h1>
            <p class="lead">A reverse proxy in front of an app server, and you see every hop of a request:
            which sockets it came by, what was changed on it, and where the time went.</p>
            """;

    private static final String PROXIED = "You asked the proxy. It accepted your connection on its listening port,"
            + " then asked the app from a port of its own, an ephemeral one that the system chose. So the app has only"
            + " ever met the proxy: who you are, it knows from headers alone.";

    private static final String DIRECT = "<strong>You bypassed the proxy</strong> and asked the app itself."
            + " Nobody has told it anything that it does not see from its own socket; the headers below are missing. So"
            + " is the instrument that shows traffic, configuration and ports: it is the proxy's, on the proxy's own port.";

    private static final String NO_PROXY =
            "This app has not been told where its proxy is (setting <code>PROXY_PORT</code>):"
                    + " whoever has started it knows. The playground prints the address of both, and"
                    + " <code>docker compose ps</code> shows them.";

    private static final Pattern THIS_MACHINE =
            Pattern.compile("(?i)(localhost|[a-z0-9.-]+\\.localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]+)?");

    /** Writes the link to the instrument. The port is one of this machine; a client elsewhere may need another one. */
    private void instrument(StringBuilder out, HttpServerExchange exchange) {
        Matcher host = THIS_MACHINE.matcher(Url.host(exchange));
        out.append("<p id=\"instrument\">");
        if (settings.proxyPort() == 0) {
            out.append(NO_PROXY);
        } else if (!host.matches()) {
            out.append("On its own machine the proxy is at port ").append(settings.proxyPort());
            out.append("; where it is to be found from elsewhere, this app has not been told.");
        } else {
            String port = settings.proxyPort() == 80 ? "" : ":" + settings.proxyPort();
            String address = "http://" + host.group(1) + port + "/";
            out.append("The same page through the proxy, with the instrument: <a href=\"")
                    .append(address);
            out.append("\">").append(address).append("</a>");
        }
        out.append("</p>\n");
    }

    private static void diagram(StringBuilder out, List<Hop> path, boolean direct) {
        out.append("<section aria-label=\"The hops of this request\">\n<h2>This very request</h2>\n<p>");
        out.append(direct ? DIRECT : PROXIED).append("</p>\n<ol class=\"hops\">\n");
        out.append("<li class=\"node\"><b>Browser</b><span>you</span></li>\n");
        for (Hop hop : path) {
            out.append("<li class=\"wire\"><span class=\"from\">").append(escape(hop.from()));
            out.append("<small>ephemeral port</small></span><span aria-hidden=\"true\"> → </span><span class=\"at\">");
            out.append(escape(hop.at())).append("<small>listening port</small></span><em>connection ");
            out.append(hop.conn()).append(", request ").append(hop.req()).append("</em></li>\n");
            out.append("<li class=\"node\"><b>").append(escape(hop.name())).append("</b><span>");
            out.append(hop == path.get(path.size() - 1) ? "the app server" : "the front door")
                    .append("</span></li>\n");
        }
        out.append("</ol>\n</section>\n");
    }

    private static void headerTable(StringBuilder out, HttpServerExchange exchange, boolean direct) {
        out.append("<section>\n<h2>")
                .append(direct ? "What is missing" : "What the proxy has added")
                .append("</h2>\n");
        out.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Headers\"><table>\n");
        for (String[] row : PROXY_HEADERS) {
            String value = exchange.getRequestHeaders().getFirst(row[0]);
            out.append("<tr><th scope=\"row\">").append(row[0]).append("</th><td>");
            out.append(value == null ? "<span class=\"absent\">absent</span>" : "<code>" + escape(value) + "</code>");
            out.append("</td><td>").append(row[1]).append("</td></tr>\n");
        }
        out.append("</table></div>\n</section>\n");
    }

    private static void links(StringBuilder out, boolean direct) {
        out.append("<section>\n<h2>Try</h2>\n<ul class=\"links\">\n");
        for (String[] link : LINKS) {
            if (direct && OF_PROXY.contains(link[0])) {
                continue;
            }
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
        out.append(escape(Url.absolute(exchange, "/whoami")));
        out.append("\ncurl -s ").append(escape(Url.absolute(exchange, "/trace")));
        out.append("\ncurl --parallel --parallel-max 50 -s -o /dev/null '");
        out.append(escape(Url.absolute(exchange, "/whoami?[1-1000]"))).append("'</pre>\n</section>\n");
    }

    private void settings(StringBuilder out) {
        out.append("<section>\n<h2>Django’s settings</h2>\n<details><summary>Environment variables of the app, with")
                .append(" Django’s names, gunicorn’s and OpenTelemetry’s</summary>\n");
        out.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Settings\"><table>\n");
        List<Setting<?>> all = new ArrayList<>(DjangoSettings.all());
        all.addAll(Serving.all());
        all.addAll(TraceSettings.all());
        for (Setting<?> each : all) {
            String given = settings.django().written(each);
            String value = given.isEmpty() || !TraceSettings.isSecret(each) ? given : "hidden";
            out.append("<tr><th scope=\"row\">").append(each.name()).append("</th><td>");
            out.append(
                    value.isEmpty() ? "<span class=\"absent\">not set</span>" : "<code>" + escape(value) + "</code>");
            out.append("</td><td>").append(escape(each.meaning())).append("</td></tr>\n");
        }
        out.append("</table></div></details>\n</section>\n");
    }

    /** Escapes a text. Everything that comes from a request is text here, never markup. */
    static String escape(String text) {
        return text == null
                ? ""
                : text.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;");
    }
}
