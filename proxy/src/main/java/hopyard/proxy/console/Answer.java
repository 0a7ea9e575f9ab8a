package hopyard.proxy.console;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.Request.Format;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** What the console answers. */
record Answer(int status, String type, byte[] body) {

    static Answer json(int status, JsonNode node) {
        return new Answer(status, "application/json", Json.pretty(node));
    }

    static Answer text(int status, String text) {
        return new Answer(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** In the form that the asker reads: as JSON, as text, or as that text in a page. */
    static Answer of(Request request, Supplier<JsonNode> json, Supplier<String> text) {
        return of(request, 200, json, text);
    }

    static Answer of(Request request, int status, Supplier<JsonNode> json, Supplier<String> text) {
        Format format = request.format();
        return switch (format) {
            case JSON -> json(status, json.get());
            case TEXT -> text(status, text.get());
            case HTML ->
                new Answer(
                        status,
                        "text/html; charset=utf-8",
                        page(request.path(), text.get()).getBytes(StandardCharsets.UTF_8));
        };
    }

    private static String page(String title, String text) {
        return """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Hopyard: %s</title>
                <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
                <link rel="stylesheet" href="/static/hopyard.css">
                <main>
                <p><a href="/">Hopyard</a> / %s · <a href="?format=json">as JSON</a> · <a href="?format=text">as text</a></p>
                <pre tabindex="0">%s</pre>
                </main>
                </html>
                """.formatted(escape(title), escape(title), escape(text));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
