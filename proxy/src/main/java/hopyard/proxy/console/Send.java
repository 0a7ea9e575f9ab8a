package hopyard.proxy.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.Targets.Target;
import hopyard.proxy.console.Targets.Way;
import hopyard.proxy.record.ExchangeRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import okhttp3.RequestBody;

/**
 * {@code POST send}: makes a request through the proxy, past it, or both, with fields that no browser lets a page set.
 * Each answer tells under which id the exchange is kept.
 */
final class Send {

    /** What of a response's content is given back, in bytes. */
    private static final int KEPT = 64 << 10;

    /** An exchange is recorded when its last byte has been written, which its client may read before. */
    private static final int MAX_WAIT_MILLIS = 1000;

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** OkHttp frames messages by itself. */
    private static final Set<String> FRAMING = Set.of("content-length", "transfer-encoding");

    private final Console console;
    private final Targets targets;

    Send(Console console, Targets targets) {
        this.console = console;
        this.targets = targets;
    }

    CompletionStage<Answer> answer(Request request) throws Refusal {
        if (!request.method().equals("POST")) {
            throw new Refusal(
                    405, "POST send with {\"path\": …, \"method\": …, \"via\": …, \"headers\": [[…, …]], \"body\": …}");
        }
        ObjectNode body = request.json();
        String path = Targets.path(request.parameter(body, "path", "/whoami"));
        int readRate = request.integer(body, "readRate", 0, 0, Integer.MAX_VALUE);
        long before = console.log().newestId();
        List<CompletableFuture<ObjectNode>> sent = new ArrayList<>();
        for (Target target : targets.ways(request, request.parameter(body, "via", "proxied"), path)) {
            okhttp3.Request.Builder message = build(request, body, target, path);
            sent.add(Probe.start(() -> Probe.sendSlowly(target, message, KEPT, readRate))
                    .thenCompose(probe -> result(probe, before)));
        }
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    ArrayNode results = Json.array();
                    sent.forEach(each -> results.add(each.join()));
                    return Answer.json(200, Json.object().set("results", results));
                });
    }

    private CompletionStage<ObjectNode> result(Probe probe, long before) {
        return find(probe, before).thenApply(record -> {
            ObjectNode result = probe.json();
            return record == null ? result : result.put("id", record.id());
        });
    }

    private static okhttp3.Request.Builder build(Request request, ObjectNode body, Target target, String path)
            throws Refusal {
        String method = request.parameter(body, "method", "GET").toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw new Refusal(
                    400,
                    "method must be one of "
                            + String.join(", ", METHODS.stream().sorted().toList()));
        }
        okhttp3.Request.Builder out = builder(request, target, path);
        for (JsonNode pair : body.path("headers")) {
            String name = pair.path(0).asText();
            if (FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
                throw new Refusal(400, name + " is written by the client itself, to fit the body");
            }
            try {
                if (name.equalsIgnoreCase("Host") || name.equalsIgnoreCase("User-Agent")) {
                    out.header(name, pair.path(1).asText());
                } else {
                    out.addHeader(name, pair.path(1).asText());
                }
            } catch (IllegalArgumentException e) {
                throw new Refusal(400, "no header field: \"" + name + "\": " + e.getMessage());
            }
        }
        String content = body.path("body").asText("");
        boolean needsBody = Set.of("POST", "PUT", "PATCH").contains(method);
        if (!content.isEmpty() && !needsBody && !method.equals("DELETE")) {
            throw new Refusal(400, method + " has no body here: choose POST, PUT, PATCH or DELETE");
        }
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return out.method(method, needsBody || bytes.length > 0 ? RequestBody.create(bytes, null) : null);
    }

    /** A request for the host that the console was asked by, which the app answers for, too. */
    static okhttp3.Request.Builder builder(Request request, Target target, String path) throws Refusal {
        String host = request.exchange().header(io.undertow.util.Headers.HOST);
        try {
            return new okhttp3.Request.Builder()
                    .url(target.url(path))
                    .header("Host", host == null ? target.address() : host)
                    .header("User-Agent", "Hopyard-console");
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, "path cannot be requested: " + e.getMessage());
        }
    }

    /** The record of a request, by its ephemeral port; {@code null} if there is none soon, as for the console's own. */
    CompletableFuture<ExchangeRecord> find(Probe probe, long newerThan) {
        if (probe.target().way() == Way.DIRECT || probe.from().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return console.waiting()
                    .find(newerThan, MAX_WAIT_MILLIS, r -> r.from().equals(probe.from()));
        } catch (Refusal e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
