package hopyard.proxy.console.endpoint;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.Iterator;

/** A JSON text that ends in an array of many things, each made when it is its turn. */
public final class JsonContent implements AnswerContent {

    /** Writes what comes before the array's first element, and leaves open what is to end with the array. */
    public interface Beginning {
        void write(JsonGenerator out) throws IOException;
    }

    private final Beginning beginning;
    private final Iterator<? extends JsonNode> elements;
    private JsonGenerator generator;

    public JsonContent(Beginning beginning, Iterator<? extends JsonNode> elements) {
        this.beginning = beginning;
        this.elements = elements;
    }

    /** A text that is one value. */
    public static JsonContent of(java.util.function.Supplier<? extends JsonNode> value) {
        return new JsonContent(out -> out.writeTree(value.get()), Collections.emptyIterator());
    }

    @Override
    public boolean next(OutputStream out) throws IOException {
        if (generator == null) {
            generator = Json.generator(out);
            beginning.write(generator);
        } else {
            generator.writeTree(elements.next());
        }
        if (elements.hasNext()) {
            generator.flush();
            return true;
        }
        // ends what is open, too
        generator.close();
        return false;
    }
}
