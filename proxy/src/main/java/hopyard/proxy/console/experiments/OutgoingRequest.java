package hopyard.proxy.console.experiments;

import static java.nio.charset.StandardCharsets.UTF_8;

import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.console.experiments.Targets.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A request as it goes over the wire: what somebody wants sent, and what curl adds to that, by curl's rules.
 *
 * @param fields all of them, in order
 * @param content the body without its framing
 * @param message the whole, byte for byte
 * @param notes what was added or changed, in words
 */
record OutgoingRequest(
        Target target,
        String method,
        String path,
        List<Field> fields,
        byte[] content,
        byte[] message,
        List<String> notes) {

    private static final String USER_AGENT = "Hopyard-console";

    /** What curl takes a body for. */
    static final String FORM = "application/x-www-form-urlencoded";

    /** Without a body they say so (RFC 9110 §8.6). */
    private static final Set<String> EXPECT_CONTENT = Set.of("POST", "PUT", "PATCH");

    static OutgoingRequest of(Target target, WantedRequest wish) {
        List<Field> fields = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        if (!wish.has("Host")) {
            fields.add(new Field("Host", target.host()));
        }
        wish.fields().stream().filter(f -> f.name().equalsIgnoreCase("Host")).forEach(fields::add);
        if (!wish.has("User-Agent")) {
            fields.add(new Field("User-Agent", USER_AGENT));
        }
        if (!wish.has("Accept")) {
            fields.add(new Field("Accept", "*/*"));
        }
        wish.fields().stream()
                .filter(f -> f.value() != null && !f.name().equalsIgnoreCase("Host"))
                .forEach(fields::add);
        byte[] content = wish.body();
        boolean hasBody = content.length > 0 || wish.isChunked();
        if (hasBody && !wish.has("Content-Type")) {
            boolean isJson = isJson(content);
            fields.add(new Field("Content-Type", isJson ? "application/json" : FORM));
            notes.add("the body came without a Content-Type, so it was sent as "
                    + (isJson ? "application/json, which it is" : FORM + ", as curl does"));
        }
        if (!wish.isChunked() && (hasBody || EXPECT_CONTENT.contains(wish.method()))) {
            fields.add(new Field("Content-Length", Integer.toString(content.length)));
        }
        return new OutgoingRequest(target, wish.method(), wish.path(), fields, content, message(wish, fields), notes);
    }

    /** An object or an array; what is just a number or a word may be anything. */
    private static boolean isJson(byte[] content) {
        String text = new String(content, UTF_8).strip();
        if (!text.startsWith("{") && !text.startsWith("[")) {
            return false;
        }
        try {
            return Json.MAPPER.readTree(content) != null;
        } catch (IOException e) {
            // it only looks like it
            return false;
        }
    }

    private static byte[] message(WantedRequest wish, List<Field> fields) {
        StringBuilder head = new StringBuilder(wish.method() + " " + wish.path() + " HTTP/1.1\r\n");
        for (Field field : fields) {
            head.append(field.name())
                    .append(field.value().isEmpty() ? ":" : ": ")
                    .append(field.value())
                    .append("\r\n");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.append("\r\n").toString().getBytes(UTF_8));
        byte[] content = wish.body();
        if (!wish.isChunked()) {
            out.writeBytes(content);
        } else {
            if (content.length > 0) {
                out.writeBytes((Integer.toHexString(content.length) + "\r\n").getBytes(UTF_8));
                out.writeBytes(content);
                out.writeBytes("\r\n".getBytes(UTF_8));
            }
            out.writeBytes("0\r\n\r\n".getBytes(UTF_8));
        }
        return out.toByteArray();
    }

    String requestLine() {
        return method + " " + path + " HTTP/1.1";
    }

    /** The value of a field's first line; {@code null} if there is none. */
    String first(String name) {
        return fields.stream()
                .filter(f -> f.name().equalsIgnoreCase(name))
                .map(Field::value)
                .findFirst()
                .orElse(null);
    }
}
