package hopyard.http.server;

import hopyard.http.FieldNames;
import hopyard.http.Tokens;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Parses the complete head of a request (RFC 9112 §2 to §5). Whatever the grammar does not allow is a mistake, even
 * where nginx accepts it: no two servers may read a request in two ways. The handler is told by a {@link
 * RequestMistake}. There is one exception: a line may end in a line feed without a carriage return (§2.2), for people
 * who type requests.
 */
final class HeadParser {

    /** What an absolute target may begin with. */
    private static final List<String> SCHEMES = List.of("http://", "https://");

    private final byte[] bytes;
    private final int length;
    private final HttpServerExchange exchange;
    private int at;
    private int lineEnd;
    private int lines;
    private int authority;
    private int authorityEnd;
    private boolean isHttp11;
    private boolean hasHost;

    /**
     * @param exchange is given what the head says
     */
    HeadParser(byte[] bytes, int length, HttpServerExchange exchange) {
        this.bytes = bytes;
        this.length = length;
        this.exchange = exchange;
    }

    void parse() {
        nextLine();
        if (!requestLine()) {
            return;
        }
        while (nextLine() && lineEnd > at) {
            lines++;
            if (!field()) {
                return;
            }
        }
        if (isHttp11 && !hasHost) {
            invalid("client sent HTTP/1.1 request without \"Host\" header while reading client request headers");
            return;
        }
        RequestMistake framing = RequestFraming.mistake(exchange.getRequestHeaders(), isHttp11);
        if (framing != null) {
            mistake(framing.status(), framing.message());
        }
    }

    /** Reports a head that is larger than it may be. The rest of it is not waited for. */
    void isTooLarge() {
        nextLine();
        if (lineEnd == length) {
            mistake(414, "client sent too long URI while reading client request line");
        } else if (requestLine()) {
            mistake(
                    RequestMistake.HEADER_TOO_LARGE,
                    "client sent too large request header while reading client request headers");
        }
    }

    /** Goes to the next line. {@code lineEnd} is then where its text ends, before the line's CR or LF. */
    private boolean nextLine() {
        at = lineEnd == 0 ? 0 : lineEnd + (bytes[lineEnd] == '\r' ? 2 : 1);
        if (at >= length) {
            return false;
        }
        int end = at;
        while (end < length && bytes[end] != '\n') {
            end++;
        }
        lineEnd = end > at && bytes[end - 1] == '\r' ? end - 1 : end;
        return true;
    }

    // ---- the first line

    private boolean requestLine() {
        int start = at;
        int i = start;
        while (i < lineEnd && isMethodByte(bytes[i])) {
            i++;
        }
        if (i == start || i == lineEnd || bytes[i] != ' ') {
            return isNoRequest();
        }
        exchange.setRequestMethod(method(start, i));
        exchange.setProtocol(Protocols.HTTP_1_1);
        exchange.setRequestURI("");
        exchange.setRequestPath("");
        int target = ++i;
        while (i < lineEnd && bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '#') {
            i++;
        }
        if (i < lineEnd && bytes[i] != ' ') {
            return invalidLine();
        }
        if (exchange.getRequestMethod().equals(Methods.CONNECT)) {
            // its target is a host with a port (RFC 9112 §3.2.3)
            int port = i - 1;
            while (port > target && Tokens.isDigit(bytes[port])) {
                port--;
            }
            if (bytes[port] != ':' || port == i - 1 || !HostSyntax.isHost(bytes, target, i)) {
                return invalidLine();
            }
            return mistake(405, "client sent CONNECT method while reading client request line");
        }
        if (!target(target, i)) {
            return invalidLine();
        }
        return version(i + 1);
    }

    private boolean invalidLine() {
        return invalid("client sent invalid request while reading client request line");
    }

    private static boolean isMethodByte(byte b) {
        return b >= 'A' && b <= 'Z' || b == '_' || b == '-';
    }

    private HttpString method(int from, int to) {
        if (to - from == 3 && bytes[from] == 'G' && bytes[from + 1] == 'E' && bytes[from + 2] == 'T') {
            return Methods.GET;
        }
        return Methods.fromString(text(from, to));
    }

    /** Reads a request target in one of the forms of RFC 9112 §3.2, except that of CONNECT. */
    private boolean target(int from, int to) {
        if (to == from + 1 && bytes[from] == '*' && exchange.getRequestMethod().equals(Methods.OPTIONS)) {
            exchange.setRequestURI("*");
            exchange.setRequestPath("*");
            return true;
        }
        int path = from;
        boolean isAbsolute = from < to && bytes[from] != '/';
        if (isAbsolute) {
            authority = afterScheme(from, to);
            path = authority;
            while (path < to && bytes[path] != '/' && bytes[path] != '?') {
                path++;
            }
            authorityEnd = path;
            if (authority == 0 || !HostSyntax.isHost(bytes, authority, authorityEnd)) {
                return false;
            }
        }
        int query = path;
        while (query < to && bytes[query] != '?') {
            query++;
        }
        String uri = text(isAbsolute ? from : path, query);
        if (isAbsolute && query == path) {
            uri += "/";
        }
        // the query of "/?" is there, and empty
        exchange.setRequestURI(query == to - 1 ? uri + "?" : uri, isAbsolute);
        exchange.setRequestPath(uri);
        // setQueryString removes a leading question mark, but only the first one of the target is not part of the query
        boolean hasSecond = query + 1 < to && bytes[query + 1] == '?';
        exchange.setQueryString(query < to ? text(hasSecond ? query : query + 1, to) : "");
        return from < to;
    }

