package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.AuthRequest;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.trace.Hop;
import hopyard.trace.HopDatabase;
import hopyard.trace.HopTrace;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** An exchange as JSON; docs/console.md says what the fields mean. */
final class ExchangeView {

    private static final HttpString HOP_TRACE = new HttpString(HopTrace.NAME);

    private ExchangeView() {}

    /** What a list shows. */
    static ObjectNode summary(ExchangeRecord record, long firstId) {
        ObjectNode out = Json.object();
        out.put("id", record.id());
        out.put("number", record.id() - firstId);
        out.put("requestId", record.requestId());
        out.put("time", Instant.ofEpochMilli(record.endedAt()).toString());
        out.put("startedAt", Json.round(record.startedAt()));
        out.put("method", record.method());
        out.put("target", Paths.fromBytes(record.target()));
        out.put("protocol", record.protocol());
        out.put("host", Paths.fromBytes(record.host()));
        String hostField = record.fromClient().getFirst(Headers.HOST);
        out.put("hostField", hostField == null ? null : Paths.fromBytes(hostField));
        out.put("status", record.status());
        out.put("outcome", record.outcome().toString());
        out.put("complete", record.isComplete());
        out.set("answeredBy", answeredBy(record));
        out.put("proxyError", record.proxyError());
        out.set("client", client(record));
        out.set("server", place(record.server()).put("name", record.serverName()));
        out.set(
                "location",
                place(record.location().directive())
                        .put("name", Paths.fromBytes(record.location().name()))
                        .put("text", HeaderChanges.text(record.location().directive())));
        if (record.authRequest() != null) {
            out.set("authRequest", authRequest(record));
        }
        out.set("tries", tries(record));
        out.set("phases", phases(record));
        String type = record.toClient().getFirst(Headers.CONTENT_TYPE);
        out.put("type", type == null ? "" : Paths.fromBytes(type));
        out.set("bytes", Json.object().put("received", record.bytesReceived()).put("sent", record.bytesSent()));
        if (record.tunnelEnd() != null) {
            out.set("tunnel", tunnel(record.tunnelEnd()));
        }
        out.set("errorLog", errorLog(record));
        if (record.cacheStatus() != null) {
            out.put("cache", record.cacheStatus());
        }
        if (record.isCut()) {
            out.put("cut", true);
        }
        return out;
    }

    private static ObjectNode tunnel(TunnelEnd end) {
        return Json.object()
                .put("endedBy", end.by().name().toLowerCase(Locale.ROOT))
                .put("how", end.how().name().toLowerCase(Locale.ROOT))
                .put("clientCloseCode", end.clientCode() == TunnelEnd.NO_FRAME ? null : end.clientCode())
                .put("appCloseCode", end.appCode() == TunnelEnd.NO_FRAME ? null : end.appCode());
    }

    /** Everything that is known. */
    static ObjectNode full(ExchangeRecord record, long firstId) {
        ObjectNode out = summary(record, firstId);
        ((ObjectNode) out.get("client")).set("tls", TlsView.full(record.tls()));
        for (int i = 0; i < record.attempts().size(); i++) {
            ((ObjectNode) out.get("tries").get(i))
                    .set("tls", TlsView.full(record.attempts().get(i).tls()));
        }
        Attempt last = record.lastTry();
        ObjectNode headers = out.putObject("headers");
        headers.set("fromClient", Fields.json(Fields.of(record.fromClient())));
        headers.set("toUpstream", Fields.json(Fields.of(last == null ? null : last.sentHead())));
        headers.set("fromUpstream", Fields.json(Fields.of(last == null ? null : last.receivedHead())));
        headers.set("toClient", Fields.json(Fields.of(record.toClient())));
        ObjectNode lines = out.putObject("startLines");
        lines.put("fromClient", record.method() + " " + Paths.fromBytes(record.target()) + " " + record.protocol());
        lines.put("toUpstream", Fields.firstLine(last == null ? null : last.sentHead()));
        lines.put("fromUpstream", Fields.firstLine(last == null ? null : last.receivedHead()));
        lines.put(
                "toClient",
                record.who() == Who.NOBODY
                        ? null
                        : (record.stream() > 0 ? "HTTP/2.0 " : "HTTP/1.1 ") + record.status());
        ObjectNode changes = out.putObject("changes");
        changes.set("request", HeaderChanges.ofRequest(record));
        changes.set("response", HeaderChanges.ofResponse(record));
        out.put("hopName", hopName(record));
        out.set("hops", Json.array(hops(record), ExchangeView::hop));
        out.set("lines", lines(record));
        return out;
    }

    /** Whose response the client got, and why. */
    static ObjectNode answeredBy(ExchangeRecord record) {
        Why why = record.reason();
        return Json.object()
                .put("who", record.who().toString())
                .put("why", why == null ? null : why.toString())
                .put("text", OutcomeText.answer(record));
    }

    static ArrayNode errorLog(ExchangeRecord record) {
        ArrayNode out = Json.array();
        record.errorLog().forEach(line -> out.add(Paths.fromBytes(line)));
        return out;
    }

    static ArrayNode tries(ExchangeRecord record) {
        return Json.array(record.attempts(), attempt -> attempt(attempt, record));
    }

