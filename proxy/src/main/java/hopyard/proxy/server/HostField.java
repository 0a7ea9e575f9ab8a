package hopyard.proxy.server;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;

/**
 * Reads the host that requests on one connection are for. A client mostly sends the same field, which is remembered.
 */
final class HostField {

    /** The longest field that is remembered: the longest name in DNS (RFC 1035 §3.1), and a port. */
    private static final int MAX_NAME = 261;

    private String last;
    private String lastHost;

    /** Returns the host that a request is for, in lower case and without a port; empty if the request names none. */
    String hostOf(HttpServerExchange request) {
        if (request.isHostIncludedInRequestURI()) {
            String target = request.getRequestURI();
            int start = target.indexOf("://") + 3;
            int slash = target.indexOf('/', start);
            return RequestHeader.hostOf(target.substring(start, slash < 0 ? target.length() : slash));
        }
        String field = request.getRequestHeaders().getFirst(Headers.HOST);
        return field == null ? "" : hostIn(field);
    }

    private String hostIn(String field) {
        if (field.length() > MAX_NAME) {
            return RequestHeader.hostOf(field);
        }
        if (!field.equals(last)) {
            last = field;
            lastHost = RequestHeader.hostOf(field);
        }
        return lastHost;
    }
}
