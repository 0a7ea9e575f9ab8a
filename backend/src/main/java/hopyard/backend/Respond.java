package hopyard.backend;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.Map;

/** Small things that every endpoint does: answer with text or JSON, and read parameters. */
final class Respond {

    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** How many bytes of a response nobody counts: the system takes them at once. */
    private static final int USUAL_CONTENT = 16 << 10;

    /** When to come again if it is too much now, in s: some places will be free by then. */
    private static final String RETRY_AFTER = "5";

    private Respond() {}

    /** The request is wrong; the message says how, and what to send instead. */
    static final class BadRequest extends Exception {
        BadRequest(String message) {
            super(message);
        }
    }

    /** An endpoint that may refuse a request. */
    interface Endpoint {
        void handle(HttpServerExchange exchange) throws BadRequest, Exception;
    }

    /** Returns a handler that answers 400 with the message when the endpoint refuses. */
    static HttpHandler refusing(Endpoint endpoint) {
        return exchange -> {
            try {
                endpoint.handle(exchange);
            } catch (BadRequest e) {
                text(exchange, 400, e.getMessage() + "\n");
            }
        };
    }

    static void text(HttpServerExchange exchange, int status, String text) {
        send(exchange, status, "text/plain; charset=utf-8", text);
    }

    static void json(HttpServerExchange exchange, int status, Object value) {
        send(exchange, status, "application/json", toJson(value) + "\n");
    }

    static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static void send(HttpServerExchange exchange, int status, String type, String body) {
        send(exchange, status, type, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
    }

    static void send(HttpServerExchange exchange, int status, String type, ByteBuffer content) {
        exchange.setStatusCode(status);
        if (status == 204 || status == 205 || status == 304) {
            // these statuses have no content (RFC 9110 §15.3.5, §15.3.6, §15.4.5)
            exchange.endExchange();
            return;
        }
        if (content.remaining() > USUAL_CONTENT && !Client.of(exchange).hold(content.remaining())) {
            tooMuch(exchange, "the memory for responses is used up");
            return;
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, type);
        exchange.getResponseSender().send(content);
    }

    /** Answers 503: it is too much now, and may not be later. */
    static void tooMuch(HttpServerExchange exchange, String why) {
        exchange.getResponseHeaders().put(Headers.RETRY_AFTER, RETRY_AFTER);
        // the rest of the request is not waited for
        exchange.setPersistent(exchange.isPersistent() && exchange.isRequestComplete());
        text(exchange, 503, "Too much at once: " + why + ". Try again in " + RETRY_AFTER + " s.\n");
    }

    /** Whether only the head is asked for, so that nobody has to make the content. */
    static boolean isHead(HttpServerExchange exchange) {
        return exchange.getRequestMethod().equals(Methods.HEAD);
    }

    static boolean wantsJson(HttpServerExchange exchange) {
        String accept = exchange.getRequestHeaders().getFirst(Headers.ACCEPT);
        return accept != null && accept.contains("application/json");
    }

    /** A parameter of the query or of the path; {@code null} if it is absent. */
    static String parameter(HttpServerExchange exchange, String name) {
        Map<String, Deque<String>> all = exchange.getQueryParameters();
        Deque<String> values = all.get(name);
        return values == null || values.isEmpty() ? null : values.getFirst();
    }

    /** Returns a parameter that is a whole number between the bounds. */
    static long integer(HttpServerExchange exchange, String name, long byDefault, long min, long max)
            throws BadRequest {
        String text = parameter(exchange, name);
        if (text == null) {
            return byDefault;
        }
        if (text.matches("[0-9]{1,18}")) {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw new BadRequest(name + " must be a whole number from " + min + " to " + max);
    }

    /** Returns a parameter in seconds, which may have decimals, as milliseconds. */
    static long millis(HttpServerExchange exchange, String name, double byDefault, double max) throws BadRequest {
        String text = parameter(exchange, name);
        if (text == null) {
            return Math.round(byDefault * 1000);
        }
        if (text.matches("[0-9]{1,6}(\\.[0-9]{1,6})?")) {
            double value = Double.parseDouble(text);
            if (value <= max) {
                return Math.round(value * 1000);
            }
        }
        throw new BadRequest(name + " must be a number of seconds from 0 to " + Math.round(max));
    }
}
