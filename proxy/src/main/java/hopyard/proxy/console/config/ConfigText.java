package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;

/** An nginx.conf that somebody sends, and what is wrong with it. */
final class ConfigText {

    private ConfigText() {}

    /** The text of a request, as a byte string. */
    static String of(ConsoleRequest request) throws Refusal {
        if (!request.json().path("text").isTextual()) {
            throw new Refusal(400, "send {\"text\": …} with the whole nginx.conf");
        }
        return Paths.toBytes(request.json().get("text").asText());
    }

    /** Says a mistake in nginx's words, and apart from them its line. */
    static Refusal mistake(ConfException e) {
        String message = Paths.fromBytes(e.getMessage());
        ObjectNode details = Json.object();
        if (e.file() != null) {
            details.put("message", Paths.fromBytes(e.what()))
                    .put("file", e.file())
                    .put("line", e.line());
        }
        return new Refusal(422, "nginx: [emerg] " + message, details);
    }
}
