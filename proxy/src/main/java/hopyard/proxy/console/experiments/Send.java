package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.exchanges.AwaitedExchanges;
import hopyard.proxy.console.exchanges.Fields;
import hopyard.proxy.console.experiments.Targets.Target;
import hopyard.proxy.console.experiments.Targets.Way;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * {@code POST send}: makes a request through the proxy, past it, or both, with fields that no browser lets a page set;
 * or sends bytes that are no request. Each answer tells under which id the exchange is kept, and the same as a curl
 * command.
 */
public final class Send {

    /** An exchange is recorded when its last byte has been written, which its client may read before. */
    private static final int MAX_WAIT_MILLIS = 1000;

    private static final int MAX_RAW = 64 << 10;
    private static final int MAX_RAW_WAIT_MILLIS = 30_000;

    private final ConsoleContext context;
    private final AwaitedExchanges waiting;
    private final Targets targets;
    private final Replay replay;
    private final PlayCertificates certificates;

    public Send(
            ConsoleContext context,
            AwaitedExchanges waiting,
            Targets targets,
            Replay replay,
            PlayCertificates certificates) {
        this.context = context;
        this.waiting = waiting;
        this.targets = targets;
        this.replay = replay;
        this.certificates = certificates;
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        if (!request.method().equals("POST")) {
            throw new Refusal(
                    405,
                    "POST send with {\"path\": …, \"method\": …, \"via\": …, \"headers\": [[…, …]], \"body\": …}, with"
                            + " {\"replay\": ID}, or with {\"raw\": …}");
        }
        ObjectNode body = request.json();
        boolean isRaw = body.hasNonNull("raw") || body.hasNonNull("rawBase64");
        List<CompletableFuture<ObjectNode>> sent = isRaw ? raw(request, body) : requests(request, body);
        return CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> {
                    ArrayNode results = Json.array();
                    sent.forEach(each -> results.add(each.join()));
                    return Answer.json(200, Json.object().set("results", results));
                });
    }

    private List<CompletableFuture<ObjectNode>> requests(ConsoleRequest request, ObjectNode body) throws Refusal {
        List<String> notes = new ArrayList<>();
        WantedRequest wish = body.hasNonNull("replay")
                ? replay.wish(body, notes)
                : WantedRequest.of(
                        request.parameter(body, "method", "GET"),
                        request.parameter(body, "path", "/whoami"),
                        WantedRequest.fields(body.path("headers")),
                        WantedRequest.bytes(body, "body"));
        Pace pace = Pace.response(rate(request, body, "writeRate"), rate(request, body, "readRate"));
        List<CompletableFuture<ObjectNode>> sent = new ArrayList<>();
        for (Target target : ways(request, body, wish.path())) {
            OutgoingRequest message = OutgoingRequest.of(target, wish);
            sent.add(start(() -> send(message, pace), result -> {
                describe(result, message);
                notes.forEach(result.withArray("notes")::add);
            }));
        }
        return sent;
    }

    private List<Target> ways(ConsoleRequest request, ObjectNode body, String path) throws Refusal {
        String from = request.parameter(body, "from", "");
        if (body.hasNonNull("port")) {
            Target at = targets.atPort(
                    request,
                    request.integer(body, "port", 0, 1, 65535),
                    request.parameter(body, "name", ""),
                    request.parameter(body, "scheme", ""),
                    body.hasNonNull("tls") ? TlsWish.of(body.get("tls"), certificates) : null);
            return Targets.from(List.of(at), from);
        }
        return targets.ways(request, request.parameter(body, "via", "proxied"), path, from);
    }

    private static int rate(ConsoleRequest request, ObjectNode body, String name) throws Refusal {
        return request.integer(body, name, 0, 0, Integer.MAX_VALUE);
    }

    /** Sends a request and reads the response. */
    OneShot send(OutgoingRequest message, Pace pace) {
        return OneShot.send(
                message.target(), message.message(), message.method().equals("HEAD"), pace, context.ticker());
    }

    /** What was sent, or was to be sent: {@code sentBytes} says how much of it. */
    private static void describe(ObjectNode result, OutgoingRequest message) {
        result.put("requestLine", message.requestLine());
        result.set("sent", Fields.json(message.fields()));
        result.put("sentContentLength", message.content().length);
        result.put("curl", Curl.of(message));
        ArrayNode notes = result.withArray("notes");
        message.notes().forEach(notes::add);
        if (Curl.isFromFile(message.content())) {
            notes.add("the body is too long for a command line: the command reads it from a file named \"body\"");
        }
    }

    private List<CompletableFuture<ObjectNode>> raw(ConsoleRequest request, ObjectNode body) throws Refusal {
        byte[] bytes = WantedRequest.bytes(body, "raw");
        if (bytes.length == 0 || bytes.length > MAX_RAW) {
            throw new Refusal(400, "raw must have 1 to " + MAX_RAW + " bytes, not " + bytes.length);
        }
        Pace pace = new Pace(
                rate(request, body, "writeRate"),
                rate(request, body, "readRate"),
                true,
                request.integer(body, "quietMs", 500, 1, MAX_RAW_WAIT_MILLIS),
                request.integer(body, "waitMs", 3000, 1, MAX_RAW_WAIT_MILLIS),
                request.parameter(body, "halfClose", "false").equals("true"));
        String path = Targets.path(request.parameter(body, "path", "/"));
        List<CompletableFuture<ObjectNode>> sent = new ArrayList<>();
        for (Target target : ways(request, body, path)) {
            sent.add(start(
                    () -> OneShot.send(target, bytes, false, pace, context.ticker()),
                    result -> result.put("curl", Curl.raw(target, bytes))));
        }
        return sent;
    }

    private interface Description {
        void addTo(ObjectNode result);
    }

    private CompletableFuture<ObjectNode> start(Supplier<OneShot> sending, Description description) throws Refusal {
        long before = context.exchangeLog().newestId();
        return MeasuredRequest.start(sending)
                .thenCompose(shot -> find(shot, before).thenApply(record -> {
                    ObjectNode result = shot.json();
                    description.addTo(result);
                    return record == null ? result : result.put("id", record.id());
                }));
    }

    /** The record of a request, by its ephemeral port; {@code null} if there is none soon, as for the console's own. */
    CompletableFuture<ExchangeRecord> find(OneShot shot, long newerThan) {
        if (shot.target().way() == Way.DIRECT || !shot.isConnected()) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return waiting.find(newerThan, MAX_WAIT_MILLIS, r -> r.from().equals(shot.from()));
        } catch (Refusal e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
