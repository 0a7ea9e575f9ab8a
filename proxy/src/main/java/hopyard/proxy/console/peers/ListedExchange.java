package hopyard.proxy.console.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.function.Predicate;

/** What a page relies on in an exchange that a list has: one of another machine may have anything in its place. */
final class ListedExchange {

    private static final Predicate<JsonNode> TEXT_IF_THERE =
            node -> node.isTextual() || node.isNull() || node.isMissingNode();

    private static final Predicate<JsonNode> NUMBER_IF_THERE =
            node -> node.isNumber() || node.isNull() || node.isMissingNode();

    private static final Predicate<JsonNode> NUMBERS =
            node -> node.isObject() && node.valueStream().allMatch(JsonNode::isNumber);

    /** By their places (RFC 6901). */
    private static final Map<String, Predicate<JsonNode>> FIELDS = Map.ofEntries(
            Map.entry("/id", JsonNode::isIntegralNumber),
            Map.entry("/number", NUMBER_IF_THERE),
            Map.entry("/time", JsonNode::isTextual),
            Map.entry("/startedAt", NUMBER_IF_THERE),
            Map.entry("/method", JsonNode::isTextual),
            Map.entry("/target", JsonNode::isTextual),
            Map.entry("/host", JsonNode::isTextual),
            Map.entry("/hostField", TEXT_IF_THERE),
            Map.entry("/status", JsonNode::isInt),
            Map.entry("/outcome", JsonNode::isTextual),
            Map.entry("/answeredBy/who", JsonNode::isTextual),
            Map.entry("/answeredBy/why", TEXT_IF_THERE),
            Map.entry("/answeredBy/text", JsonNode::isTextual),
            Map.entry("/client/from", TEXT_IF_THERE),
            Map.entry("/client/connection", NUMBER_IF_THERE),
            Map.entry("/phases", NUMBERS),
            Map.entry("/phases/totalMs", JsonNode::isNumber),
            Map.entry("/type", TEXT_IF_THERE),
            Map.entry("/bytes", NUMBERS),
            Map.entry("/bytes/sent", JsonNode::isNumber),
            Map.entry("/cache", TEXT_IF_THERE));

    private ListedExchange() {}

    /** Whether an object is such an exchange. */
    static boolean is(ObjectNode object) {
        return object.path("client").isObject()
                && FIELDS.entrySet().stream().allMatch(each -> each.getValue().test(object.at(each.getKey())));
    }
}
