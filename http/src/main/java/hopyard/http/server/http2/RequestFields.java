package hopyard.http.server.http2;

import hopyard.http.Tokens;
import hopyard.http.WebSocketKey;
import hopyard.http.http2.HpackDecoder;
import hopyard.http.http2.HpackField;
import hopyard.http.server.FieldRules;
import hopyard.http.server.HostSyntax;
import hopyard.http.server.RequestMistake;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.nio.charset.StandardCharsets;

/**
 * Takes the fields of a request's head, strictly (RFC 9113 §8.2 and §8.3): what HTTP/1.1 could not say must not get to
 * a server that speaks it. The first mistake is kept for the handler, as with HTTP/1.1.
 */
final class RequestFields implements HpackDecoder.Receiver {

    private static final HttpString METHOD = new HttpString(":method");
    private static final HttpString SCHEME = new HttpString(":scheme");
    private static final HttpString PATH = new HttpString(":path");
    private static final HttpString AUTHORITY = new HttpString(":authority");
    private static final HttpString PROTOCOL = new HttpString(":protocol");
    private static final HttpString KEEP_ALIVE = new HttpString("keep-alive");
    private static final HttpString PROXY_CONNECTION = new HttpString("proxy-connection");
    private static final HttpString SEC_WEBSOCKET_KEY = new HttpString("Sec-WebSocket-Key");

    private static final String WEBSOCKET = "websocket";
    private static final String CONNECT = "CONNECT";

    private static final String READING = " while reading client request headers";

    private final long maxSize;
    private HeaderMap fields;
    private String method;
    private String scheme;
    private String path;
    private String authority;
    private String protocol;
    private StringBuilder cookie;
    private boolean hasOrdinary;
    private int lines;
    private long size;
    private int status;
    private String mistake;
    private String wrongHost;

    /** @param maxSize how large the fields may be in all, in bytes */
    RequestFields(long maxSize) {
        this.maxSize = maxSize;
    }

    /** Begins with another head. */
    void begin() {
        fields = new HeaderMap();
        method = null;
        scheme = null;
        path = null;
        authority = null;
        protocol = null;
        cookie = null;
        hasOrdinary = false;
        lines = 0;
        size = 0;
        status = 0;
        mistake = null;
        wrongHost = null;
    }

    @Override
    public void field(HpackField field) {
        size += field.size() - HpackField.OVERHEAD;
        if (size > maxSize || ++lines > FieldRules.MAX_LINES) {
            wrong(
                    RequestMistake.HEADER_TOO_LARGE,
                    size > maxSize ? "client sent too large request header" : "client sent too many header lines");
        }
        if (status != 0) {
            return;
        }
        if (!field.hasGoodName()) {
            invalid("client sent invalid header name: \"" + field.name() + "\"");
        } else if (!field.hasGoodValue()) {
            invalid("client sent header \"" + field.name() + "\" with invalid value: \"" + field.value() + "\"");
        } else if (field.isPseudo()) {
            pseudo(field);
        } else {
            hasOrdinary = true;
            ordinary(field.name(), field.value());
        }
    }

    private void pseudo(HpackField field) {
        HttpString name = field.name();
        if (hasOrdinary) {
            invalid("client sent pseudo-header \"" + name + "\" after other headers");
        } else if (name.equals(METHOD)) {
            only(name, method);
            method = field.value();
        } else if (name.equals(PATH)) {
            only(name, path);
            path = field.value();
        } else if (name.equals(SCHEME)) {
            only(name, scheme);
            scheme = field.value();
        } else if (name.equals(AUTHORITY)) {
            only(name, authority);
            authority = field.value();
        } else if (name.equals(PROTOCOL)) {
            only(name, protocol);
            protocol = field.value();
        } else {
            invalid("client sent unknown pseudo-header \"" + name + "\"");
        }
    }

    private void only(HttpString name, String earlier) {
        if (earlier != null) {
            invalid("client sent duplicate " + name + " header");
        }
    }

    private void ordinary(HttpString name, String value) {
        if (name.equals(Headers.COOKIE)) {
            // a client may cut it into pieces (§8.2.3)
            if (cookie == null && fields.contains(Headers.COOKIE)) {
                cookie = new StringBuilder(fields.getFirst(Headers.COOKIE));
            }
            if (cookie != null) {
                cookie.append("; ").append(value);
                return;
            }
        } else if (name.equals(Headers.CONNECTION)
                || name.equals(Headers.TRANSFER_ENCODING)
                || name.equals(Headers.UPGRADE)
                || name.equals(KEEP_ALIVE)
                || name.equals(PROXY_CONNECTION)) {
            invalid("client sent \"" + name + "\" header, which HTTP/2 does not have");
            return;
        } else if (name.equals(Headers.TE) && !value.equalsIgnoreCase("trailers")) {
            invalid("client sent \"te\" header with another value than \"trailers\": \"" + value + "\"");
            return;
        } else if (name.equals(Headers.HOST) && fields.contains(name)) {
            duplicate("host header", name, value);
            return;
        } else if (FieldRules.isUnique(name) && fields.contains(name)) {
            duplicate("header line", name, value);
            return;
        }
        if (lines > FieldRules.MAX_OF_A_NAME
                && fields.contains(name)
                && fields.get(name).size() == FieldRules.MAX_OF_A_NAME) {
            wrong(RequestMistake.HEADER_TOO_LARGE, "client sent too many header lines");
            return;
        }
        fields.add(name, value);
    }

    private void duplicate(String what, HttpString name, String value) {
        invalid("client sent duplicate " + what + ": \"" + name + ": " + value + "\", previous value: \"" + name + ": "
                + fields.getFirst(name) + '"');
    }

    private void invalid(String what) {
        wrong(400, what);
    }

