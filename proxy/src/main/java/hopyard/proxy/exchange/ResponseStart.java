package hopyard.proxy.exchange;

import hopyard.http.Lingering;
import hopyard.http.server.Carrier;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.FieldLines;
import hopyard.proxy.server.ClientConnection;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.io.IOException;
import org.xnio.channels.StreamSinkChannel;

/** Starts a response: the server's own fields, the filters, the framing, and the lines of the head. */
public final class ResponseStart {

    private static final HttpString KEEP_ALIVE = new HttpString("Keep-Alive");

    private ResponseStart() {}

    /** Prepares the header of a response: keep-alive, {@code Server}, and the location's filters. */
    static void prepare(Exchange exchange) {
        HttpServerExchange http = exchange.http();
        CoreSettings core = exchange.core();
        Lingering lingering = exchange.handlers().lingering();
        if (lingering != Lingering.DEFAULT) {
            http.putAttachment(Lingering.KEY, lingering);
        }
        keepAlive(exchange, core);
        if (SpecialResponse.isErrorPage(exchange)) {
            http.setStatusCode(SpecialResponse.statusOf(exchange));
            http.setReasonPhrase(null);
        }
        String reason = ErrorPages.reason(http.getStatusCode());
        if (reason != null && http.getReasonPhrase() == null) {
            http.setReasonPhrase(reason);
        }
        HeaderMap headers = http.getResponseHeaders();
        FieldLines lines = exchange.response().lines();
        if (!headers.contains(Headers.SERVER) && !exchange.response().leavesOutServer()) {
            lines.begin(Headers.SERVER).text(core.serverTokens() ? ServerName.TEXT : ServerName.PSEUDONYM);
        }
        if (!headers.contains(Headers.DATE) && !exchange.response().leavesOutDate()) {
            lines.begin(Headers.DATE).text(DateUtils.getCurrentDateTime(http));
        }
        if (http.getStatusCode() != 101 && exchange.stream() == 0) {
            tellPersistence(http, core);
        }
        for (HeaderFilter filter : exchange.handlers().headerFilters()) {
            filter.apply(exchange);
        }
        RangeRequest ranges = exchange.get(RangeRequest.KEY);
        if (ranges != null) {
            ranges.apply(exchange.response());
        }
    }

    private static void keepAlive(Exchange exchange, CoreSettings core) {
        HttpServerExchange http = exchange.http();
        ClientConnection client = exchange.client();
        if (client.isDraining()
                || exchange.core().keepaliveTimeout() == 0
                || client.requests() >= core.keepaliveRequests()
                || client.ageMillis(exchange.clock().headRead()) > core.keepaliveTime()) {
            if (exchange.stream() > 0) {
                // the connection goes on for its other requests
                client.drain();
            } else {
                http.setPersistent(false);
            }
        } else if (http.isPersistent()
                && Browsers.isTroubled(core.keepaliveDisable(), exchange.method(), exchange.requestHeaders())) {
            http.setPersistent(false);
        }
    }

    /** Tells the client whether the connection goes on, where that does not go without saying. */
    private static void tellPersistence(HttpServerExchange http, CoreSettings core) {
        if (!http.isPersistent()) {
            // Undertow writes this field only if there is content
            http.getResponseHeaders().put(Headers.CONNECTION, "close");
        } else if (core.keepaliveHeader() > 0) {
            http.getResponseHeaders().put(KEEP_ALIVE, "timeout=" + core.keepaliveHeader());
        }
    }

