package hopyard.backend;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The tokens of one JSON value, with all that is in it; what stands behind it is not looked at. */
final class JsonValue {

    private final JsonParser parser;
    private int depth;
    private boolean isOver;

    JsonValue(JsonParser parser) {
        this.parser = parser;
    }

    /** Has the parser go to the next token; false at the end. */
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
