package hopyard.proxy.exchange;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Hostname;
import hopyard.trace.Durations;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The variables that every request has.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#variables">Embedded variables</a>
 */
public final class CoreVariables {

    private static final HttpString LINK = new HttpString("Link");
    private static final DateTimeFormatter TIME_LOCAL =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    private static final DateTimeFormatter TIME_ISO8601 = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx");

    private CoreVariables() {}

    /** Defines all of them. */
    public static void define(Variables v) {
        request(v);
        connection(v);
        response(v);
        families(v);
        v.define("time_local", x -> TIME_LOCAL.format(ZonedDateTime.now()));
        v.define("time_iso8601", x -> TIME_ISO8601.format(ZonedDateTime.now()));
        v.define("msec", x -> seconds(System.currentTimeMillis()));
        v.define("pid", x -> Long.toString(ProcessHandle.current().pid()));
        v.define("nginx_version", x -> ServerName.VERSION);
        v.define("hostname", x -> Hostname.VALUE);
    }

    private static void request(Variables v) {
        v.define("request", RequestLine::of);
        v.define("request_method", Exchange::method);
        v.define("request_uri", Exchange::requestUri);
        v.define("uri", Exchange::uri);
        v.define("document_uri", Exchange::uri);
        Variable args = x -> x.args().isEmpty() ? null : x.args();
        v.define("args", args);
        v.define("query_string", args);
        v.onSet("args", Exchange::args);
        v.define("is_args", x -> x.args().isEmpty() ? "" : "?");
        v.define("request_id", Exchange::requestId);
        v.define("host", x -> x.host().isEmpty() ? x.server().name() : x.host());
        v.define("server_name", x -> x.server().name());
        v.define("document_root", FilePath::rootOf);
        v.define(
                "request_filename",
                x -> Paths.toBytes(FilePath.of(x, x.uri()).toString())
                        + (x.uri().endsWith("/") ? "/" : ""));
        v.define("realpath_root", CoreVariables::realRoot);
        v.define("request_length", x -> Long.toString(MessageSizes.received(x)));
        v.define("scheme", x -> x.scheme());
        v.define("server_protocol", Exchange::protocol);
        v.define("content_length", CoreVariables::contentLength);
        v.define("content_type", x -> x.header(Headers.CONTENT_TYPE));
        v.define("https", x -> "https".equals(x.scheme()) ? "on" : "");
    }

    private static void connection(Variables v) {
        v.define("remote_addr", Exchange::remoteHost);
        v.define(
                "binary_remote_addr",
                x -> x.remoteAddress().isUnresolved()
                        ? "unix:"
                        : (x.client().ends().isMapped() && !x.hasRemoteAddress()
                                        ? "\0".repeat(10) + "\u00ff\u00ff"
                                        : "")
                                + new String(x.remoteAddress().getAddress().getAddress(), StandardCharsets.ISO_8859_1));
        v.define("remote_port", x -> {
            int port = x.remoteAddress().getPort();
            // a proxy that named the client may not have told its port
            return port == 0 ? "" : Integer.toString(port);
        });
        ProxyProtocolVariables.define(v);
        v.define("server_addr", x -> x.client().ends().localHost());
        v.define("server_port", x -> Integer.toString(x.client().local().getPort()));
        v.define("connection", x -> Long.toString(x.client().serial()));
        v.define("connection_time", x -> seconds(x.client().ageMillis()));
        v.define("connection_requests", x -> Long.toString(x.client().requests()));
    }

    private static void response(Variables v) {
        v.define("status", x -> status(x.status()));
        v.define("bytes_sent", x -> Long.toString(MessageSizes.sent(x)));
        v.define(
                "pipe",
                x -> x.client().carrier() != null && x.client().carrier().isPipelined() ? "p" : ".");
        v.definePrefix("sent_trailer_", name -> {
            HttpString field = headerName(name);
            return x -> x.response().trailer(field);
        });
        // Java does not offer what Linux knows about a connection
        for (String name : new String[] {"rtt", "rttvar", "snd_cwnd", "rcv_space"}) {
            v.define("tcpinfo_" + name, x -> null);
        }
        v.define("body_bytes_sent", x -> Long.toString(MessageSizes.bodySent(x)));
        v.define(
                "request_time",
                x -> seconds(Math.round(Durations.millisBetween(x.clock().begun(), System.nanoTime()))));
        v.define("request_completion", x -> x.response().isComplete() ? "OK" : "");
    }

