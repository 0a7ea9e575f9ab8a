package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.Iterators;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.JsonContent;
import hopyard.proxy.exchange.ServerName;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.record.Body;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.KeptContents;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;

/**
 * Exchanges in the format that browsers' developer tools read and write.
 *
 * @see <a href="http://www.softwareishard.com/blog/har-12-spec/">HAR 1.2</a>
 */
final class Har {

    private static final int NOT_KNOWN = -1;

    private Har() {}

    static AnswerContent of(Iterator<ExchangeRecord> records, ExchangeLog log) {
        return new JsonContent(
                out -> {
                    out.writeStartObject();
                    out.writeObjectFieldStart("log");
                    out.writeStringField("version", "1.2");
                    out.writeObjectFieldStart("creator");
                    out.writeStringField("name", "Hopyard");
                    out.writeStringField("version", ServerName.VERSION);
                    out.writeEndObject();
                    out.writeArrayFieldStart("entries");
                },
                Iterators.map(records, record -> entry(record, log.contents(record.id()))));
    }

    private static ObjectNode entry(ExchangeRecord record, KeptContents contents) {
        ObjectNode entry = Json.object();
        Instant started = Instant.EPOCH.plus(Math.round(record.startedAt() * 1e3), ChronoUnit.MICROS);
        entry.put("startedDateTime", started.toString());
        entry.put("time", Json.round(record.totalMillis()));
        entry.set("request", request(record, contents == null ? null : contents.request()));
        entry.set("response", response(record, contents == null ? null : contents.response()));
        entry.putObject("cache");
        ObjectNode timings = entry.putObject("timings");
        timings.put("blocked", millis(record, Stage.QUEUE, Stage.AUTH, Stage.RETRY, Stage.OWN));
        timings.put("dns", orNone(millis(record, Stage.RESOLVE)));
        timings.put("connect", orNone(millis(record, Stage.CONNECT)));
        timings.put("send", millis(record, Stage.RECEIVE, Stage.SEND));
        timings.put("wait", millis(record, Stage.WAIT));
        timings.put("receive", millis(record, Stage.READ, Stage.WRITE, Stage.TUNNEL));
        timings.put("ssl", NOT_KNOWN);
        entry.put("serverIPAddress", record.at().replaceFirst(":[0-9]+$", "").replaceAll("[\\[\\]]", ""));
        entry.put("connection", Long.toString(record.connection()));
        entry.put(
                "comment",
                "exchange " + record.id() + ", X-Request-ID " + record.requestId()
                        + (record.isCut() ? ", header fields cut: see hop_exchanges" : ""));
        entry.put("_id", record.id());
        entry.set("_client", ExchangeView.client(record));
        entry.put("_status", record.status());
        entry.put("_outcome", record.outcome().toString());
        entry.put("_complete", record.isComplete());
        entry.set("_answeredBy", ExchangeView.answeredBy(record));
        entry.set("_phases", ExchangeView.phases(record));
        entry.set("_tries", ExchangeView.tries(record));
        entry.set("_errorLog", ExchangeView.errorLog(record));
        return entry;
    }

    /** What has gone into these stages together, in ms. */
    private static double millis(ExchangeRecord record, Stage... stages) {
        long nanos = 0;
        for (Stage each : stages) {
            nanos += record.phases().nanos(each);
        }
        return Json.round(nanos / 1e6);
    }

    /** The format says -1 where something does not apply. */
    private static double orNone(double millis) {
        return millis == 0 ? NOT_KNOWN : millis;
    }

    private static ObjectNode request(ExchangeRecord record, Body body) {
        String host = record.fromClient().getFirst(Headers.HOST);
        String target = Paths.fromBytes(record.target());
        ObjectNode out = Json.object();
        out.put("method", record.method());
        String scheme = record.tls() == null ? "http://" : "https://";
        out.put("url", target.startsWith("/") ? scheme + (host == null ? record.at() : host) + target : target);
        out.put("httpVersion", record.protocol());
        out.putArray("cookies");
        out.set("headers", headers(Fields.of(record.fromClient())));
        out.set("queryString", query(target));
        out.put("headersSize", NOT_KNOWN);
        out.put("bodySize", record.bytesReceived());
        if (body != null && body.length() > 0 && body.isText()) {
            // the format has no other way than text for what is posted
            ObjectNode posted = out.putObject("postData").put("mimeType", BodyView.type(record.fromClient()));
            posted.putArray("params");
            posted.put("text", BodyView.text(body));
            comment(posted, body);
        }
        return out;
    }

    private static ArrayNode query(String target) {
        ArrayNode out = Json.array();
        int start = target.indexOf('?');
        if (start >= 0) {
            for (String pair : target.substring(start + 1).split("&")) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                if (!name.isEmpty()) {
                    out.addObject()
                            .put("name", decode(name))
                            .put("value", equals < 0 ? "" : decode(pair.substring(equals + 1)));
                }
            }
        }
        return out;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // not encoded as a form is; shown as it came
            return text;
        }
    }

    private static ObjectNode response(ExchangeRecord record, Body body) {
        ObjectNode out = Json.object();
        String type = record.toClient().getFirst(Headers.CONTENT_TYPE);
        String location = record.toClient().getFirst(Headers.LOCATION);
        // where no response was sent, browsers write 0
        boolean isSent = record.who() != Who.NOBODY;
        out.put("status", isSent ? record.status() : 0);
        out.put("statusText", isSent ? StatusCodes.getReason(record.status()) : "");
        out.put("httpVersion", !isSent ? "" : record.stream() > 0 ? "HTTP/2.0" : "HTTP/1.1");
        out.putArray("cookies");
        out.set("headers", headers(Fields.of(record.toClient())));
        ObjectNode content =
                out.putObject("content").put("size", record.bytesSent()).put("mimeType", type == null ? "" : type);
        if (body != null && body.length() > 0) {
            content.put("text", body.isText() ? BodyView.text(body) : BodyView.base64(body));
            if (!body.isText()) {
                content.put("encoding", "base64");
            }
            comment(content, body);
        }
        out.put("redirectURL", location == null ? "" : location);
        out.put("headersSize", NOT_KNOWN);
        out.put("bodySize", record.bytesSent());
        return out;
    }

    private static void comment(ObjectNode out, Body body) {
        if (body.isCut() || body.isHidden()) {
            out.put(
                    "comment",
                    (body.isCut() ? "the beginning, see hop_bodies" : "")
                            + (body.isCut() && body.isHidden() ? "; " : "")
                            + (body.isHidden() ? "without secrets" : ""));
        }
    }

    private static ArrayNode headers(List<Fields.Field> fields) {
        return Json.array(fields, f -> Json.object().put("name", f.name()).put("value", f.value()));
    }
}