    /** Prepares the response. Returns the channel for its content; {@code null} if the client has gone. */
    public static StreamSinkChannel start(Exchange exchange) {
        HttpServerExchange http = exchange.http();
        if (!http.isRequestComplete()) {
            answerEarly(exchange);
        }
        if (exchange.handlers().keptContent() > 0) {
            capture(exchange);
        }
        RateLimitConduit.install(exchange);
        if (exchange.stream() > 0 && http.getStatusCode() == 204) {
            // as from nginx, which leaves it in HTTP/1.1; what add_header adds stays
            exchange.response().takeField(Headers.CONTENT_TYPE);
        }
        prepare(exchange);
        exchange.response().installFilters();
        boolean lacksLength = http.isHttp11() && hasContentOfUnknownLength(http);
        if (lacksLength && !exchange.core().chunkedTransferEncoding()) {
            http.setPersistent(false);
            exchange.responseHeaders().put(Headers.CONNECTION, "close");
            exchange.responseHeaders().remove(KEEP_ALIVE);
        } else if (lacksLength && !http.isPersistent()) {
            // Undertow would end the content with the connection, and a client would not notice that a response is cut
            exchange.responseHeaders().put(Headers.TRANSFER_ENCODING, "chunked");
        }
        StreamSinkChannel sink = http.getResponseChannel();
        if (exchange.stream() > 0) {
            // HTTP/2 has a framing of its own
            http.getResponseHeaders().remove(Headers.TRANSFER_ENCODING);
            http.getResponseHeaders().remove(Headers.CONNECTION);
        } else if (http.isPersistent() && !http.getResponseHeaders().contains(Headers.CONNECTION)) {
            exchange.response().lines().begin(Headers.CONNECTION).text("keep-alive");
        }
        send(exchange);
        if (http.isHttp10()) {
            // The framing for HTTP/1.0 has been chosen by now. The version that is sent is the server's own, as in
            // nginx (RFC 9110 §6.2).
            http.setProtocol(Protocols.HTTP_1_1);
        }
        return sink;
    }

    /**
     * Sends the head of a response whose content is empty, but in chunks, because trailer fields follow. Otherwise
     * Undertow would leave out the last chunk, and set the length to 0 in a header that is written already.
     */
    static void sendHeadOfEmptyContent(Exchange exchange, StreamSinkChannel sink) throws IOException {
        if (exchange.response().fieldsApartFromLines().contains(Headers.TRANSFER_ENCODING)) {
            sink.flush();
        }
    }

    /** Handles a response that begins before the request has ended. */
    private static void answerEarly(Exchange exchange) {
        HttpServerExchange http = exchange.http();
        if (HttpContinue.requiresContinueResponse(http)) {
            // without 100 Continue, the client may send the content or not (RFC 9110 §10.1.1)
            http.setPersistent(false);
        }
        if (ClientContent.isUnwanted(exchange) || http.isRequestChannelAvailable()) {
            exchange.content().abandon();
        }
    }

    /** Captures the content as the client gets it: filters that are added after this change the content before it. */
    private static void capture(Exchange exchange) {
        Capture capture = Capture.of(exchange);
        if (capture != null && !exchange.method().equals("HEAD")) {
            capture.tapResponse();
        }
    }

    /** Sends the lines. For a subrequest, nothing is sent, and the lines become fields. */
    static void send(Exchange exchange) {
        FieldLines lines = exchange.response().lines();
        HeaderMap headers = exchange.response().fieldsApartFromLines();
        if (exchange.http().getConnection() instanceof Carrier carrier) {
            int length = lines.section(headers, exchange.response().inOrder());
            if (lines.cleaned() != null) {
                logCleaned(exchange, lines.cleaned());
            }
            carrier.responseFields(lines.bytes(), length);
        } else {
            lines.moveTo(headers);
        }
    }

    private static void logCleaned(Exchange exchange, HttpString field) {
        Directive where = exchange.location().source().responseHeaders().get(field);
        exchange.log(
                ErrorLog.Level.ERROR,
                "response header \"" + field + "\" holds a control character, a blank is sent for it"
                        + (where == null ? "" : ", see \"" + where.name() + "\" in " + where.place()));
    }

    private static boolean hasContentOfUnknownLength(HttpServerExchange http) {
        int status = http.getStatusCode();
        HeaderMap headers = http.getResponseHeaders();
        return status >= 200
                && status != 204
                && status != 304
                && !http.getRequestMethod().equals(Methods.HEAD)
                && !headers.contains(Headers.CONTENT_LENGTH)
                && !headers.contains(Headers.TRANSFER_ENCODING);
    }
}
