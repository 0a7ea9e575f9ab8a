package hopyard.backend;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import hopyard.backend.Respond.BadRequest;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The content of a request that makes a note, as a form or as JSON. */
final class NoteForm implements Body.Reader {

    private static final int MAX_LENGTH = 64 << 10;
    private static final int MAX_AUTHOR = 80;
    private static final int MAX_TEXT = 1000;

    /** Takes what has been read. */
    interface Then {
        void take(String author, String text, boolean isJson);
    }

    private final HttpServerExchange exchange;
    private final HeldBytes body;
    private final Then then;
    private final long max;
    private boolean isTooLong;
    private boolean hasNoRoom;

    NoteForm(DjangoSettings settings, HttpServerExchange exchange, Then then) {
        Long most = settings.get(DjangoSettings.DATA_UPLOAD_MAX_MEMORY_SIZE);
        this.max = most == null ? MAX_LENGTH : Math.min(most, MAX_LENGTH);
        this.exchange = exchange;
        this.body = new HeldBytes(exchange);
        this.then = then;
    }

    @Override
    public void take(ByteBuffer bytes) {
        isTooLong |= body.length() + bytes.remaining() > max;
        if (!isTooLong && !hasNoRoom) {
            hasNoRoom = !body.add(bytes);
        }
    }

    @Override
    public void end() throws Exception {
        if (isTooLong && max < MAX_LENGTH) {
            throw new BadRequest(
                    "RequestDataTooBig: the content is larger than " + max + " bytes (DATA_UPLOAD_MAX_MEMORY_SIZE)");
        } else if (isTooLong) {
            Respond.text(exchange, 413, "a note has less than " + MAX_LENGTH + " bytes\n");
        } else if (hasNoRoom) {
            Respond.tooMuch(exchange, "the memory for request bodies is used up");
        } else {
            String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
            String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            boolean isJson = media.equals("application/json");
            Map<String, String> fields = isJson ? json() : form(media);
            String author = field(fields, "author", MAX_AUTHOR);
            then.take(author, field(fields, "text", MAX_TEXT), isJson);
        }
    }

    private Map<String, String> json() throws BadRequest, IOException {
        try {
            JsonNode root = Respond.JSON.readTree(body.text());
            Map<String, String> fields = new HashMap<>();
            for (String name : new String[] {"author", "text"}) {
                JsonNode value = root.get(name);
                if (value != null && value.isTextual()) {
                    fields.put(name, value.textValue());
                }
            }
            return fields;
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new BadRequest("the content is not JSON in UTF-8");
        }
    }

    private Map<String, String> form(String media) throws BadRequest, IOException {
        if (!media.equals("application/x-www-form-urlencoded")) {
            throw new BadRequest("a note comes as application/x-www-form-urlencoded or application/json");
        }
        Map<String, String> fields = new HashMap<>();
        String text = new String(body.stream().readAllBytes(), StandardCharsets.UTF_8);
        for (String each : text.split("&")) {
            String[] pair = each.split("=", 2);
            try {
                fields.put(pair[0], pair.length == 1 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new BadRequest("the form has a % that is not followed by two hex digits");
            }
        }
        return fields;
    }

    private static String field(Map<String, String> fields, String name, int max) throws BadRequest {
        String value = fields.getOrDefault(name, "").strip();
        // PostgreSQL's text has no NUL
        if (value.isEmpty() || value.length() > max || value.indexOf(0) >= 0) {
            throw new BadRequest("a note has an author and a text; " + name + " must have from 1 to " + max
                    + " characters, and none of them NUL");
        }
        return value;
    }
}
