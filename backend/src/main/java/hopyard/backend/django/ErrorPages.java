package hopyard.backend.django;

import java.util.List;

/**
 * The pages for what goes wrong. With DEBUG they say what it was, otherwise nothing that could help an attacker. A
 * client that does not ask for pages gets the same as text: most of them are terminals here.
 */
final class ErrorPages {

    private static final String NO_REFERER =
            "You are seeing this message because this HTTPS site requires a “Referer header” to be sent by your web"
                    + " browser, but none was sent.";
    private static final String NO_COOKIE =
            "You are seeing this message because this site requires a CSRF cookie when submitting forms.";

    private final DjangoSettings settings;
    private final List<String> paths;
    private final boolean debug;

    /**
     * @param paths all that there is, for the page that says that something else is not there
     */
    ErrorPages(DjangoSettings settings, List<String> paths) {
        this.settings = settings;
        this.paths = paths;
        debug = settings.get(DjangoSettings.DEBUG);
    }

    /** Returns the page for an exception. */
    HttpResponse of(HttpRequest request, Raised raised) {
        boolean isExplained = debug
                && !raised.type().equals("MultiPartParserError")
                && !raised.type().equals("PermissionDenied");
        if (!isExplained) {
            return bare(request, raised.status());
        }
        return raised.status() == 404 ? notFound(request, raised) : technical(request, raised);
    }

    private static HttpResponse bare(HttpRequest request, int status) {
        String title = switch (status) {
            case 400 -> "Bad Request (400)";
            case 403 -> "403 Forbidden";
            case 404 -> "Not Found";
            default -> "Server Error (500)";
        };
        String details = status == 404 ? "The requested resource was not found on this server." : "";
        return request.wantsPages()
                ? HttpResponse.html(status, page(title, "<h1>" + title + "</h1><p>" + details + "</p>\n"))
                : HttpResponse.text(status, title + "\n" + (details.isEmpty() ? "" : details + "\n"));
    }

    private HttpResponse technical(HttpRequest request, Raised raised) {
        String title = raised.type() + " at " + request.pathInfo();
        if (!request.wantsPages()) {
            return HttpResponse.text(raised.status(), title + "\n" + raised.getMessage() + "\n\n" + settingsAsText());
        }
        String escaped = PythonText.escaped(title);
        StringBuilder out = new StringBuilder();
        out.append("<h1>").append(escaped).append("</h1>\n<pre class=\"exception_value\">");
        out.append(PythonText.escaped(raised.getMessage())).append("</pre>\n<table>\n");
        row(out, "Request Method", request.method());
        row(out, "Request URL", request.scheme() + "://" + request.rawHost() + request.fullPath(false));
        row(out, "Exception Type", raised.type());
        row(out, "Exception Value", raised.getMessage());
        out.append("</table>\n<h2>Settings</h2>\n<table>\n");
        DjangoSettings.all().forEach(each -> row(out, each.name(), settings.written(each)));
        out.append(
                "</table>\n<p>You’re seeing this error because you have <code>DEBUG = true</code> in the environment."
                        + " Change that to <code>false</code>, and the app will display a standard page.</p>\n");
        return HttpResponse.html(raised.status(), page(escaped, out.toString()));
    }

    private String settingsAsText() {
        StringBuilder out = new StringBuilder("Settings:\n");
        for (Setting<?> each : DjangoSettings.all()) {
            out.append(each.name()).append(" = ").append(settings.written(each)).append('\n');
        }
        return out.toString();
    }

    private HttpResponse notFound(HttpRequest request, Raised raised) {
        String path = request.pathInfo();
        String reason = raised.getMessage();
        if (!request.wantsPages()) {
            return HttpResponse.text(
                    404,
                    "Page not found at " + path + "\n" + (reason == null ? "" : reason + "\n") + "\nThere is: "
                            + String.join(" ", paths) + "\n");
        }
        StringBuilder out = new StringBuilder("<h1>Page not found <span>(404)</span></h1>\n");
        if (reason != null) {
            out.append("<pre class=\"exception_value\">")
                    .append(PythonText.escaped(reason))
                    .append("</pre>\n");
        }
        out.append("<table>\n");
        row(out, "Request Method", request.method());
        row(out, "Request URL", request.scheme() + "://" + request.rawHost() + request.fullPath(false));
        out.append("</table>\n<p>The app tried these paths, in this order:</p>\n<ol>\n");
        paths.forEach(each ->
                out.append("<li><code>").append(PythonText.escaped(each)).append("</code></li>\n"));
        out.append("</ol>\n<p>The current path, <code>").append(PythonText.escaped(path.replaceFirst("^/", "")));
        out.append("</code>, ").append(reason == null ? "didn’t match any of these" : "matched one of these");
        out.append(".</p>\n<p>You’re seeing this error because you have <code>DEBUG = true</code> in the environment."
                + " Change that to <code>false</code>, and the app will display a standard 404 page.</p>\n");
        return HttpResponse.html(404, page("Page not found at " + PythonText.escaped(path), out.toString()));
    }

    /** Returns the page for a form that may come from elsewhere. */
    HttpResponse csrfFailure(HttpRequest request, String reason) {
        if (!request.wantsPages()) {
            return HttpResponse.text(
                    403,
                    "Forbidden (403)\nCSRF verification failed. Request aborted.\n"
                            + (debug
                                    ? "Reason given for failure: " + reason + "\n"
                                    : "More information is available with DEBUG=True.\n"));
        }
        StringBuilder out = new StringBuilder("<div id=\"summary\">\n<h1>Forbidden <span>(403)</span></h1>\n");
        out.append("<p>CSRF verification failed. Request aborted.</p>\n");
        if (reason.endsWith("no Referer.")) {
            out.append("<p>").append(NO_REFERER).append("</p>\n");
        } else if (reason.equals("CSRF cookie not set.")) {
            out.append("<p>").append(NO_COOKIE).append("</p>\n");
        }
        out.append("</div>\n");
        if (debug) {
            out.append("<div id=\"info\">\n<h2>Help</h2>\n<p>Reason given for failure:</p>\n<pre>\n");
            out.append(PythonText.escaped(reason)).append("\n</pre>\n</div>\n");
        } else {
            out.append("<p>More information is available with DEBUG=True.</p>\n");
        }
        return HttpResponse.html(403, page("403 Forbidden", out.toString()));
    }

    /** Returns a page with a title, which is HTML already. */
    static String page(String title, String main) {
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + title
                + "</title>\n<link rel=\"stylesheet\" href=\"/static/first-page.css\">\n</head>\n"
                + "<body><main class=\"first-page\">\n" + main + "</main></body>\n</html>\n";
    }

    private static void row(StringBuilder out, String name, String value) {
        out.append("<tr><th scope=\"row\">").append(PythonText.escaped(name)).append("</th><td><code>");
        out.append(PythonText.escaped(value)).append("</code></td></tr>\n");
    }
}
