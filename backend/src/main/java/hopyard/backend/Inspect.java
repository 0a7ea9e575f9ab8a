package hopyard.backend;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.backend.Respond.BadRequest;
import hopyard.backend.django.DjangoSettings;
import hopyard.trace.Hop;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.Cookie;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Endpoints that show the request as it arrived here. */
final class Inspect {

    private final DjangoSettings settings;
    private final String hostname;

    Inspect(DjangoSettings settings) {
        this.settings = settings;
        this.hostname = hostname();
    }

    void addTo(RoutingHandler routes) {
        for (HttpString method : List.of(
                new HttpString("GET"),
                new HttpString("POST"),
                new HttpString("PUT"),
                new HttpString("PATCH"),
                new HttpString("DELETE"))) {
            routes.add(method, "/whoami", this::whoami);
            routes.add(method, "/anything", this::anything);
            routes.add(method, "/anything/*", this::anything);
        }
        routes.get("/trace", exchange -> Respond.text(exchange, 200, Diagram.of(Hops.path(exchange))));
        routes.get("/headers", exchange -> Respond.json(exchange, 200, Map.of("headers", headers(exchange))));
        routes.get("/ip", Inspect::ip);
        routes.get("/jwt", Respond.refusing(Inspect::jwt));
        routes.get("/cookies", Inspect::cookies);
    }

    private void whoami(HttpServerExchange exchange) {
        Hop self = Hops.self(exchange);
        if (Respond.wantsJson(exchange)) {
            Map<String, Object> out = new LinkedHashMap<>();
            out.put("hostname", hostname);
            out.put("remote_addr", self.from());
            out.put("local_addr", self.at());
            out.put("connection", self.conn());
            out.put("request", self.req());
            out.put("method", exchange.getRequestMethod().toString());
            out.put("url", Url.absolute(exchange, target(exchange)));
            out.put("proto", exchange.getProtocol().toString());
            out.put("headers", headers(exchange));
            out.put("hops", Hops.path(exchange));
            Respond.json(exchange, 200, out);
            return;
        }
        StringBuilder out = new StringBuilder();
        out.append("Hostname: ").append(hostname).append('\n');
        out.append("RemoteAddr: ").append(self.from()).append('\n');
        out.append("LocalAddr: ").append(self.at()).append('\n');
        out.append("Connection: number ")
                .append(self.conn())
                .append(", request ")
                .append(self.req())
                .append(" on it\n\n");
        out.append(exchange.getRequestMethod())
                .append(' ')
                .append(target(exchange))
                .append(' ');
        out.append(exchange.getProtocol()).append('\n');
        headers(exchange)
                .forEach((name, values) -> values.forEach(
                        value -> out.append(name).append(": ").append(value).append('\n')));
        Respond.text(exchange, 200, out.toString());
    }

    private void anything(HttpServerExchange exchange) throws Exception {
        Map<String, Object> after = new LinkedHashMap<>();
        after.put("headers", headers(exchange));
        after.put("method", exchange.getRequestMethod().toString());
        after.put("origin", Hops.self(exchange).from());
        after.put("url", Url.absolute(exchange, target(exchange)));
        Body.read(exchange, new Anything(settings, exchange, Map.of("args", args(exchange)), after));
    }

    private static Map<String, Object> args(HttpServerExchange exchange) {
        Map<String, Object> out = new TreeMap<>();
        exchange.getQueryParameters().forEach((name, values) -> {
            if (!name.equals("*")) {
                out.put(name, values.size() == 1 ? values.getFirst() : List.copyOf(values));
            }
        });
        return out;
    }

    private static void ip(HttpServerExchange exchange) {
        String from = Hops.self(exchange).from();
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("remote_addr", from.substring(0, from.lastIndexOf(':')));
        for (String name : List.of("X-Real-IP", "X-Forwarded-For", "Forwarded")) {
            out.put(name, exchange.getRequestHeaders().getFirst(name));
        }
        out.put(
                "note",
                "remote_addr is the other end of the socket; the headers are what somebody on the way has said");
        Respond.json(exchange, 200, out);
    }

    private static void jwt(HttpServerExchange exchange) throws BadRequest {
        String header = exchange.getRequestHeaders().getFirst(Headers.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            exchange.getResponseHeaders().put(Headers.WWW_AUTHENTICATE, "Bearer");
            Respond.text(exchange, 401, "Send a token: curl -H 'Authorization: Bearer TOKEN' …/jwt\n");
            return;
        }
        String[] parts = header.substring(7).trim().split("\\.", -1);
        if (parts.length != 3) {
            throw new BadRequest("not a JWT: it has " + parts.length + " parts between dots instead of 3");
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("verified", false);
        out.put("warning", "decoded only: nobody has checked the signature, so none of this is to be believed");
        out.put("header", part(parts[0], "header"));
        out.put("payload", part(parts[1], "payload"));
        Respond.json(exchange, 200, out);
    }

    private static JsonNode part(String encoded, String name) throws BadRequest {
        try {
            return Respond.JSON.readTree(Base64.getUrlDecoder().decode(encoded));
        } catch (IllegalArgumentException | IOException e) {
            throw new BadRequest("not a JWT: its " + name + " is not base64url of JSON");
        }
    }

    private static void cookies(HttpServerExchange exchange) {
        Map<String, String> out = new TreeMap<>();
        for (Cookie cookie : exchange.requestCookies()) {
            out.put(cookie.getName(), cookie.getValue());
        }
        Respond.json(exchange, 200, Map.of("cookies", out));
    }

    private static Map<String, List<String>> headers(HttpServerExchange exchange) {
        Map<String, List<String>> out = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HeaderValues values : exchange.getRequestHeaders()) {
            out.put(values.getHeaderName().toString(), List.copyOf(values));
        }
        return out;
    }

    private static String target(HttpServerExchange exchange) {
        String query = exchange.getQueryString();
        return exchange.getRequestURI() + (query.isEmpty() ? "" : "?" + query);
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // a machine whose own name does not resolve still has a page to show
            return "localhost";
        }
    }
}