    private static ObjectNode authRequest(ExchangeRecord record) {
        AuthRequest asked = record.authRequest();
        ObjectNode out = Json.object().put("uri", Paths.fromBytes(asked.uri()));
        out.put("status", asked.status() == 0 ? null : asked.status());
        out.set("tries", Json.array(asked.attempts(), attempt -> attempt(attempt, record)));
        return out;
    }

    /** The two ends of the client's connection. */
    static ObjectNode client(ExchangeRecord record) {
        ObjectNode out = Json.object()
                .put("from", record.from())
                .put("at", record.at())
                .put("connection", record.connection())
                .put("request", record.request())
                .put("stream", record.stream() == 0 ? null : Long.valueOf(record.stream()))
                .put("reused", record.request() > 1);
        return out.set("tls", TlsView.summary(record.tls()));
    }

    private static ObjectNode attempt(Attempt attempt, ExchangeRecord record) {
        ObjectNode out = Json.object().put("server", attempt.server());
        out.put("protocol", UpstreamProtocol.of(attempt)).put("module", UpstreamProtocol.module(attempt));
        out.put("from", attempt.from()).put("to", attempt.to()).put("reused", attempt.reused());
        out.put("status", attempt.isAnswered() ? attempt.status() : null);
        out.put("role", UpstreamRole.of(attempt).toString());
        out.set("error", error(attempt));
        out.set("tls", TlsView.summary(attempt.tls()));
        out.put("received", attempt.received());
        millis(out, "startMs", attempt.startedAt() - record.begun());
        millis(out, "connectMs", attempt.connectNanos());
        millis(out, "sendMs", attempt.sendNanos());
        millis(out, "waitMs", attempt.waitNanos());
        millis(out, "readMs", attempt.readNanos());
        if (attempt.isAnswered()) {
            millis(out, "headerMs", attempt.headerNanos());
        } else {
            out.putNull("headerMs");
        }
        millis(out, "totalMs", record.nanosOf(attempt));
        return out;
    }

    private static ObjectNode error(Attempt attempt) {
        return attempt.failure() == null
                ? null
                : Json.object().put("code", attempt.failure().toString()).put("text", OutcomeText.failure(attempt));
    }

    private static void millis(ObjectNode out, String name, long nanos) {
        out.put(name, Json.round(nanos / 1e6));
    }

    static ObjectNode phases(ExchangeRecord record) {
        ObjectNode out = Json.object();
        millis(out, "handshakeMs", record.handshakeNanos());
        for (Stage stage : Stage.values()) {
            millis(out, stage + "Ms", record.phases().nanos(stage));
        }
        out.put("totalMs", Json.round(record.totalMillis()));
        return out;
    }

    /** The hops that the response names: this one, then those behind it. */
    static List<Hop> hops(ExchangeRecord record) {
        List<String> lines = Fields.values(Fields.of(record.toClient()), HOP_TRACE);
        List<Hop> hops = HopTrace.parse(String.join(", ", lines)).orElse(List.of());
        boolean isOthers = !hops.isEmpty()
                && (!record.at().equals(hops.get(0).at())
                        || !record.from().equals(hops.get(0).from()));
        return isOthers ? Stream.concat(Stream.of(of(record)), hops.stream()).toList() : hops;
    }

    /** {@code hop_name}; {@code null} if nothing is said. */
    private static String hopName(ExchangeRecord record) {
        Directive name = record.location().line("hop_name");
        return name == null ? null : name.arg(0);
    }

    /** This hop, where it passes on what others say of themselves and nothing of itself (hop_trace off). */
    private static Hop of(ExchangeRecord record) {
        String name = hopName(record);
        return Hop.received(
                name == null ? "proxy" : name, record.from(), record.at(), record.connection(), record.request());
    }

    private static ObjectNode hop(Hop hop) {
        ObjectNode out =
                Json.object().put("name", hop.name()).put("from", hop.from()).put("at", hop.at());
        out.put("connection", hop.conn()).put("request", hop.req());
        if (hop.dur() >= 0) {
            out.put("durMs", hop.dur());
        }
        if (hop.to() != null) {
            out.put("via", hop.via()).put("to", hop.to()).put("status", hop.status());
        }
        if (hop.tls() != null) {
            out.put("tls", hop.tls().protocol());
        }
        if (hop.toTls() != null) {
            out.put("toTls", hop.toTls().protocol());
        }
        if (hop.database() != null) {
            out.set("database", database(hop.database()));
        }
        return out;
    }

    private static ObjectNode database(HopDatabase database) {
        ObjectNode out = Json.object().put("pid", database.pid() < 0 ? null : database.pid());
        out.put("waitMs", database.poolWait() < 0 ? null : database.poolWait());
        out.put("queries", database.queries() < 0 ? null : database.queries());
        out.put("rows", database.rows() < 0 ? null : database.rows());
        return out.put("error", database.error());
    }

    private static ObjectNode place(Directive directive) {
        return Json.object().put("file", Paths.fromBytes(directive.file())).put("line", directive.line());
    }

    /** The lines of the configuration that the request obeyed, without servers of the group that were not asked. */
    private static ArrayNode lines(ExchangeRecord record) {
        ArrayNode out = Json.array();
        for (Directive directive : record.location().directives()) {
            boolean isPeer = directive.name().equals("server") && directive.block() == null;
            if (directive.line() > 0
                    && (!isPeer
                            || record.attempts().stream()
                                    .anyMatch(a -> a.peer() != null && a.peer().directive() == directive))) {
                out.add(place(directive));
            }
        }
        return out;
    }
}
