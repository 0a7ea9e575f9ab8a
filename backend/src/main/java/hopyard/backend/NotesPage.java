package hopyard.backend;

import hopyard.backend.Notes.Note;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.util.List;

/** Notes as a page with forms, which works without a script. */
final class NotesPage {

    private static final String FRAME = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%1$s</title>
            <link rel="stylesheet" href="/static/first-page.css">
            </head>
            <body><main class="first-page">
            <h1>%1$s</h1>
            %2$s</main></body>
            </html>
            """;

    private static final String FORM = """
            <form action="%s" method="post">
            <p><label>Author <input name="author" maxlength="80" required></label></p>
            <p><label>Note <input name="text" maxlength="1000" size="60" required></label></p>
            <button>Create</button>
            </form>
            """;

    private NotesPage() {}

    /** Whether a client names pages among what it wants. */
    static boolean isWanted(HttpServerExchange exchange) {
        String accept = exchange.getRequestHeaders().getFirst(Headers.ACCEPT);
        return accept != null && accept.toLowerCase(java.util.Locale.ROOT).contains("text/html");
    }

    /** Sends a page, in which forms work and nothing else. */
    static void send(HttpServerExchange exchange, int status, String page) {
        exchange.getResponseHeaders().put(SafeDefaults.CONTENT_SECURITY_POLICY, SafeDefaults.FORMS_ONLY);
        Respond.send(exchange, status, "text/html; charset=utf-8", page);
    }

    static String of(HttpServerExchange exchange, List<Note> notes) {
        String path = Page.escape(Url.path(exchange, "/notes"));
        StringBuilder out = new StringBuilder(8192);
        out.append("<p>The newest of them, from the database. How they were asked for is in the response's")
                .append(" <code>Hop-Trace</code> and <code>Server-Timing</code>.</p>\n");
        out.append(FORM.formatted(path)).append("<table>\n");
        for (Note note : notes) {
            out.append("<tr><th scope=\"row\">").append(Page.escape(note.author()));
            out.append("</th><td>").append(Page.escape(note.text())).append("</td><td>");
            out.append("<form action=\"")
                    .append(path)
                    .append('/')
                    .append(note.id())
                    .append("/vote\" method=\"post\">");
            out.append("<button aria-label=\"Vote for note ").append(note.id()).append("\">");
            out.append(note.votes()).append(note.votes() == 1 ? " vote" : " votes");
            out.append("</button></form></td></tr>\n");
        }
        return FRAME.formatted("Notes", out.append("</table>\n"));
    }

    /** Returns a page about what has failed, in Django's shape. */
    static String ofFailure(String title, String sentence) {
        return FRAME.formatted(
                Page.escape(title), "<pre class=\"exception_value\">" + Page.escape(sentence) + "</pre>\n");
    }
}