    private void wrong(int code, String what) {
        if (status == 0) {
            status = code;
            mistake = what + READING;
        }
    }

    // ---- the head as a whole

    /** Makes the exchange; its head may hold a {@link RequestMistake}. */
    HttpServerExchange exchange(Http2Stream stream, boolean isTls) {
        HttpServerExchange exchange = new HttpServerExchange(stream, fields, new HeaderMap(), -1);
        exchange.setProtocol(Protocols.HTTP_2_0);
        exchange.setPersistent(true);
        exchange.setRequestScheme(isTls ? "https" : "http");
        exchange.setRequestURI("");
        exchange.setRequestPath("");
        if (cookie != null) {
            fields.put(Headers.COOKIE, cookie.toString());
        }
        if (status == 0) {
            checkPseudo();
        }
        if (status == 0) {
            checkHost();
        }
        if (status == 0) {
            target(exchange);
        }
        boolean isMethod = method != null && isMethod(method);
        exchange.setRequestMethod(isMethod ? method(method) : Methods.GET);
        if (status == 0 && protocol != null) {
            tunnel(exchange, stream);
        }
        if (status == 0) {
            String length = fields.getFirst(Headers.CONTENT_LENGTH);
            if (length != null && !FieldRules.isLength(length)) {
                invalid("client sent invalid \"Content-Length\" header");
            }
        }
        if (status != 0) {
            fields.remove(Headers.CONTENT_LENGTH);
            fields.remove(Headers.EXPECT);
            boolean hasLine = isMethod && path != null;
            exchange.putAttachment(
                    RequestMistake.KEY,
                    new RequestMistake(status, mistake, hasLine ? method + " " + path + " HTTP/2.0" : "", wrongHost));
        }
        return exchange;
    }

    private static HttpString method(String name) {
        return name.equals("GET") ? Methods.GET : Methods.fromString(name);
    }

    private static boolean isMethod(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 'A' || c > 'Z') && c != '_' && c != '-') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private void checkPseudo() {
        if (method == null) {
            invalid("client sent no :method header");
        } else if (!isMethod(method)) {
            invalid("client sent invalid method: \"" + method + '"');
        } else if (protocol != null && !method.equals(CONNECT)) {
            invalid("client sent :protocol header with " + method + " method");
        } else if (protocol == null && method.equals(CONNECT)) {
            wrong(405, "client sent CONNECT method");
        } else if (scheme == null) {
            invalid("client sent no :scheme header");
        } else if (!isScheme(scheme)) {
            invalid("client sent invalid :scheme header: \"" + scheme + '"');
        } else if (path == null) {
            invalid("client sent no :path header");
        } else if (protocol != null && !protocol.equals(WEBSOCKET)) {
            wrong(501, "client sent unknown :protocol header: \"" + protocol + '"');
        }
    }

    /**
     * Makes the request for a WebSocket what it would be over HTTP/1.1 (RFC 8441 §5): from here on nobody has to know
     * both ways of asking for one.
     */
    private void tunnel(HttpServerExchange exchange, Http2Stream stream) {
        if (fields.contains(Headers.CONTENT_LENGTH)) {
            invalid("client sent \"Content-Length\" header with CONNECT method");
            return;
        }
        stream.asksForTunnel();
        exchange.setRequestMethod(Methods.GET);
        fields.remove(Headers.EXPECT);
        fields.put(Headers.CONNECTION, "Upgrade");
        fields.put(Headers.UPGRADE, WEBSOCKET);
        fields.put(SEC_WEBSOCKET_KEY, WebSocketKey.make());
    }

    private static boolean isScheme(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = (char) (text.charAt(i) | 0x20);
            boolean isLetter = c >= 'a' && c <= 'z';
            if (!isLetter && (i == 0 || !Tokens.isDigit((byte) text.charAt(i)) && "+-.".indexOf(text.charAt(i)) < 0)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private void checkHost() {
        String host = fields.getFirst(Headers.HOST);
        String said = authority == null ? host : authority;
        if (said == null) {
            invalid("client sent HTTP/2.0 request without \":authority\" or \"Host\" header");
            return;
        }
        byte[] bytes = said.getBytes(StandardCharsets.ISO_8859_1);
        if (!HostSyntax.isHost(bytes, 0, bytes.length)) {
            wrongHost = said;
            invalid("client sent invalid host header");
        } else if (authority != null && host != null && !authority.equalsIgnoreCase(host)) {
            // §8.3.1: somebody behind this server might look at the other one
            invalid("client sent \":authority\" and \"Host\" headers with different values: \"" + authority
                    + "\" and \"" + host + '"');
        } else if (host == null) {
            fields.put(Headers.HOST, authority);
        }
    }

    /** Sets the target: a path with perhaps a query, or an asterisk (§8.3.1). */
    private void target(HttpServerExchange exchange) {
        if (path.equals("*") && method.equals("OPTIONS")) {
            exchange.setRequestURI("*");
            exchange.setRequestPath("*");
            return;
        }
        boolean isTarget = path.startsWith("/");
        int query = -1;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            isTarget &= c > ' ' && c < 0x7f && c != '#';
            query = query < 0 && c == '?' ? i : query;
        }
        if (!isTarget) {
            invalid("client sent invalid :path header: \"" + path + '"');
            return;
        }
        String uri = query < 0 ? path : path.substring(0, query);
        // the query of "/?" is there, and empty
        exchange.setRequestURI(query == path.length() - 1 ? path : uri);
        exchange.setRequestPath(uri);
        // setQueryString removes a leading question mark, but only the first one of the target is not part of the query
        boolean hasSecond = query >= 0 && path.startsWith("??", query);
        exchange.setQueryString(query < 0 ? "" : path.substring(hasSecond ? query : query + 1));
    }
}
