package hopyard.proxy.console.endpoint;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.endpoint.ConsoleRequest.Format;
import hopyard.proxy.console.page.PageFiles;
import hopyard.proxy.exchange.Exchange;
import io.undertow.util.HttpString;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the console answers.
 *
 * @param fields header fields, which take the place of those that every answer has
 */
public record Answer(int status, String type, AnswerContent content, Map<HttpString, String> fields) {

    /** What a page may do. */
    public static final HttpString CSP = new HttpString("Content-Security-Policy");

    public Answer(int status, String type, AnswerContent content) {
        this(status, type, content, Map.of());
    }

    /** A JSON value. */
    public static Answer json(int status, JsonNode node) {
        return ofJson(status, JsonContent.of(() -> node));
    }

    /** JSON that is made as it is read. */
    public static Answer ofJson(int status, AnswerContent content) {
        return new Answer(status, "application/json", content);
    }

    static Answer refusing(Exchange exchange, Refusal refusal) {
        return ConsoleRequest.formatOf(exchange) == Format.JSON
                ? ofJson(refusal.status(), JsonContent.of(refusal::json))
                : new Answer(
                        refusal.status(),
                        "text/plain; charset=utf-8",
                        AnswerContent.text(() -> refusal.getMessage() + "\n"));
    }

    /** In the form that the asker reads: as JSON, as text, or as that text in a page. */
    public static Answer of(ConsoleRequest request, Supplier<JsonNode> json, Supplier<String> text) {
        return of(request, 200, json, text);
    }

    public static Answer of(ConsoleRequest request, int status, Supplier<JsonNode> json, Supplier<String> text) {
        return of(
                request,
                status,
                JsonContent.of(json),
                () -> Stream.of(text).map(Supplier::get).iterator());
    }

    /**
     * The same of what may be long.
     *
     * @param text pieces of the text
     */
    public static Answer of(ConsoleRequest request, int status, AnswerContent json, Supplier<Iterator<String>> text) {
        return of(request.format(), request.path(), status, json, text);
    }

    private static Answer of(
            Format format, String title, int status, AnswerContent json, Supplier<Iterator<String>> text) {
        return switch (format) {
            case JSON -> ofJson(status, json);
            case TEXT -> new Answer(status, "text/plain; charset=utf-8", AnswerContent.texts(text.get()));
            case HTML -> new Answer(status, "text/html; charset=utf-8", AnswerContent.texts(page(title, text.get())));
        };
    }

    private static Iterator<String> page(String path, Iterator<String> text) {
        String title = escape(path);
        String up = "../".repeat((int) path.chars().filter(c -> c == '/').count());
        Iterator<String> head = List.of(
                        """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Hopyard: %s</title>
                <link rel="icon" href="%2$sfavicon.svg" type="image/svg+xml">
                %4$s                <main class="plain-answer">
                <h1><a href="%3$s./">Hopyard</a> / %1$s</h1>
                <p><a href="?format=json">as JSON</a> · <a href="?format=text">as text</a></p>
                <pre tabindex="0">""".formatted(title, up + PageFiles.root(), up, PageFiles.sheet(up + PageFiles.root())))
                .iterator();
        Iterator<String> end = List.of("""
                </pre>
                </main>
                </html>
                """).iterator();
        return Iterators.concat(head, Iterators.concat(Iterators.map(text, Answer::escape), end));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
