package io.undertow.server.protocol.http;

import hopyard.http.Tokens;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.Protocols;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.xnio.OptionMap;

/**
 * Parses the head of a request (RFC 9112 §2 to §5). What the grammar does not allow is a mistake, also where nginx looks
 * away: no two servers shall read a request in two ways. The one freedom that is taken is a line feed without carriage
 * return at a line's end (§2.2), for people who type requests. Stands in for Undertow's own class of this name, which has
 * rules of its own and answers what it does not like by itself; here, the handler hears of a {@link RequestMistake}.
 *
 * <p>It is found because this module comes before Undertow on the class path.
 */
final class RequestParser {

    /** No head may have more field lines; later nginx has the same limit ({@code max_headers}). */
    private static final int MOST_LINES = 1000;

    /** Undertow counts the lines with the same name in a byte. */
    private static final int MOST_OF_A_NAME = Byte.MAX_VALUE;

    /** Fields that may stand only once. */
    private static final Set<HttpString> UNIQUE = Set.of(
            Headers.IF_MODIFIED_SINCE,
            Headers.IF_UNMODIFIED_SINCE,
            Headers.IF_MATCH,
            Headers.IF_NONE_MATCH,
            Headers.CONTENT_LENGTH,
            Headers.CONTENT_RANGE,
            Headers.IF_RANGE,
            Headers.TRANSFER_ENCODING,
            Headers.EXPECT,
            Headers.AUTHORIZATION);

    /** Other codings, and then "chunked" once (RFC 9112 §6.1). */
    private static final Pattern CODINGS_AND_CHUNKED =
            Pattern.compile("(?i)(?:(?!chunked\\b)[!#$%&'*+.^_`|~0-9a-z-]+[ \t]*,[ \t]*)+chunked");

    /** What a host's name may hold beside letters and digits: unreserved, percent-encoded, sub-delims (RFC 3986). */
    private static final String HOST_SIGNS = "-._~%!$&'()*+,;=";

    /** What an absolute target may begin with. */
    private static final List<String> SCHEMES = List.of("http://", "https://");

