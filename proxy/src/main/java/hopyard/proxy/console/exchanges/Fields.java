package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hopyard.proxy.console.endpoint.Json;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Header fields as a list of lines, from whatever form they were kept in. */
public final class Fields {

    /** One line. */
    public record Field(String name, String value) {}

    private Fields() {}

    /** The fields of a message that Undertow has read or will write. */
    public static List<Field> of(HeaderMap map) {
        List<Field> fields = new ArrayList<>();
        for (HeaderValues values : map) {
            for (String value : values) {
                fields.add(new Field(values.getHeaderName().toString(), text(value)));
            }
        }
        return fields;
    }

    /** The fields of a head as it went over the wire, without its first line. */
    public static List<Field> of(byte[] head) {
        List<Field> fields = new ArrayList<>();
        if (head != null) {
            String[] lines = new String(head, StandardCharsets.UTF_8).split("\r?\n");
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                if (colon > 0) {
                    fields.add(new Field(
                            lines[i].substring(0, colon),
                            lines[i].substring(colon + 1).strip()));
                }
            }
        }
        return fields;
    }

    /** The first line of a head; empty without a head. */
    public static String firstLine(byte[] head) {
        return head == null ? "" : new String(head, StandardCharsets.UTF_8).split("\r?\n", 2)[0];
    }

    /** What the byte string of a value says in UTF-8. */
    private static String text(String byteString) {
        return new String(byteString.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** The values of a field, in order. */
    static List<String> values(List<Field> fields, HttpString name) {
        return fields.stream()
                .filter(f -> name.equalToString(f.name))
                .map(Field::value)
                .toList();
    }

    /** Pairs of name and value. */
    public static ArrayNode json(List<Field> fields) {
        return Json.array(fields, f -> Json.array().add(f.name()).add(f.value()));
    }
}
