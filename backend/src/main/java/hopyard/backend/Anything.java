package hopyard.backend;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import hopyard.backend.Respond.BadRequest;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Map;

/**
 * Reads a request's content in order to show it. Only the bytes that have come are held. The answer, which may be many
 * times as long, is made while the client takes it.
 */
final class Anything implements Body.Reader {

    /** How long content may be where the settings do not say so. */
    private static final long MAX_BODY = 8 << 20;

    /** How much memory a JSON parser and a generator may need for one string, as a multiple of its length. */
    private static final long JSON_FACTOR = 8;

    private final HttpServerExchange exchange;
    private final long maxBody;
    private final long maxFields;
    private final Map<String, Object> before;
    private final Map<String, Object> after;
    private final HeldBytes body;
    private boolean isTooLarge;
    private boolean hasNoRoom;

    /**
     * @param before what is shown before the content
     * @param after what is shown behind it
     */
    Anything(
            DjangoSettings settings,
            HttpServerExchange exchange,
            Map<String, Object> before,
            Map<String, Object> after) {
        this.exchange = exchange;
        Long maxLength = settings.get(DjangoSettings.DATA_UPLOAD_MAX_MEMORY_SIZE);
        maxBody = maxLength == null ? MAX_BODY : maxLength;
        Long maxNumber = settings.get(DjangoSettings.DATA_UPLOAD_MAX_NUMBER_FIELDS);
        maxFields = maxNumber == null ? Long.MAX_VALUE : maxNumber;
        this.before = before;
        this.after = after;
        body = new HeldBytes(exchange);
    }

    @Override
    public void take(ByteBuffer bytes) {
        isTooLarge |= body.length() + bytes.remaining() > maxBody;
        if (!isTooLarge && !hasNoRoom) {
            hasNoRoom = !body.add(bytes);
        }
    }

    @Override
    public void end() throws IOException, BadRequest {
        if (isTooLarge) {
            throw new BadRequest("RequestDataTooBig: the body is larger than " + maxBody
                    + " bytes (DATA_UPLOAD_MAX_MEMORY_SIZE); /upload takes any size");
        }
        String type = exchange.getRequestHeaders().getFirst(Headers.CONTENT_TYPE);
        boolean isForm = "application/x-www-form-urlencoded".equals(type);
        boolean isJson = type != null && type.startsWith("application/json");
        if (hasNoRoom || isJson && !Client.of(exchange).hold(JSON_FACTOR * body.length())) {
            Respond.tooMuch(exchange, "the memory for request bodies is used up");
            return;
        }
        if (isForm && fields() > maxFields) {
            throw new BadRequest("TooManyFieldsSent: the form has more than " + maxFields
                    + " fields (DATA_UPLOAD_MAX_NUMBER_FIELDS)");
        }
        boolean isText = isText();
        if (isJson) {
            checkJson(isText);
        }
        new AnythingJson(body, isText, isForm && isText, isJson).send(exchange, before, after);
    }

    private int fields() throws IOException {
        int fields = 1;
        InputStream in = body.stream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            fields += b == '&' ? 1 : 0;
        }
        return fields;
    }

    private boolean isText() throws IOException {
        try (Reader text = body.text()) {
            text.transferTo(Writer.nullWriter());
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private void checkJson(boolean isText) throws BadRequest, IOException {
        if (!isText) {
            throw new BadRequest("the body says that it is JSON, but is not: it is not UTF-8");
        }
        try (JsonParser parser = Respond.JSON.createParser(body.text())) {
            JsonValue value = new JsonValue(parser);
            while (value.next()) {
                // this only finds out whether it can be read
            }
        } catch (JsonProcessingException e) {
            throw new BadRequest("the body says that it is JSON, but is not: " + e.getOriginalMessage());
        }
    }
}
