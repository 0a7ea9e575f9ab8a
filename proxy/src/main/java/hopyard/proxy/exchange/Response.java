package hopyard.proxy.exchange;

import hopyard.proxy.io.FieldLines;
import io.undertow.server.ConduitWrapper;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.xnio.conduits.StreamSinkConduit;

/** The response to the client: its status and its fields, as far as they are known, and how much has been sent. */
public final class Response {

    private record Filter(FilterPlace place, ConduitWrapper<StreamSinkConduit> wrapper) {}

    /** What few responses have. */
    private static final class Extras {
        /** The filters of the content. */
        private final List<Filter> filters = new ArrayList<>(2);
        /** Fields of the map that are sent behind all others, in this order. */
        private final List<HttpString> inOrder = new ArrayList<>(2);
        /** The trailer fields; {@code null} as long as there are none. */
        private HeaderMap trailers;
        /** Tells whether the response waits for something else than its client. */
        private BooleanSupplier isHeldBack = () -> false;

        private boolean leavesOutDate;
        private boolean leavesOutServer;
    }

    private final HttpServerExchange http;
    /** Fields that are only to be sent; {@code null} as long as there are none. */
    private FieldLines lines;
    /** {@code null} as long as there are none. */
    private Extras extras;

    Response(HttpServerExchange http) {
        this.http = http;
    }

    private Extras extras() {
        if (extras == null) {
            extras = new Extras();
        }
        return extras;
    }

    // ---- the status line

    /** Returns the status code so far. Logs show {@link Exchange#status()}. */
    public int status() {
        return http.getStatusCode();
    }

    /** Sets the status code. */
    public void status(int code) {
        http.setStatusCode(code);
    }

    /** Returns the reason phrase; {@code null} for the usual one of the status code. */
    public String reasonPhrase() {
        return http.getReasonPhrase();
    }

    /** Sets the reason phrase; {@code null} for the usual one. */
    public void reasonPhrase(String phrase) {
        http.setReasonPhrase(phrase);
    }

    /** Takes over an upstream's reason phrase, unless it is the usual one. */
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

    /** Returns all fields. Unless the response has begun, those in {@link #lines} move to the map. */
    public HeaderMap fields() {
        HeaderMap fields = http.getResponseHeaders();
        if (lines != null && !lines.isEmpty()) {
            if (http.isResponseStarted()) {
                // the lines have been sent as they are
                HeaderMap all = new HeaderMap();
                fields.forEach(values -> all.putAll(values.getHeaderName(), values));
                lines.copyTo(all);
                return all;
            }
            lines.moveTo(fields);
        }
        return fields;
    }

    /** Returns the fields without those in {@link #lines}. */
    public HeaderMap fieldsApartFromLines() {
        return http.getResponseHeaders();
    }

    /** Returns the first value of a field, in the map or in the lines; {@code null} for none. */
    String field(HttpString name) {
        String value = http.getResponseHeaders().getFirst(name);
        return value == null && lines != null ? lines.first(name) : value;
    }

    /** Removes a field. Returns its values joined by commas; {@code null} if it has none. */
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

    /** Sets whether the response has no Date, or no Server, unless somebody else has set one. */
    public void leaveOut(boolean date, boolean server) {
        if (extras != null || date || server) {
            extras().leavesOutDate = date;
            extras.leavesOutServer = server;
        }
    }

    boolean leavesOutDate() {
        return extras != null && extras.leavesOutDate;
    }

    boolean leavesOutServer() {
        return extras != null && extras.leavesOutServer;
    }

    /** Adds a field behind all others, where {@link HeaderMap} has an order of its own. */
    public void append(HttpString name, String value) {
        fields().add(name, value);
        List<HttpString> inOrder = extras().inOrder;
        if (!inOrder.contains(name)) {
            inOrder.add(name);
        }
    }

    /** Returns the fields that are sent behind all others, in their order. */
    List<HttpString> inOrder() {
        return extras == null ? List.of() : extras.inOrder;
    }

