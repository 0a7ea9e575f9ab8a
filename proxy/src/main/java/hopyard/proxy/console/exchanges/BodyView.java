package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.exchange.Messages;
import hopyard.proxy.record.Body;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.KeptContents;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What was kept of an exchange's contents, as JSON; docs/console.md says what the fields mean. */
final class BodyView {

    private BodyView() {}

    /** Adds {@code bodies}, and {@code messages} if there is something of that kind. */
    static void into(ObjectNode out, ExchangeRecord record, KeptContents kept) {
        if (kept == null) {
            out.putNull("bodies");
            return;
        }
        ObjectNode bodies = out.putObject("bodies");
        bodies.set("request", body(kept.request(), record.fromClient()));
        bodies.set("response", body(kept.response(), record.toClient()));
        if (kept.messages() != null) {
            out.put("messageCount", kept.messageCount());
            ArrayNode messages = out.putArray("messages");
            kept.messages().forEach(message -> messages.add(message(message)));
        }
    }

    private static ObjectNode body(Body body, HeaderMap fields) {
        ObjectNode out = Json.object();
        if (body.isText()) {
            out.put("text", text(body));
        } else {
            out.put("base64", base64(body));
        }
        return out.put("type", type(fields))
                .put("length", body.length())
                .put("cut", body.isCut())
                .put("redacted", body.isHidden())
                .put("decoded", body.decoded());
    }

    /** One of those, without secrets, that an exchange has carried. */
    static ObjectNode message(Messages.Message message) {
        return Json.object()
                .put("atMs", Json.round(message.nanos() / 1e6))
                .put("from", message.isFromClient() ? "client" : "app")
                .put("kind", message.kind())
                .put("length", message.length())
                .put("text", message.text() == null ? null : Paths.fromBytes(message.text()));
    }

    static String text(Body body) {
        return new String(body.bytes(), StandardCharsets.UTF_8);
    }

    static String base64(Body body) {
        return Base64.getEncoder().encodeToString(body.bytes());
    }

    static String type(HeaderMap fields) {
        String type = fields.getFirst(Headers.CONTENT_TYPE);
        return type == null ? "" : Paths.fromBytes(type);
    }
}
