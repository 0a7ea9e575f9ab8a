package hopyard.proxy.forward;

import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import java.util.HashMap;

/** A request's fields as the cache asks for them, by name in lower case. */
final class RequestFields extends HashMap<String, String> {

    private static final long serialVersionUID = 1L;

    private final transient HeaderMap header;

    RequestFields(HeaderMap header) {
        this.header = header;
    }

    @Override
    public String getOrDefault(Object name, String byDefault) {
        HeaderValues values = header.get((String) name);
        return values == null ? byDefault : String.join(", ", values);
    }
}