    /** Returns the lines of fields that are only to be sent. */
    public FieldLines lines() {
        if (lines == null) {
            lines = FieldLines.take();
        }
        return lines;
    }

    /** Returns the lines with the header section as it was sent; {@code null} if none was, or not in this way. */
    public FieldLines sentLines() {
        return lines == null || lines.sectionLength() == 0 ? null : lines;
    }

    /** Gives the lines back, which are not needed any more. */
    void freeLines() {
        if (lines != null) {
            lines.giveBack();
            lines = null;
        }
    }

    /** Sets the trailer fields that follow the content. */
    public void trailers(HeaderMap fields) {
        extras().trailers = fields;
        http.putAttachment(HttpAttachments.RESPONSE_TRAILERS, fields);
    }

    /** Returns the first value of a trailer field, as far as they are known; {@code null} for none. */
    String trailer(HttpString name) {
        return extras == null || extras.trailers == null ? null : extras.trailers.getFirst(name);
    }

    /** Calls {@code add} when the content has ended, to add trailer fields. */
    public void addTrailers(Consumer<HeaderMap> add) {
        http.putAttachment(HttpAttachments.RESPONSE_TRAILER_SUPPLIER, () -> {
            if (extras().trailers == null) {
                extras.trailers = new HeaderMap();
            }
            add.accept(extras.trailers);
            return extras.trailers;
        });
    }

    /** Whether there is content that may be sent in chunks, which trailer fields need (RFC 9110 §6.5). */
    public boolean mayHaveTrailers() {
        return !http.isHttp10()
                && Connectors.isEntityBodyAllowed(http)
                && !http.getRequestMethod().equals(Methods.HEAD);
    }

    // ---- the content, and the connection behind it

    /** Lets the content pass through the conduit that {@code wrapper} makes, before those of earlier calls. */
    void wrap(ConduitWrapper<StreamSinkConduit> wrapper) {
        http.addResponseWrapper(wrapper);
    }

    /**
     * Lets the content pass through the conduit that {@code wrapper} makes, before it gets to those of {@link #wrap}.
     * To be called while the header is prepared.
     */
    void filter(FilterPlace place, ConduitWrapper<StreamSinkConduit> wrapper) {
        extras().filters.add(new Filter(place, wrapper));
    }

    /** Returns what was given to {@link #filter} for a place; {@code null} for nothing. */
    ConduitWrapper<StreamSinkConduit> filterAt(FilterPlace place) {
        for (int i = 0; extras != null && i < extras.filters.size(); i++) {
            if (extras.filters.get(i).place == place) {
                return extras.filters.get(i).wrapper;
            }
        }
        return null;
    }

    /** Forgets the filters: the response that they were made for has not begun, and another one takes its place. */
    void forgetFilters() {
        if (extras != null) {
            extras.filters.clear();
        }
    }

    /** Puts the conduits of the filters into the way of the content. */
    void installFilters() {
        if (extras != null) {
            extras.filters.sort(Comparator.comparing(Filter::place).reversed());
            extras.filters.forEach(each -> wrap(each.wrapper));
        }
    }

    /** Adds something that the response may wait for, other than its client: see {@link #isHeldBack}. */
    void holdBackWhile(BooleanSupplier waits) {
        BooleanSupplier earlier = extras().isHeldBack;
        extras.isHeldBack = () -> earlier.getAsBoolean() || waits.getAsBoolean();
    }

    /** Whether the response waits for something else than its client, so that the client must have no deadline. */
    boolean isHeldBack() {
        return extras != null && extras.isHeldBack.getAsBoolean();
    }

    /** Whether the head has been sent, or is being sent. */
    public boolean isStarted() {
        return http.isResponseStarted();
    }

    /** Whether the whole response has been sent. */
    public boolean isComplete() {
        return http.isResponseComplete();
    }

    /** Returns how many bytes of content have been sent. */
    public long contentSent() {
        return http.getResponseBytesSent();
    }

    /** Closes the connection after this response. */
    public void closeConnection() {
        http.setPersistent(false);
    }

    /** Ends the exchange, after the whole response has been sent. */
    public void end() {
        http.endExchange();
    }
}
