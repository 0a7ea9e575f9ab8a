package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.http.Tokens;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.exchanges.Fields.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A request that somebody wants sent.
 *
 * @param method any token; "get" is another one than "GET"
 * @param path the request target in origin-form
 * @param fields in this order; one without a value ({@code null}) is not to be sent, though it is usual
 * @param body the content; empty for none
 */
record WantedRequest(String method, String path, List<Field> fields, byte[] body) {

    private static final int MAX_METHOD = 32;
    private static final String RAW = "; \"raw\" sends any bytes as they are";

    /** Only what curl would send, too. */
    static WantedRequest of(String method, String path, List<Field> fields, byte[] body) throws Refusal {
        if (!Tokens.isToken(method) || method.length() > MAX_METHOD) {
            throw new Refusal(
                    400,
                    "method must be one word of letters, digits and hyphens such as GET, PURGE or your own, not \""
                            + method + "\"" + RAW);
        }
        if (method.equals("CONNECT")) {
            throw new Refusal(
                    400,
                    "CONNECT asks for a tunnel to another host, so it has a host for its path, and nothing here makes"
                            + " tunnels: the proxy answers 405" + RAW);
        }
        if (method.equals("HEAD") && body.length > 0) {
            throw new Refusal(400, "HEAD has no body: what comes back is as short as for a GET without one" + RAW);
        }
        int hosts = 0;
        for (Field field : fields) {
            check(field);
            hosts += field.name().equalsIgnoreCase("Host") ? 1 : 0;
        }
        if (hosts > 1) {
            throw new Refusal(
                    400,
                    "there are " + hosts + " Host lines: a request has exactly one, and servers refuse others with 400"
                            + " (RFC 9112 §3.2)" + RAW);
        }
        return new WantedRequest(method, Targets.path(path), fields, body);
    }

    private static void check(Field field) throws Refusal {
        String name = field.name();
        String value = field.value();
        if (!Tokens.isToken(name)) {
            throw new Refusal(
                    400, "no header field: \"" + name + "\": a name is one word without blanks and colons" + RAW);
        }
        if (value == null) {
            if (name.equalsIgnoreCase("Host")) {
                throw new Refusal(400, "a request has a Host (RFC 9112 §3.2)" + RAW);
            }
            return;
        }
        if (value.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
            throw new Refusal(400, "the value of " + name + " holds a line break or another control character" + RAW);
        }
        if (name.equalsIgnoreCase("Content-Length")
                || name.equalsIgnoreCase("Transfer-Encoding") && !value.equalsIgnoreCase("chunked")) {
            throw new Refusal(
                    400,
                    name + " is written by the client itself, to fit the body (but Transfer-Encoding: chunked may be"
                            + " chosen)" + RAW);
        }
    }

    /** Fields from JSON, {@code [["Name", "value"], …]}; {@code null} for a value leaves out what is usual. */
    static List<Field> fields(JsonNode pairs) throws Refusal {
        List<Field> fields = new ArrayList<>();
        if (!pairs.isMissingNode() && !pairs.isArray()) {
            throw new Refusal(400, "headers must be pairs: [[\"Name\", \"value\"], …]");
        }
        for (JsonNode pair : pairs) {
            if (pair.size() != 2 || !pair.path(0).isTextual() || pair.path(1).isContainerNode()) {
                throw new Refusal(400, "headers must be pairs such as [\"X-Name\", \"value\"], not " + pair);
            }
            fields.add(new Field(
                    pair.get(0).asText().strip(),
                    pair.get(1).isNull() ? null : pair.get(1).asText().strip()));
        }
        return fields;
    }

    /** Bytes from a text or from base64. */
    static byte[] bytes(JsonNode json, String name) throws Refusal {
        if (json.path(name).isContainerNode()) {
            throw new Refusal(400, name + " must be a text: JSON goes into a text, too, \"{\\\"a\\\": 1}\"");
        }
        String coded = json.path(name + "Base64").asText("");
        if (coded.isEmpty()) {
            return json.path(name).asText("").getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(coded);
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, name + "Base64 is not base64: " + e.getMessage());
        }
    }

    boolean has(String name) {
        return fields.stream().anyMatch(f -> f.name().equalsIgnoreCase(name));
    }

    boolean isChunked() {
        return fields.stream()
                .anyMatch(f ->
                        f.value() != null && f.name().toLowerCase(Locale.ROOT).equals("transfer-encoding"));
    }
}
