package hopyard.proxy.console.endpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.function.Function;

/** The console's JSON. Loaded when somebody first asks, so that a proxy nobody looks into starts without it. */
public final class Json {

    /** In what is read: a tree of short tokens takes many times the text's length. */
    private static final int MAX_TOKENS = 20_000;

    private static final int MAX_DEPTH = 16;

    public static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxTokenCount(MAX_TOKENS)
                    .maxNestingDepth(MAX_DEPTH)
                    .build())
            .build());

    private Json() {}

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** What is made of each of some things. */
    public static <T> ArrayNode array(Collection<T> items, Function<T, ? extends JsonNode> each) {
        ArrayNode array = array();
        items.forEach(item -> array.add(each.apply(item)));
        return array;
    }

    /** Milliseconds with three decimals, which is what the clock is good for. */
    public static double round(double millis) {
        return Math.round(millis * 1000) / 1000.0;
    }

    /** Writes for people, with line breaks. */
    static JsonGenerator generator(OutputStream out) throws IOException {
        return MAPPER.writerWithDefaultPrettyPrinter().createGenerator(out);
    }

    /** Writes for programs, on one line. */
    public static String compact(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
