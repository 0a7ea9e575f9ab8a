package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.http.Pending;
import hopyard.proxy.record.Redaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code pending}: the requests under way, whom each waits for, and since when. */
final class PendingView {

    /** What ends sooner needs no row of its own before it does, in ms. */
    private static final int MIN_AGE = 250;

    private static final int MAX_PENDING = 50;

    private final Console console;

    PendingView(Console console) {
        this.console = console;
    }

    CompletionStage<Answer> answer(Request request) {
        return look().thenApply(found -> Answer.json(200, found));
    }

    /** How it is now, as JSON. */
    CompletableFuture<ObjectNode> look() {
        return console.server().http().pending(MIN_AGE, MAX_PENDING).thenApply(PendingView::json);
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
                .put("sinceMs", Json.round(pending.nanos() / 1e6))
                .put("stage", pending.stage().toString())
                .put("stageMs", Json.round(pending.stageNanos() / 1e6))
                .put("upstream", pending.upstream())
                .put("status", pending.status() == 0 ? null : pending.status())
                .put("sent", pending.bytesSent());
    }
}
                .put("startedAt", Json.round(System.currentTimeMillis() - pending.nanos() / 1e6))
