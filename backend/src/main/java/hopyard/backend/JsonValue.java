package hopyard.backend;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The tokens of one JSON value, with everything in it. What follows the value is not read. */
final class JsonValue {

    private final JsonParser parser;
    private int depth;
    private boolean isOver;

    JsonValue(JsonParser parser) {
        this.parser = parser;
    }

    /** Moves the parser to the next token; false at the end. */
    boolean next() throws IOException {
        JsonToken token = isOver ? null : parser.nextToken();
        if (token == null) {
            return false;
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        isOver = depth == 0;
        return true;
    }
}
