package hopyard.backend;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;

/** The JSON that shows a request's content, made a little at a time. */
final class AnythingJson implements Paced.Pieces {

    /** The length of a piece before it is sent, in bytes. */
    private static final int PIECE = 16 << 10;

    /** How much is read at a time: a multiple of 3, for base64. */
    private static final int STEP = 3 << 10;

    /** Writes some of the answer; false once all of its part is written. */
    private interface Part {
        boolean write() throws IOException;
    }

    private final HeldBytes body;
    private final ByteArrayOutputStream made = new ByteArrayOutputStream();
    private final Deque<Part> parts = new ArrayDeque<>();
    private final char[] chars = new char[STEP + 1];
    private final JsonGenerator json;
    private ByteBuffer first;

    /**
     * @param isText whether the body is UTF-8, which JSON and forms are
     */
    AnythingJson(HeldBytes body, boolean isText, boolean isForm, boolean isJson) throws IOException {
        this.body = body;
        json = Respond.JSON.createGenerator(made).useDefaultPrettyPrinter();
        parts.add(isText ? text() : dataUrl());
        parts.add(isForm ? form() : this::noForm);
        parts.add(isJson ? value() : this::noValue);
    }

    /** Sends the JSON: with its length if it is short, otherwise as the client takes it. */
    void send(HttpServerExchange exchange, Map<String, Object> before, Map<String, Object> after) throws IOException {
        json.writeStartObject();
        write(before);
        parts.add(() -> {
            write(after);
            json.writeEndObject();
            json.writeRaw('\n');
            json.close();
            return false;
        });
        ByteBuffer beginning = next();
        if (parts.isEmpty() && beginning.remaining() <= PIECE) {
            Respond.send(exchange, 200, "application/json", beginning);
            return;
        }
        first = beginning;
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
        Paced.send(exchange, Places.DOWNLOADS, 2 * PIECE, this);
    }

    @Override
    public ByteBuffer next() throws IOException {
        ByteBuffer piece = first;
        first = null;
        if (piece != null) {
            return piece;
        }
        while (!parts.isEmpty() && made.size() < PIECE) {
            if (!parts.peek().write()) {
                parts.remove();
            }
            json.flush();
        }
        piece = made.size() == 0 ? null : ByteBuffer.wrap(made.toByteArray());
        made.reset();
        return piece;
    }

    private void write(Map<String, Object> values) throws IOException {
        for (Map.Entry<String, Object> each : values.entrySet()) {
            json.writeObjectField(each.getKey(), each.getValue());
        }
    }

    // ---- "data"

    private Part text() {
        Reader text = body.text();
        return string("data", "\"", () -> {
            String some = some(text);
            return some == null ? null : escaped(some);
        });
    }

    private Part dataUrl() {
        InputStream bytes = body.stream();
        return string("data", "\"data:application/octet-stream;base64,", () -> {
            byte[] some = bytes.readNBytes(STEP);
            return some.length == 0 ? null : Base64.getEncoder().encodeToString(some);
        });
    }

    private interface Source {
        /** Returns the next piece of a string, escaped as in JSON; {@code null} at the end. */
        String next() throws IOException;
    }

    private Part string(String name, String beginning, Source source) {
        return new Part() {
            private boolean hasBegun;

            @Override
            public boolean write() throws IOException {
                if (!hasBegun) {
                    json.writeFieldName(name);
                    json.writeRawValue(beginning);
                    hasBegun = true;
                }
                String some = source.next();
                json.writeRaw(some == null ? "\"" : some);
                return some != null;
            }
        };
    }

    /** Returns the next characters, without splitting the last one; {@code null} at the end. */
    private String some(Reader text) throws IOException {
        int n = text.read(chars, 0, STEP);
        if (n > 0 && Character.isHighSurrogate(chars[n - 1])) {
            n += text.read(chars, n, 1);
        }
        return n < 0 ? null : new String(chars, 0, n);
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    // ---- "form"

    private boolean noForm() throws IOException {
        json.writeArrayFieldStart("form");
        json.writeEndArray();
        return false;
    }

    /** What stands between ampersands, without empty ones at the end. */
    private Part form() {
        Reader text = body.text();
        return new Part() {
            private boolean hasBegun;
            private boolean isInField;
            private int empty;

            @Override
            public boolean write() throws IOException {
                if (!hasBegun) {
                    json.writeArrayFieldStart("form");
                    hasBegun = true;
                }
                String some = some(text);
                if (some == null) {
                    endField();
                    json.writeEndArray();
                    return false;
                }
                for (int at = 0; at < some.length(); ) {
                    int end = some.indexOf('&', at);
                    more(some.substring(at, end < 0 ? some.length() : end));
                    at = end < 0 ? some.length() : end + 1;
                    if (end >= 0) {
                        empty += isInField ? 0 : 1;
                        endField();
                    }
                }
                return true;
            }

            private void more(String part) throws IOException {
                if (part.isEmpty()) {
                    return;
                }
                if (!isInField) {
                    for (; empty > 0; empty--) {
                        json.writeString("");
                    }
                    json.writeRawValue("\"");
                    isInField = true;
                }
                json.writeRaw(escaped(part));
            }

            private void endField() throws IOException {
                if (isInField) {
                    json.writeRaw('"');
                    isInField = false;
                }
            }
        };
    }

    // ---- "json"

    private boolean noValue() throws IOException {
        json.writeNullField("json");
        return false;
    }

    private Part value() throws IOException {
        JsonParser parser = Respond.JSON.createParser(body.text());
        JsonValue value = new JsonValue(parser);
        return new Part() {
            private boolean hasBegun;

            @Override
            public boolean write() throws IOException {
                boolean isMore = value.next();
                if (!hasBegun) {
                    json.writeFieldName("json");
                    hasBegun = true;
                    if (!isMore) {
                        json.writeNull();
                    }
                }
                if (isMore) {
                    json.copyCurrentEvent(parser);
                } else {
                    parser.close();
                }
                return isMore;
            }
        };
    }
}
