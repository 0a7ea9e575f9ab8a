package hopyard.http.server.http2;

import hopyard.http.http2.HpackDecoder;
import hopyard.http.http2.HpackField;
import hopyard.http.server.FieldRules;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;

/** Takes the fields behind the content of a request (RFC 9113 §8.1), or those of a block that nobody wants. */
final class TrailerFields implements HpackDecoder.Receiver {

    private final long maxSize;
    private final HeaderMap fields = new HeaderMap();
    private String mistake;
    private int lines;
    private long size;

    /** @param maxSize how large the fields may be in all, in bytes */
    TrailerFields(long maxSize) {
        this.maxSize = maxSize;
    }

    @Override
    public void field(HpackField field) {
        size += field.size();
        if (mistake != null) {
            return;
        }
        if (size > maxSize || ++lines > FieldRules.MAX_OF_A_NAME) {
            mistake = "too large trailers";
        } else if (field.isPseudo()) {
            mistake = "pseudo-header in trailers";
        } else if (!field.hasGoodName() || !field.hasGoodValue()) {
            mistake = "invalid trailer \"" + field.name() + "\"";
        } else if (field.name().equals(Headers.CONNECTION)
                || field.name().equals(Headers.TRANSFER_ENCODING)
                || field.name().equals(Headers.CONTENT_LENGTH)
                || field.name().equals(Headers.HOST)) {
            mistake = "trailer \"" + field.name() + "\"";
        } else {
            fields.add(field.name(), field.value());
        }
    }

    /** Returns what is wrong with them; {@code null} if nothing is. */
    String mistake() {
        return mistake;
    }

    HeaderMap fields() {
        return fields;
    }
}
