package hopyard.proxy.http;

import io.undertow.server.ConduitWrapper;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.util.function.Consumer;
import org.xnio.conduits.StreamSinkConduit;

/** The response to the client: its status and its fields, as far as they are known, and what has been sent of it. */
public final class Response {

    private final HttpServerExchange http;
    /** Fields that need no more than to be sent; {@code null} as long as there are none. */
    private FieldLines lines;

    Response(HttpServerExchange http) {
        this.http = http;
    }

    // ---- the status line

    /** The status code that it has so far. Logs show {@link Exchange#status()}. */
    public int status() {
        return http.getStatusCode();
    }

    /** Gives it another status code. */
    public void status(int code) {
        http.setStatusCode(code);
    }

    /** The reason phrase; {@code null} for the usual one of its status code. */
    public String reasonPhrase() {
        return http.getReasonPhrase();
    }

    /** Gives it another reason phrase; {@code null} for the usual one. */
    public void reasonPhrase(String phrase) {
        http.setReasonPhrase(phrase);
    }

    /** Takes over an upstream's reason phrase. What would be said anyway is not kept. */
    public void upstreamReasonPhrase(String phrase) {
        int status = http.getStatusCode();
        String usual = ErrorPages.reason(status);
        if (!phrase.equals(usual == null ? StatusCodes.getReason(status) : usual)) {
            http.setReasonPhrase(phrase);
        } else if (http.getReasonPhrase() != null) {
            http.setReasonPhrase(null);
        }
    }

    // ---- the fields

    /** The fields, apart from what goes straight into lines and nobody has asked for yet. */
    public HeaderMap fields() {
        HeaderMap fields = http.getResponseHeaders();
        if (lines != null && !lines.isEmpty()) {
            if (http.isResponseStarted()) {
                // they have been sent as they are
                HeaderMap all = new HeaderMap();
                fields.forEach(values -> all.putAll(values.getHeaderName(), values));
                lines.copyTo(all);
                return all;
            }
            lines.moveTo(fields);
        }
        return fields;
    }

    /** The fields without those that go straight into {@link #lines}. */
    public HeaderMap fieldsApartFromLines() {
        return http.getResponseHeaders();
    }

    /** The first value of a field, wherever it stands; {@code null} for none. */
    String field(HttpString name) {
        String value = http.getResponseHeaders().getFirst(name);
        return value == null && lines != null ? lines.first(name) : value;
    }

    /** Takes a field out of the response: its values joined by commas, {@code null} if it has none. */
    public String takeField(HttpString name) {
        HeaderMap fields = http.getResponseHeaders();
        HeaderValues values = fields.get(name);
        if (values == null) {
            return lines == null ? null : lines.remove(name);
        }
        String joined = String.join(", ", values);
        fields.remove(name);
        String more = lines == null ? null : lines.remove(name);
        return more == null ? joined : joined + ", " + more;
    }

    /** Fields that need no more than to be sent. */
    public FieldLines lines() {
        if (lines == null) {
            lines = FieldLines.take();
        }
        return lines;
    }

    /** The lines that hold the header section as it was sent; {@code null} if none was, or not in this way. */
    public FieldLines sentLines() {
        return lines == null || lines.sectionLength() == 0 ? null : lines;
    }

    /** The lines are needed no more. */
    void freeLines() {
        if (lines != null) {
            lines.giveBack();
            lines = null;
        }
    }

    /** The trailer fields that follow the content. */
    public void trailers(HeaderMap fields) {
        http.putAttachment(HttpAttachments.RESPONSE_TRAILERS, fields);
    }

    /** Has trailer fields added when the content has ended. */
    public void addTrailers(Consumer<HeaderMap> add) {
        http.putAttachment(HttpAttachments.RESPONSE_TRAILER_SUPPLIER, () -> {
            HeaderMap earlier = http.getAttachment(HttpAttachments.RESPONSE_TRAILERS);
            HeaderMap fields = earlier == null ? new HeaderMap() : earlier;
            add.accept(fields);
            return fields;
        });
    }

    /** Whether there is content that may come in chunks, which trailer fields need (RFC 9110 §6.5). */
    public boolean mayHaveTrailers() {
        return http.isHttp11()
                && Connectors.isEntityBodyAllowed(http)
                && !http.getRequestMethod().equals(Methods.HEAD);
    }

    // ---- the content, and the connection behind it

    /** Has the content go through what {@code wrapper} makes. */
    public void wrap(ConduitWrapper<StreamSinkConduit> wrapper) {
        http.addResponseWrapper(wrapper);
    }

    /** Whether the head is on its way. */
    public boolean isStarted() {
        return http.isResponseStarted();
    }

    /** Whether all of it has been sent. */
    public boolean isComplete() {
        return http.isResponseComplete();
    }

    /** Bytes of content that have been sent. */
    public long contentSent() {
        return http.getResponseBytesSent();
    }

    /** No request follows on this connection. */
    public void closeConnection() {
        http.setPersistent(false);
    }

    /** All of it has been sent, so the exchange ends. */
    public void end() {
        http.endExchange();
    }
}