    /** Names that have been seen before; threads may overwrite each other's, which costs a new object and no more. */
    private static final HttpString[] NAMES = new HttpString[1024];

    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[16 << 10]);

    private static final RequestParser INSTANCE = new RequestParser();

    private RequestParser() {}

    static RequestParser instance(OptionMap options) {
        return INSTANCE;
    }

    /** Takes bytes of a request's head; the state is complete when there are no more of it. */
    void handle(ByteBuffer buffer, RequestState state, HttpServerExchange exchange) {
        if (state.length() == 0) {
            skipEmptyLines(buffer);
            int end = end(buffer);
            if (end > 0) {
                int length = end - buffer.position();
                byte[] bytes = length <= SCRATCH.get().length ? SCRATCH.get() : new byte[length];
                buffer.get(bytes, 0, length);
                state.complete();
                new Head(bytes, length, exchange).parse();
                return;
            }
        }
        // it comes in pieces
        int longest = exchange.getConnection().getUndertowOptions().get(UndertowOptions.MAX_HEADER_SIZE, 32 << 10);
        while (buffer.hasRemaining() && !state.isComplete()) {
            int line = buffer.position();
            while (line < buffer.limit() && buffer.get(line) != '\n') {
                line++;
            }
            boolean isLine = line < buffer.limit();
            boolean isTaken = state.append(buffer, isLine ? line + 1 : line);
            Head head = new Head(state.bytes(), state.length(), exchange);
            if (!isTaken) {
                state.complete();
                head.mistake(503, "memory is used up while reading client request headers");
            } else if (state.length() > longest) {
                state.complete();
                head.isTooLarge();
            } else if (isLine && endsHead(state.bytes(), state.length())) {
                state.complete();
                head.parse();
            }
        }
    }

    private static void skipEmptyLines(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            byte b = buffer.get(buffer.position());
            if (b != '\r' && b != '\n') {
                return;
            }
            buffer.get();
        }
    }

    /** Where the head ends in the buffer: the index after its empty line, or 0 if that is not there. */
    private static int end(ByteBuffer buffer) {
        int limit = buffer.limit();
        int lineStart = buffer.position();
        boolean isFirst = true;
        for (int i = lineStart; i < limit; i++) {
            if (buffer.get(i) == '\n') {
                if (i == lineStart || i == lineStart + 1 && buffer.get(lineStart) == '\r') {
                    return i + 1;
                }
                if (isFirst && !hasVersion(buffer, lineStart, i)) {
                    return i + 1;
                }
                isFirst = false;
                lineStart = i + 1;
            }
        }
        return 0;
    }

    /** Whether a first line ends with a version; one without belongs to HTTP/0.9, and nothing follows it. */
    private static boolean hasVersion(ByteBuffer buffer, int from, int to) {
        for (int i = from; i + 4 < to; i++) {
            if (buffer.get(i) == ' ' && buffer.get(i + 1) == 'H' && buffer.get(i + 4) == 'P') {
                return true;
            }
        }
        return false;
    }

    private static boolean endsHead(byte[] bytes, int length) {
        int lastLine = length - 2;
        if (lastLine >= 0 && bytes[lastLine] == '\r') {
            lastLine--;
        }
        if (lastLine >= 0 && bytes[lastLine] == '\n') {
            return true;
        }
        for (int i = 0; i < length - 1; i++) {
            if (bytes[i] == '\n') {
                return false;
            }
        }
        return !hasVersion(ByteBuffer.wrap(bytes), 0, length);
    }

    /** One head, all of which is there. */
    private static final class Head {

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

        Head(byte[] bytes, int length, HttpServerExchange exchange) {
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
            framing();
        }

        /** There is more of it than may be, and nobody waits for the rest. */
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

        /** Goes to the next line; its end leaves out the line's own. */
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
                return invalid("client sent invalid method while reading client request line");
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

        /** One of the forms of RFC 9112 §3.2, but for that of CONNECT. */
        private boolean target(int from, int to) {
            if (to == from + 1
                    && bytes[from] == '*'
                    && exchange.getRequestMethod().equals(Methods.OPTIONS)) {
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
                if (authority == 0 || !isHost(authority, authorityEnd)) {
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
            // setQueryString takes a question mark away at the beginning, and only the first is none of the query
            boolean hasSecond = query + 1 < to && bytes[query + 1] == '?';
            exchange.setQueryString(query < to ? text(hasSecond ? query : query + 1, to) : "");
            return from < to;
        }

        /** Where the authority of an absolute target begins; 0 if its scheme is none that this server has. */
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
                    && isDigit(bytes[from + 5])
                    && bytes[from + 6] == '.'
                    && isDigit(bytes[from + 7]);
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
                return invalidField();
            }
            HttpString name = name(at, i, hash);
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
                    return invalidField();
                }
            }
            HeaderMap headers = exchange.getRequestHeaders();
            if (name.equals(Headers.HOST)) {
                if (hasHost) {
                    return invalid("client sent duplicate host header while reading client request headers");
                }
                hasHost = true;
                if (!isHost(from, to)) {
                    return invalid("client sent invalid host header while reading client request headers");
                }
                if (authority > 0) {
                    // a host in the target is the one that counts (RFC 9112 §3.2.2)
                    from = authority;
                    to = authorityEnd;
                }
            } else if (UNIQUE.contains(name) && headers.contains(name)) {
                return invalid("client sent duplicate header line: \"" + text(at, lineEnd)
                        + "\" while reading client request headers");
            }
            if (lines > MOST_OF_A_NAME
                    && (lines > MOST_LINES
                            || headers.contains(name) && headers.get(name).size() == MOST_OF_A_NAME)) {
                return mistake(
                        RequestMistake.HEADER_TOO_LARGE,
                        "client sent too many header lines while reading client request headers");
            }
            headers.add(name, text(from, to));
            return true;
        }

        private boolean invalidField() {
            return invalid("client sent invalid header line: \"" + text(at, lineEnd)
                    + "\" while reading client request headers");
        }

        /**
         * {@code uri-host [ ":" port ]} (RFC 9110 §7.2, RFC 3986 §3.2.2), not empty, and as in nginx without two dots in a
         * row.
         */
        private boolean isHost(int from, int to) {
            int i = from;
            if (i < to && bytes[i] == '[') {
                do {
                    i++;
                } while (i < to && (isAlphanumeric(bytes[i]) || bytes[i] == ':' || bytes[i] == '.'));
                if (i == to || bytes[i] != ']' || i < from + 3) {
                    return false;
                }
                i++;
            } else {
                while (i < to && bytes[i] != ':') {
                    boolean isDoubled = bytes[i] == '.' && i > from && bytes[i - 1] == '.';
                    if (isDoubled || !isAlphanumeric(bytes[i]) && HOST_SIGNS.indexOf(bytes[i]) < 0) {
                        return false;
                    }
                    i++;
                }
            }
            boolean isNothing = i == from || i == from + 1 && bytes[from] == '.';
            if (isNothing || i < to && bytes[i] != ':') {
                return false;
            }
            int port = i + 1;
            while (port < to && isDigit(bytes[port])) {
                port++;
            }
            return port >= to && to - i <= 6;
        }

        private HttpString name(int from, int to, int hash) {
            int slot = (hash ^ hash >>> 10 ^ hash >>> 20) & NAMES.length - 1;
            HttpString known = NAMES[slot];
            if (known != null && known.length() == to - from) {
                int i = from;
                while (i < to && known.byteAt(i - from) == bytes[i]) {
                    i++;
                }
                if (i == to) {
                    return known;
                }
            }
            HttpString made = new HttpString(bytes, from, to - from);
            NAMES[slot] = made;
            return made;
        }

        // ---- the length of the body (RFC 9112 §6.3)

        private void framing() {
            HeaderMap headers = exchange.getRequestHeaders();
            String coding = headers.getFirst(Headers.TRANSFER_ENCODING);
            String size = headers.getFirst(Headers.CONTENT_LENGTH);
            if (size != null && !isLength(size)) {
                invalid("client sent invalid \"Content-Length\" header while reading client request headers");
            } else if (coding != null && !isHttp11) {
                invalid("client sent HTTP/1.0 request with \"Transfer-Encoding\" header while reading client request"
                        + " headers");
            } else if (coding != null && size != null) {
                invalid(
                        "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time while reading"
                                + " client request headers");
            } else if (coding != null && !coding.equalsIgnoreCase("chunked")) {
                // without "chunked" at its end nobody knows how long the content is; with it, it could be decoded
                boolean isFramed = CODINGS_AND_CHUNKED.matcher(coding).matches();
                mistake(
                        isFramed ? 501 : 400,
                        "client sent unknown \"Transfer-Encoding\": \"" + coding
                                + "\" while reading client request headers");
            }
        }

        /** Digits (RFC 9110 §8.6), and no more than a long can hold. */
        private static boolean isLength(String size) {
            int digits = 0;
            for (int i = 0; i < size.length(); i++) {
                char c = size.charAt(i);
                if (c < '0' || c > '9') {
                    return false;
                }
                digits += digits > 0 || c != '0' ? 1 : 0;
            }
            return !size.isEmpty() && digits <= 18;
        }

        // ---- mistakes

        private boolean invalid(String message) {
            return mistake(400, message);
        }

        /** The handler is to answer; what was understood of a body is forgotten. */
        private boolean mistake(int status, String message) {
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
            exchange.putAttachment(RequestMistake.KEY, new RequestMistake(status, message, text(0, end)));
            return false;
        }

        private String text(int from, int to) {
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }

        private static boolean isDigit(byte b) {
            return b >= '0' && b <= '9';
        }

        private static boolean isBlank(byte b) {
            return b == ' ' || b == '\t';
        }

        private static boolean isAlphanumeric(byte b) {
            return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || isDigit(b);
        }
    }
}
