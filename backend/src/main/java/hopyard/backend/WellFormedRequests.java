package hopyard.backend;

import hopyard.backend.django.DjangoSettings;
import hopyard.http.server.RequestMistake;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.ParameterLimitException;
import io.undertow.util.URLUtils;
import java.nio.charset.StandardCharsets;

/**
 * Answers messages that are not valid requests, and reads the target of those that are. The parser, which is the
 * proxy's own, leaves both to the server. Because it is the same parser, the two servers can never disagree about where
 * a message ends.
 */
final class WellFormedRequests implements HttpHandler {

    /** DATA_UPLOAD_MAX_NUMBER_FIELDS. */
    private final int maxParameters;

    private final HttpHandler next;

    WellFormedRequests(DjangoSettings settings, HttpHandler next) {
        Long max = settings.get(DjangoSettings.DATA_UPLOAD_MAX_NUMBER_FIELDS);
        maxParameters = max == null ? Integer.MAX_VALUE : (int) Math.min(Integer.MAX_VALUE, max);
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        RequestMistake mistake = exchange.getAttachment(RequestMistake.KEY);
        if (mistake != null) {
            exchange.setPersistent(false);
            int status = mistake.status() == RequestMistake.HEADER_TOO_LARGE ? 431 : mistake.status();
            Respond.text(exchange, status, mistake.message() + "\n");
        } else if (exchange.getRequestURI().equals("*")) {
            // the request is about the server itself (RFC 9110 §9.3.7)
            exchange.getResponseHeaders().put(Headers.ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            exchange.setStatusCode(204);
            exchange.setPersistent(exchange.isPersistent() && exchange.isRequestComplete());
            exchange.endExchange();
        } else if (readTarget(exchange)) {
            next.handleRequest(exchange);
        } else {
            exchange.setPersistent(false);
            Respond.text(
                    exchange,
                    400,
                    "the target is not UTF-8 in percent-encoding, leads above the root, or has too many parameters\n");
        }
    }

    /** Sets the exchange's decoded path and its parameters; false if they cannot be decoded. */
    private boolean readTarget(HttpServerExchange exchange) {
        String path = exchange.getRequestURI();
        if (exchange.isHostIncludedInRequestURI()) {
            path = path.substring(path.indexOf('/', path.indexOf("//") + 2));
            exchange.setRequestURI(path);
        }
        String utf8 = StandardCharsets.UTF_8.name();
        try {
            int end = path.endsWith("?") ? path.length() - 1 : path.length();
            String decoded = URLUtils.decode(path.substring(0, end), utf8, false, false, new StringBuilder());
            if (decoded.indexOf(0) >= 0 || leadsAboveRoot(decoded)) {
                return false;
            }
            exchange.setRequestPath(decoded);
            exchange.setRelativePath(decoded);
            if (!exchange.getQueryString().isEmpty()) {
                URLUtils.parseQueryString(exchange.getQueryString(), exchange, utf8, true, maxParameters);
            }
            return true;
        } catch (IllegalArgumentException | ParameterLimitException e) {
            return false;
        }
    }

    private static boolean leadsAboveRoot(String path) {
        int depth = 0;
        // an encoded slash stays encoded, but a server behind this one may decode it
        for (String segment : path.substring(1).split("/|%2[fF]")) {
            if (segment.equals("..")) {
                depth--;
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                depth++;
            }
            if (depth < 0) {
                return true;
            }
        }
        return false;
    }
}
