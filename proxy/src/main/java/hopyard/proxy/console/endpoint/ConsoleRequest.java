package hopyard.proxy.console.endpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.exchange.Exchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What somebody asks of the console.
 *
 * @param path what follows the console's own location: {@code exchanges/17}
 * @param query the parameters; the last one of a name counts
 * @param body the content; empty if there is none
 * @param mayEdit whether the configuration may be changed here
 * @param peers the other proxies that may be asked from here; {@code null} for none
 * @param traceLink where traces are shown; {@code null} if nobody has said
 */
public record ConsoleRequest(
        Exchange exchange,
        String path,
        Map<String, String> query,
        byte[] body,
        boolean mayEdit,
        HopPeers peers,
        TraceLink traceLink) {

    /** Who reads the answer. */
    public enum Format {
        JSON,
        TEXT,
        HTML
    }

    /** A request whose content has come. */
    public static ConsoleRequest of(Exchange exchange, ConsoleLocation location, byte[] body) {
        return new ConsoleRequest(
                exchange,
                location.path(exchange.uri()),
                query(exchange),
                body,
                location.mayEdit(),
                location.peers(),
                location.traceLink());
    }

    /** The parameters of a request's query. */
    public static Map<String, String> query(Exchange exchange) {
        Map<String, String> query = new HashMap<>();
        for (String pair : exchange.args().split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // a stray percent sign stands for itself
            return text;
        }
    }

    /** The first part of the path, which names the endpoint. */
    public String name() {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    /** The path behind the endpoint's name. */
    public String rest() {
        int slash = path.indexOf('/');
        return slash < 0 ? "" : path.substring(slash + 1);
    }

    public String method() {
        return exchange.method();
    }

    public boolean changesState() {
        return !isReading(exchange);
    }

    /** Whether a request only looks, before its content has come. */
    public static boolean isReading(Exchange exchange) {
        return exchange.method().equals("GET") || exchange.method().equals("HEAD");
    }

    /** {@code ?format=} decides, then Accept, then what kind of program the client says it is. */
    public Format format() {
        return format(exchange, query);
    }

    /** The same where nobody has looked at the query yet. */
    static Format formatOf(Exchange exchange) {
        return format(exchange, query(exchange));
    }

    private static Format format(Exchange exchange, Map<String, String> query) {
        String wanted = query.getOrDefault("format", "").toLowerCase(Locale.ROOT);
        for (Format format : Format.values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(wanted)) {
                return format;
            }
        }
        String accept = exchange.requestHeaders().contains(Headers.ACCEPT) ? exchange.header(Headers.ACCEPT) : "";
        if (accept.contains("text/html")) {
            return Format.HTML;
        }
        if (accept.contains("json")) {
            return Format.JSON;
        }
        String agent = exchange.header(Headers.USER_AGENT);
        boolean isTerminal = agent != null && agent.matches("(?i)(curl|wget|httpie|xh)/.*");
        return isTerminal || accept.contains("text/plain") ? Format.TEXT : Format.JSON;
    }

    /** A whole number from the query. */
    public int integer(String name, int byDefault, int min, int max) throws Refusal {
        String text = query.get(name);
        return text == null ? byDefault : checked(name, text, min, max);
    }

    /** An exchange's id from the query. */
    public long id(String name, long byDefault) throws Refusal {
        String text = query.get(name);
        if (text == null) {
            return byDefault;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new Refusal(400, name + " must be the id of an exchange, not \"" + text + "\"");
        }
        return Long.parseLong(text);
    }

    static int checked(String name, String text, int min, int max) throws Refusal {
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw new Refusal(400, name + " must be a whole number from " + min + " to " + max + ", not \"" + text + "\"");
    }

    /** The content as a JSON object; an empty one if there is no content, and of plain text one with a {@code text}. */
    public ObjectNode json() throws Refusal {
        if (body.length == 0) {
            return Json.object();
        }
        String type = exchange.header(Headers.CONTENT_TYPE);
        if (type != null && type.startsWith("text/plain")) {
            return Json.object().put("text", new String(body, StandardCharsets.UTF_8));
        }
        try {
            JsonNode node = Json.MAPPER.readTree(body);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new Refusal(400, "the body must be a JSON object");
        } catch (JsonProcessingException e) {
            throw new Refusal(400, "the body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new Refusal(400, "the body cannot be read: " + e.getMessage());
        }
    }

    /** A parameter of the JSON body or, where that has none, of the query. */
    public String parameter(ObjectNode json, String name, String byDefault) {
        return json.hasNonNull(name) ? json.get(name).asText() : query.getOrDefault(name, byDefault);
    }

    /** Such a parameter that is a whole number. */
    public int integer(ObjectNode json, String name, int byDefault, int min, int max) throws Refusal {
        return checked(name, parameter(json, name, Integer.toString(byDefault)), min, max);
    }
}
