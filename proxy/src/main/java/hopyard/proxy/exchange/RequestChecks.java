package hopyard.proxy.exchange;

import hopyard.http.server.RequestMistake;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.RequestHeader;
import io.undertow.util.HeaderValues;
import java.io.IOException;

/** Checks each request before anything else: whether it can be understood, and is not too large. */
final class RequestChecks {

    /** How many header lines a request may have at most, whatever {@code max_headers} says. */
    private static final int MAX_HEADERS = 1000;

    /** The memory for fields that is counted for each connection anyway, in bytes. */
    private static final int USUAL_HEAD = 3 << 10;

    private static final byte[] NOTHING = {};

    private RequestChecks() {}

    /** Checks a request, and sets its URI. Returns false if the request has been answered instead. */
    static boolean pass(Exchange exchange) throws IOException {
        CoreSettings core = exchange.core();
        String method = exchange.method();
        RequestMistake mistake = exchange.http().getAttachment(RequestMistake.KEY);
        if (mistake != null) {
            refuse(exchange, mistake);
            return false;
        }
        if (exchange.client().isMisdirectedTo(exchange.server())) {
            exchange.log(
                    ErrorLog.Level.INFO,
                    "client attempted to request the server name for which the negotiated protocol is disabled while"
                            + " reading client request headers");
            exchange.fail(421);
            return false;
        }
        if (exchange.client().lacksTls()) {
            exchange.log(
                    ErrorLog.Level.INFO,
                    "client sent plain HTTP request to HTTPS port while reading client request headers");
            exchange.fail(ErrorPages.PLAIN_HTTP);
            return false;
        }
        if (method.length() + exchange.requestUri().length() + 10 > core.largestHeaderLine()) {
            exchange.log(ErrorLog.Level.INFO, "client sent too long URI while reading client request line");
            exchange.fail(414);
            return false;
        }
        if (core.maxHeaders() < MAX_HEADERS && lines(exchange) > core.maxHeaders()) {
            exchange.log(ErrorLog.Level.INFO, "client sent too many header lines while reading client request headers");
            exchange.fail(400);
            return false;
        }
        if (!hasRoom(exchange, core)) {
            return false;
        }
        if (exchange.rawPath().equals("*")) {
            // the request is about the server itself (RFC 9110 §9.3.7)
            exchange.uri("*");
            exchange.ending().because(Why.OTHER);
            BytesBody.respond(exchange, 200, null, NOTHING);
            return false;
        }
        String uri = RequestTarget.normalize(exchange.rawPath(), core.mergeSlashes());
        exchange.uri(uri == null ? "" : uri);
        if (uri == null) {
            exchange.log(ErrorLog.Level.INFO, "client sent invalid request while reading client request line");
            exchange.fail(400);
            return false;
        }
        if (method.equals("TRACE") || method.equals("CONNECT")) {
            exchange.log(ErrorLog.Level.INFO, "client sent " + method + " method while reading client request headers");
            exchange.response().closeConnection();
            exchange.fail(405);
            return false;
        }
        PhaseHandler ofServer = exchange.handlers().beforeRequest();
        return ofServer == null || ofServer.handle(exchange) == PhaseHandler.Result.NEXT;
    }

    private static int lines(Exchange exchange) {
        // the host of HTTP/2 has come as :authority, which is no header line
        int lines = exchange.stream() > 0 ? -1 : 0;
        for (HeaderValues field : exchange.requestHeaders()) {
            lines += field.size();
        }
        return lines;
    }

    private static void refuse(Exchange exchange, RequestMistake mistake) {
        boolean isOurs = mistake.status() == 503;
        RequestLine.mistaken(exchange, mistake.requestLine());
        RequestLog.mistakenHost(exchange, mistake.host());
        exchange.response().closeConnection();
        exchange.ending().because(isOurs ? Why.NO_MEMORY : Why.ofStatus(mistake.status()));
        exchange.log(isOurs ? ErrorLog.Level.CRIT : ErrorLog.Level.INFO, mistake.message());
        exchange.fail(mistake.status());
    }

    /** Whether the header is not too large, and there is memory for it. */
    private static boolean hasRoom(Exchange exchange, CoreSettings core) {
        long memory =
                RequestHeader.memory(exchange.requestHeaders(), core.largestHeaderLine(), core.largestHeaderCount());
        if (memory < 0) {
            exchange.log(ErrorLog.Level.INFO, "client sent too long header line");
            exchange.fail(ErrorPages.HEADER_TOO_LARGE);
            return false;
        }
        if (memory > USUAL_HEAD && !exchange.lifetime().hold(memory)) {
            exchange.log(ErrorLog.Level.CRIT, "memory is used up while reading client request headers");
            exchange.response().closeConnection();
            exchange.ending().because(Why.NO_MEMORY);
            exchange.fail(503);
            return false;
        }
        return true;
    }
}
