package hopyard.backend;

import hopyard.backend.Respond.BadRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.CookieImpl;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.GZIPOutputStream;

/** Endpoints whose response has the shape that the request asks for. */
final class ShapedResponses {

    private static final long MAX_BYTES = 4L << 30;
    private static final double MAX_DELAY = 300;
    private static final int MAX_CODES = 100;
    private static final int BLOCK = 16 << 10;

    private ShapedResponses() {}

    static void addTo(RoutingHandler routes) {
        for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
            routes.add(method, "/status/{codes}", Respond.refusing(ShapedResponses::status));
            routes.add(method, "/delay/{seconds}", Respond.refusing(ShapedResponses::delay));
        }
        routes.get("/bytes/{n}", Respond.refusing(ShapedResponses::bytes));
        routes.get("/stream/{n}", Respond.refusing(ShapedResponses::stream));
        routes.get("/drip", Respond.refusing(ShapedResponses::drip));
        routes.get("/gzip", ShapedResponses::gzip);
        routes.get("/response-headers", Respond.refusing(ShapedResponses::responseHeaders));
        routes.get("/big-headers/{n}", Respond.refusing(ShapedResponses::bigHeaders));
        routes.get("/redirect/{n}", Respond.refusing(ShapedResponses::redirect));
        routes.get("/cookies/set", Respond.refusing(ShapedResponses::setCookies));
    }

    /** Answers {@code /status/200}, or one of several statuses by weight: {@code /status/200:9,500:1}. */
    private static void status(HttpServerExchange exchange) throws BadRequest {
        Map<Integer, Double> weights = new LinkedHashMap<>();
        double total = 0;
        String[] items = Respond.parameter(exchange, "codes").split(",", MAX_CODES + 1);
        if (items.length > MAX_CODES) {
            throw new BadRequest("there may be " + MAX_CODES + " status codes at most");
        }
        for (String item : items) {
            if (!item.trim().matches("[2-5][0-9][0-9](:[0-9]{1,6}(\\.[0-9]{1,6})?)?")) {
                throw new BadRequest("codes must be status codes from 200 to 599, such as 503 or 200:9,500:1");
            }
            String[] parts = item.trim().split(":");
            double weight = parts.length == 1 ? 1 : Double.parseDouble(parts[1]);
            weights.merge(Integer.valueOf(parts[0]), weight, Double::sum);
            total += weight;
        }
        double point = ThreadLocalRandom.current().nextDouble() * total;
        int chosen = weights.keySet().iterator().next();
        for (Map.Entry<Integer, Double> each : weights.entrySet()) {
            point -= each.getValue();
            if (point < 0) {
                chosen = each.getKey();
                break;
            }
        }
        if (chosen >= 301 && chosen <= 308 && chosen != 304) {
            exchange.getResponseHeaders().put(Headers.LOCATION, "/whoami");
        }
        Respond.text(exchange, chosen, "status " + chosen + "\n");
    }

    /** Answers with a head that has a field of {@code n} bytes, as large cookies would make it. */
    private static void bigHeaders(HttpServerExchange exchange) throws BadRequest {
        int n = (int) Respond.integer(exchange, "n", 0, 1, 64 << 10);
        exchange.getResponseHeaders().put(new HttpString("X-Big"), "x".repeat(n));
        Respond.text(exchange, 200, "a header field of " + n + " bytes\n");
    }

    private static void delay(HttpServerExchange exchange) throws BadRequest {
        long millis = Respond.millis(exchange, "seconds", 0, MAX_DELAY);
        Waiting.after(exchange, millis, () -> Respond.text(exchange, 200, "waited " + millis / 1000.0 + " s\n"));
    }

    /** Answers with {@code n} bytes, the same ones for the same seed. */
    private static void bytes(HttpServerExchange exchange) throws BadRequest {
        long n = Respond.integer(exchange, "n", 0, 0, MAX_BYTES);
        SplittableRandom random = new SplittableRandom(Respond.integer(exchange, "seed", 0, 0, Long.MAX_VALUE));
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/octet-stream");
        exchange.setResponseContentLength(n);
        Paced.send(exchange, Places.DOWNLOADS, BLOCK, new Paced.Pieces() {
            private long left = n;

            @Override
            public ByteBuffer next() {
                if (left == 0) {
                    return null;
                }
                byte[] block = new byte[BLOCK];
                random.nextBytes(block);
                int length = (int) Math.min(left, block.length);
                left -= length;
                return ByteBuffer.wrap(block, 0, length);
            }
        });
    }

    /** Answers with {@code n} lines of JSON, each sent by itself. */
    private static void stream(HttpServerExchange exchange) throws BadRequest {
        long n = Respond.integer(exchange, "n", 1, 1, 10_000);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/x-ndjson");
        Paced.send(exchange, Places.DOWNLOADS, 0, new Paced.Pieces() {
            private long i;

            @Override
            public ByteBuffer next() {
                return i == n ? null : ascii("{\"id\": " + i++ + ", \"of\": " + n + "}\n");
            }
        });
    }

    /** Answers with {@code numbytes} asterisks, spread over {@code duration} seconds, after {@code delay}. */
    private static void drip(HttpServerExchange exchange) throws BadRequest {
        long duration = Respond.millis(exchange, "duration", 2, MAX_DELAY);
        long delay = Respond.millis(exchange, "delay", 0, MAX_DELAY);
        long n = Respond.integer(exchange, "numbytes", 10, 1, 10_000_000);
        exchange.setStatusCode((int) Respond.integer(exchange, "code", 200, 200, 599));
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/octet-stream");
        exchange.setResponseContentLength(n);
        long began = System.nanoTime();
        Paced.send(exchange, Places.WAITING, (int) Math.min(n, BLOCK), new Paced.Pieces() {
            private long sent;

            /** As many as are due: one by one unless they come faster than the clock ticks. */
            @Override
            public ByteBuffer next() {
                if (sent == n) {
                    return null;
                }
                long due = duration == 0 ? n : 1 + (millisSince(began) - delay) * n / duration;
                int length = (int) Math.max(1, Math.min(Math.min(due, n) - sent, BLOCK));
                sent += length;
                byte[] asterisks = new byte[length];
                Arrays.fill(asterisks, (byte) '*');
                return ByteBuffer.wrap(asterisks);
            }

            @Override
            public long pauseMillis() {
                return sent == n ? 0 : Math.max(0, delay + duration * sent / n - millisSince(began));
            }
        });
    }

    private static long millisSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1_000_000;
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void gzip(HttpServerExchange exchange) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(Respond.toJson(Map.of(
                            "gzipped",
                            true,
                            "method",
                            exchange.getRequestMethod().toString()))
                    .getBytes(StandardCharsets.UTF_8));
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        exchange.getResponseHeaders().put(Headers.CONTENT_ENCODING, "gzip");
        exchange.getResponseSender().send(ByteBuffer.wrap(out.toByteArray()));
    }

    /** Sets the headers that the query names, to try caching and hiding. */
    private static void responseHeaders(HttpServerExchange exchange) throws BadRequest {
        for (Map.Entry<String, Deque<String>> header :
                exchange.getQueryParameters().entrySet()) {
            if (!header.getKey().matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
                throw new BadRequest("\"" + header.getKey().replaceAll("[^ -~]", "?") + "\" is not a header name");
            }
            for (String value : header.getValue()) {
                if (!value.matches("[ -~\\t]*")) {
                    throw new BadRequest("the value of " + header.getKey() + " must be printable ASCII");
                }
                if (isFraming(header.getKey())) {
                    throw new BadRequest(header.getKey() + " frames the message and cannot be chosen");
                }
                if (header.getKey().equalsIgnoreCase("X-Accel-Redirect")) {
                    throw new BadRequest(
                            "X-Accel-Redirect leads into what the proxy keeps internal, and cannot be chosen");
                }
                exchange.getResponseHeaders().add(new HttpString(header.getKey()), value);
            }
        }
        exchange.getResponseSender().send(Respond.toJson(exchange.getQueryParameters()) + "\n");
    }

    private static boolean isFraming(String name) {
        return name.matches("(?i)content-length|transfer-encoding|connection|upgrade|trailer|date|hop-trace");
    }

    /** {@code n} redirects, each to an absolute URL as this app believes it to be, then {@code /whoami}. */
    private static void redirect(HttpServerExchange exchange) throws BadRequest {
        long n = Respond.integer(exchange, "n", 1, 1, 100);
        String path = n == 1 ? "/whoami" : "/redirect/" + (n - 1);
        exchange.getResponseHeaders().put(Headers.LOCATION, Url.absolute(exchange, path));
        Respond.text(exchange, 302, "see " + path + "\n");
    }

    private static void setCookies(HttpServerExchange exchange) throws BadRequest {
        for (Map.Entry<String, Deque<String>> cookie :
                exchange.getQueryParameters().entrySet()) {
            String value = cookie.getValue().getFirst();
            if (!cookie.getKey().matches("[A-Za-z0-9_-]{1,64}") || !value.matches("[!#-+\\--:<-\\[\\]-~]{0,1024}")) {
                throw new BadRequest(
                        "a cookie needs a name of letters and digits, and a value without blanks or quotes");
            }
            exchange.setResponseCookie(new CookieImpl(cookie.getKey(), value).setPath("/"));
        }
        exchange.getResponseHeaders().put(Headers.LOCATION, Url.absolute(exchange, "/cookies"));
        Respond.text(exchange, 302, "see /cookies\n");
    }
}