    private static void families(Variables v) {
        v.definePrefix("http_", name -> {
            HttpString header = headerName(name);
            String separator = name.equals("cookie") ? "; " : name.equals("x_forwarded_for") ? ", " : null;
            return x -> joined(x.requestHeaders(), header, separator);
        });
        v.definePrefix("sent_http_", name -> {
            HttpString header = headerName(name);
            return x -> {
                HeaderValues values = x.responseHeaders().get(header);
                return values == null
                        ? null
                        : header.equals(Headers.CACHE_CONTROL) || header.equals(LINK)
                                ? String.join(", ", values)
                                : values.getFirst();
            };
        });
        v.definePrefix("arg_", name -> x -> argument(x.args(), name));
        v.definePrefix("cookie_", name -> x -> cookie(x, name));
    }

    private static String realRoot(Exchange x) {
        String root = FilePath.rootOf(x);
        try {
            return Paths.toBytes(Path.of(Paths.fromBytes(root)).toRealPath().toString());
        } catch (IOException e) {
            x.log(ErrorLog.Level.CRIT, "realpath() \"" + root + "\" failed (" + SystemErrors.text(e) + ")");
            return null;
        }
    }

    private static HttpString headerName(String variable) {
        return new HttpString(variable.replace('_', '-'));
    }

    /**
     * Returns a field's lines joined, or the first if {@code separator} is {@code null}; {@code null} if there are
     * none.
     */
    private static String joined(HeaderMap headers, HttpString name, String separator) {
        HeaderValues values = headers.get(name);
        if (values == null) {
            return null;
        }
        return separator == null || values.size() == 1 ? values.getFirst() : String.join(separator, values);
    }

    /** Returns the first value of an argument of a query, as it is written; {@code null} for none. */
    public static String argument(String args, String name) {
        for (int at = 0; at < args.length(); ) {
            int end = args.indexOf('&', at);
            end = end < 0 ? args.length() : end;
            int equals = at + name.length();
            if (equals < end && args.charAt(equals) == '=' && args.regionMatches(true, at, name, 0, name.length())) {
                return args.substring(equals + 1, end);
            }
            at = end + 1;
        }
        return null;
    }

    /** Returns the value of a cookie that the client has sent; {@code null} if it has sent none of that name. */
    public static String cookie(Exchange exchange, String name) {
        HeaderValues lines = exchange.requestHeaders().get(Headers.COOKIE);
        if (lines != null) {
            for (String line : lines) {
                String value = cookieIn(line, name);
                if (value != null) {
                    return value;
                }
            }
        }
        return null;
    }

    /** Finds a cookie as nginx does: a comma is the end of another one, too, but not of the one that is looked for. */
    private static String cookieIn(String line, String name) {
        int at = 0;
        while (at < line.length()) {
            int equals = behindBlanks(line, at + name.length());
            if (line.regionMatches(true, at, name, 0, name.length())
                    && equals < line.length()
                    && line.charAt(equals) == '=') {
                int from = behindBlanks(line, equals + 1);
                int end = line.indexOf(';', from);
                return line.substring(from, end < 0 ? line.length() : end);
            }
            while (at < line.length() && line.charAt(at) != ';' && line.charAt(at) != ',') {
                at++;
            }
            at = behindBlanks(line, at + 1);
        }
        return null;
    }

    private static int behindBlanks(String line, int from) {
        int at = from;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    /** Returns a status code with three digits. */
    private static String status(int code) {
        return code < 100 ? String.format("%03d", code) : Integer.toString(code);
    }

    /** Returns milliseconds as nginx prints times: seconds with three decimals. */
    public static String seconds(long millis) {
        long rest = millis % 1000;
        return millis / 1000 + (rest < 10 ? ".00" : rest < 100 ? ".0" : ".") + rest;
    }

    /** Returns what the client has said, or how much there was in chunks once all have come. */
    private static String contentLength(Exchange exchange) {
        String said = exchange.header(Headers.CONTENT_LENGTH);
        boolean hadNoLength = exchange.header(Headers.TRANSFER_ENCODING) != null
                || exchange.stream() > 0 && ClientContent.received(exchange) > 0;
        if (said == null && hadNoLength && exchange.trail() != null) {
            return exchange.trail().countedLength();
        }
        boolean isCounted = said == null && exchange.isRequestComplete() && hadNoLength;
        return isCounted ? Long.toString(ClientContent.received(exchange)) : said;
    }
}
