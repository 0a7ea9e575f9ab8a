package hopyard.backend.django;

import java.util.Map;
import java.util.function.Consumer;

/**
 * What Django's loggers say of requests: on the console, while DEBUG is on.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/logging/#django-request">Django: django.request</a>
 */
final class DjangoLog {

    private static final Map<Integer, String> REASONS = Map.of(
            400, "Bad Request",
            403, "Forbidden",
            404, "Not Found",
            405, "Method Not Allowed",
            500, "Internal Server Error");

    private final Consumer<String> lines;

    DjangoLog(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Writes a line of what has happened, whoever asked for what. */
    void line(String message) {
        lines.accept(printable(message));
    }

    /** Writes a line for a response and its path, if there is none yet. */
    void response(String message, HttpRequest request, HttpResponse response) {
        if (!response.logged()) {
            line(message + ": " + request.path());
        }
    }

    /** Writes a line for a response that says that something is wrong, if there is none yet. */
    void ended(HttpRequest request, HttpResponse response) {
        if (response.status() >= 400) {
            response(REASONS.getOrDefault(response.status(), "Error"), request, response);
        }
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (char c : text.toCharArray()) {
            if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else {
                out.append(
                        c == '\n'
                                ? "\\n"
                                : c == '\r' ? "\\r" : String.format(c < 0x100 ? "\\x%02x" : "\\u%04x", (int) c));
            }
        }
        return out.toString();
    }
}
