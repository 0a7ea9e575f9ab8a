package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.JsonContent;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.exchange.Pending;
import hopyard.proxy.exchange.UnderWay;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.redaction.Redaction;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code pending}: the requests under way, whom each waits for, and since when; {@code pending/ID}: one of them, with
 * the messages that it has carried so far.
 */
public final class PendingView {

    /** What ends sooner needs no row of its own before it does, in ms. */
    private static final int MIN_AGE = 250;

    private static final int MAX_PENDING = 50;

    /** The serial number of a connection, and that of the request on it. */
    private static final Pattern ID = Pattern.compile("p([0-9]{1,18})\\.([0-9]{1,18})");

    private final ConsoleContext context;

    public PendingView(ConsoleContext context) {
        this.context = context;
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        String id = request.rest();
        return id.isEmpty() ? look().thenApply(found -> Answer.json(200, found)) : one(request, id);
    }

    private CompletionStage<Answer> one(ConsoleRequest request, String id) throws Refusal {
        int after = request.integer("after", 0, 0, Integer.MAX_VALUE);
        Matcher place = ID.matcher(id);
        if (!place.matches()) {
            throw new Refusal(400, "\"" + id + "\" is no request under way: \"pending\" has their ids, such as p3.1");
        }
        long connection = Long.parseLong(place.group(1));
        long number = Long.parseLong(place.group(2));
        return context.server()
                .http()
                .underWay()
                .find(connection, number, after)
                .thenApply(found -> Answer.ofJson(
                        200, found == null ? JsonContent.of(() -> ended(id, connection, number)) : json(found)));
    }

    /** What has become of one: no error, since a page that looks at one comes to this in the end. */
    private ObjectNode ended(String id, long connection, long request) {
        Iterator<ExchangeRecord> all = context.exchangeLog().since(0);
        Long exchange = null;
        while (exchange == null && all.hasNext()) {
            ExchangeRecord record = all.next();
            exchange = record.connection() == connection && record.request() == request ? (Long) record.id() : null;
        }
        return Json.object().put("id", id).put("ended", true).put("exchange", exchange);
    }

    /** Secrets are taken out while it is written, which no I/O thread does. */
    private static AnswerContent json(UnderWay found) {
        Pending pending = found.pending();
        if (pending.messages() < 0) {
            return JsonContent.of(() -> json(pending));
        }
        return new JsonContent(
                out -> {
                    out.writeStartObject();
                    for (Map.Entry<String, JsonNode> field : json(pending).properties()) {
                        out.writeObjectField(field.getKey(), field.getValue());
                    }
                    out.writeArrayFieldStart("messages");
                },
                Iterators.map(found.messages().iterator(), message -> BodyView.message(Redaction.message(message))));
    }

    /** How it is now, as JSON. */
    CompletableFuture<ObjectNode> look() {
        return context.http().underWay().pending(MIN_AGE, MAX_PENDING).thenApply(PendingView::json);
    }

    private static ObjectNode json(List<Pending> all) {
        ObjectNode out = Json.object();
        out.set("pending", Json.array(all, PendingView::json));
        return out;
    }

    private static ObjectNode json(Pending pending) {
        return Json.object()
                .put("id", "p" + pending.connection() + "." + pending.request())
                .put("connection", pending.connection())
                .put("request", pending.request())
                .put("method", pending.method())
                .put("target", Paths.fromBytes(Redaction.text(pending.target())))
                .put("host", Paths.fromBytes(Redaction.text(pending.host())))
                .put("from", pending.from())
                .put("startedAt", Json.round(System.currentTimeMillis() - pending.nanos() / 1e6))
                .put("sinceMs", Json.round(pending.nanos() / 1e6))
                .put("stage", pending.stage().toString())
                .put("stageMs", Json.round(pending.stageNanos() / 1e6))
                .put("upstream", pending.upstream())
                .put("status", pending.status() == 0 ? null : pending.status())
                .put("sent", pending.bytesSent())
                .put("keeps", pending.keepsContent())
                .put("messageCount", pending.messages() < 0 ? null : pending.messages());
    }
}