    /** Returns where the authority of an absolute target begins; 0 if this server does not have the target's scheme. */
    private int afterScheme(int from, int to) {
        for (String scheme : SCHEMES) {
            int end = from + scheme.length();
            if (end < to && text(from, end).equalsIgnoreCase(scheme)) {
                return end;
            }
        }
        return 0;
    }

    /** {@code "HTTP/" DIGIT "." DIGIT} (RFC 9112 §2.3), and nothing behind it. */
    private boolean version(int from) {
        if (from >= lineEnd) {
            return invalid("client sent HTTP/0.9 request while reading client request line");
        }
        boolean isVersion = lineEnd - from == 8
                && bytes[from] == 'H'
                && bytes[from + 1] == 'T'
                && bytes[from + 2] == 'T'
                && bytes[from + 3] == 'P'
                && bytes[from + 4] == '/'
                && Tokens.isDigit(bytes[from + 5])
                && bytes[from + 6] == '.'
                && Tokens.isDigit(bytes[from + 7]);
        if (!isVersion) {
            return invalidLine();
        }
        if (bytes[from + 5] != '1') {
            return mistake(505, "client sent invalid version while reading client request line");
        }
        isHttp11 = bytes[from + 7] != '0';
        exchange.setProtocol(isHttp11 ? Protocols.HTTP_1_1 : Protocols.HTTP_1_0);
        return true;
    }

    // ---- fields

    /** {@code token ":" OWS value OWS} (RFC 9112 §5); a line that begins with a blank would continue the one before. */
    private boolean field() {
        int i = at;
        int hash = 0;
        while (i < lineEnd && Tokens.isTokenChar(bytes[i])) {
            hash = hash * 31 + bytes[i];
            i++;
        }
        if (i == at || i == lineEnd || bytes[i] != ':') {
            return invalidField(i);
        }
        HttpString name = FieldNames.of(bytes, at, i, hash);
        int from = i + 1;
        while (from < lineEnd && isBlank(bytes[from])) {
            from++;
        }
        int to = lineEnd;
        while (to > from && isBlank(bytes[to - 1])) {
            to--;
        }
        for (int v = from; v < to; v++) {
            if (!Tokens.isFieldText(bytes[v])) {
                return invalidField(v);
            }
        }
        HeaderMap headers = exchange.getRequestHeaders();
        if (name.equals(Headers.HOST)) {
            if (hasHost) {
                return duplicate("host header", i, from, headers.getFirst(name));
            }
            hasHost = true;
            if (!HostSyntax.isHost(bytes, from, to)) {
                return mistake(
                        400, "client sent invalid host header while reading client request headers", text(from, to));
            }
            if (authority > 0) {
                // a host in the target is the one that counts (RFC 9112 §3.2.2)
                from = authority;
                to = authorityEnd;
            }
        } else if (FieldRules.isUnique(name) && headers.contains(name)) {
            return duplicate("header line", i, from, headers.getFirst(name));
        }
        if (lines > FieldRules.MAX_OF_A_NAME
                && (lines > FieldRules.MAX_LINES
                        || headers.contains(name) && headers.get(name).size() == FieldRules.MAX_OF_A_NAME)) {
            return mistake(
                    RequestMistake.HEADER_TOO_LARGE,
                    "client sent too many header lines while reading client request headers");
        }
        headers.add(name, text(from, to));
        return true;
    }

    /** As nginx does, this shows the line up to the byte that is wrong. */
    private boolean invalidField(int wrong) {
        String shown =
                wrong == lineEnd ? text(at, lineEnd) : text(at, wrong) + "\\x%02x...".formatted(bytes[wrong] & 0xff);
        return invalid("client sent invalid header line: \"" + shown + "\" while reading client request headers");
    }

    private boolean duplicate(String what, int nameEnd, int value, String previous) {
        String name = text(at, nameEnd);
        return invalid("client sent duplicate " + what + ": \"" + name + ": " + text(value, lineEnd)
                + "\", previous value: \"" + name + ": " + previous + "\" while reading client request headers");
    }

    // ---- mistakes

    /** What has come does not begin with a method. */
    boolean isNoRequest() {
        return invalid("client sent invalid method while reading client request line");
    }

    private boolean invalid(String message) {
        return mistake(400, message);
    }

    boolean mistake(int status, String message) {
        return mistake(status, message, null);
    }

    /**
     * Leaves the answer to the handler, and forgets what was understood of the content.
     *
     * @param invalidHost the Host field's value if that is the mistake; {@code null} if it is not
     */
    private boolean mistake(int status, String message, String invalidHost) {
        int end = 0;
        while (end < length && bytes[end] != '\r' && bytes[end] != '\n') {
            end++;
        }
        if (exchange.getRequestMethod() == null) {
            exchange.setRequestMethod(Methods.GET);
        }
        if (exchange.getProtocol() == null) {
            exchange.setProtocol(Protocols.HTTP_1_1);
        }
        if (exchange.getRequestURI() == null) {
            exchange.setRequestURI("");
            exchange.setRequestPath("");
        }
        exchange.getRequestHeaders().remove(Headers.TRANSFER_ENCODING);
        exchange.getRequestHeaders().remove(Headers.CONTENT_LENGTH);
        exchange.getRequestHeaders().remove(Headers.EXPECT);
        exchange.putAttachment(RequestMistake.KEY, new RequestMistake(status, message, text(0, end), invalidHost));
        return false;
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
