package hopyard.proxy.console;

import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.page.PageFiles;
import io.undertow.util.HttpString;
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** {@code page}: the page at the console's own location, and its files. */
final class Page {

    private static final HttpString CACHE_CONTROL = new HttpString("Cache-Control");
    private static final HttpString CONTENT_ENCODING = new HttpString("Content-Encoding");
    private static final HttpString VARY = new HttpString("Vary");
    private static final HttpString REFERRER_POLICY = new HttpString("Referrer-Policy");

    /** What the page may do; its shared worker's policy is that of the worker's file. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
                    + " worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json");

    private Page() {}

    /** Answers for {@code page/…}. */
    static Answer answer(ConsoleRequest request) throws Refusal {
        if (request.rest().equals("boot.js")) {
            return new Answer(
                    200, TYPES.get("js"), AnswerContent.text(PageFiles::boot), Map.of(CACHE_CONTROL, "no-cache"));
        }
        String file = request.path().startsWith(PageFiles.root())
                ? request.path().substring(PageFiles.root().length())
                : null;
        byte[] bytes = file == null ? null : PageFiles.compressed(file);
        if (bytes == null) {
            throw new Refusal(404, "the page has no file of this name and version: load it again");
        }
        String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), "application/octet-stream");
        boolean takesGzip = acceptsGzip(request.exchange().requestHeaders().getFirst("Accept-Encoding"));
        Map<HttpString, String> fields = new HashMap<>();
        fields.put(CACHE_CONTROL, "private, max-age=31536000, immutable");
        fields.put(VARY, "Accept-Encoding");
        fields.put(Answer.CSP, POLICY);
        if (takesGzip) {
            fields.put(CONTENT_ENCODING, "gzip");
        }
        return new Answer(200, type, once(bytes, takesGzip), fields);
    }

    private static boolean acceptsGzip(String accepted) {
        return accepted != null && accepted.matches("(?i)(.*[,\\s])?gzip(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*");
    }

    private static AnswerContent once(byte[] bytes, boolean asIs) {
        return out -> {
            if (asIs) {
                out.write(bytes);
            } else {
                new GZIPInputStream(new ByteArrayInputStream(bytes)).transferTo(out);
            }
            return false;
        };
    }

    /** The page at the console's own location. */
    static Answer page() {
        String root = PageFiles.root();
        String html = """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Hopyard: every hop of a request</title>
                <link rel="icon" href="%1$sfavicon.svg" type="image/svg+xml">
                %2$s%3$s<script type="module" src="%1$sapp.js"></script>
                <body>
                <noscript><p>This page needs JavaScript. The console does without: ask it with curl, which gets text.</p></noscript>
                </html>
                """.formatted(root, PageFiles.sheet(root), PageFiles.modules(root));
        return new Answer(
                200,
                TYPES.get("html"),
                AnswerContent.text(() -> html),
                Map.of(
                        Answer.CSP,
                        POLICY,
                        // the console knows its own page by it where the browser sends no Sec-Fetch-Site
                        REFERRER_POLICY,
                        "same-origin"));
    }
}
