package hopyard.backend;

import hopyard.http.server.RequestMistake;
import hopyard.trace.Hop;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A line for each request, in the manner of Django's runserver. */
final class RequestLog implements HttpHandler {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy HH:mm:ss", Locale.ENGLISH);

    private final Consumer<String> lines;
    private final HttpHandler next;

    /**
     * @param lines takes the lines
     */
    RequestLog(Consumer<String> lines, HttpHandler next) {
        this.lines = lines;
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        exchange.addExchangeCompleteListener((ended, proceed) -> {
            String time = "[" + TIME.format(LocalDateTime.now()) + "] ";
            if (Client.of(ended).hasLeft()) {
                // Django's own words
                Hop self = Hops.self(ended);
                lines.accept(time + "- Broken pipe from " + (self == null ? "?" : self.from()));
            } else {
                lines.accept(time + "\"" + printable(line(ended)) + "\" " + ended.getStatusCode() + " "
                        + ended.getResponseBytesSent());
            }
            proceed.proceed();
        });
        next.handleRequest(exchange);
    }

    private static String line(HttpServerExchange exchange) {
        RequestMistake mistake = exchange.getAttachment(RequestMistake.KEY);
        if (mistake != null && mistake.requestLine() != null) {
            return mistake.requestLine();
        }
        String query = exchange.getQueryString();
        return exchange.getRequestMethod() + " " + exchange.getRequestURI() + (query.isEmpty() ? "" : "?" + query) + " "
                + exchange.getProtocol();
    }

    /** Escapes what a client sends, so that it can neither forge lines nor control a terminal. */
    private static String printable(String text) {
        return text.chars()
                .mapToObj(c -> c < ' ' || c == 0x7f || c == '"' || c == '\\' || c > '~'
                        ? String.format("\\x%02x", c)
                        : Character.toString(c))
                .collect(Collectors.joining());
    }
}
