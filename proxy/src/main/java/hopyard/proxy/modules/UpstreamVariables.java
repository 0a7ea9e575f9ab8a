package hopyard.proxy.modules;

import hopyard.proxy.exchange.CoreVariables;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.exchange.Variables;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.StringJoiner;
import java.util.function.Function;

/**
 * Variables about the servers that a request was sent to: {@code $upstream_…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables">variables</a>
 */
final class UpstreamVariables {

    private UpstreamVariables() {}

    static void define(Variables v) {
        v.define("upstream_addr", list(UpstreamTry::server));
        v.define("upstream_status", list(t -> t.status() == 0 ? "-" : Integer.toString(t.status())));
        v.define("upstream_connect_time", list(t -> seconds(t.connectNanos())));
        v.define("upstream_header_time", list(t -> seconds(t.headerNanos())));
        v.define("upstream_response_time", list(t -> seconds(t.responseNanos())));
        v.define("upstream_bytes_received", list(t -> Long.toString(t.bytesRead())));
        v.define("upstream_bytes_sent", list(t -> Long.toString(t.bytesWritten())));
        // only the commercial nginx has a queue
        v.define("upstream_queue_time", list(t -> "-"));
        v.definePrefix("upstream_trailer_", name -> exchange -> null);
        v.define("upstream_response_length", list(t -> Long.toString(t.bytesReceived())));
        v.definePrefix("upstream_http_", name -> {
            HttpString field = new HttpString(name.replace('_', '-'));
            v.keepUpstreamField(field);
            return exchange -> {
                HeaderMap fields = exchange.upstream().fields();
                return fields == null ? null : fields.getFirst(field);
            };
        });
        v.definePrefix("upstream_cookie_", name -> {
            v.keepUpstreamField(Headers.SET_COOKIE);
            return exchange -> {
                HeaderMap fields = exchange.upstream().fields();
                return fields == null ? null : setCookie(fields.get(Headers.SET_COOKIE), name);
            };
        });
    }

    /** Returns the value of a cookie, as nginx finds it: blanks may stand around the equals sign. */
    private static String setCookie(HeaderValues lines, String name) {
        if (lines != null) {
            for (String line : lines) {
                int equals = blanksEnd(line, name.length());
                if (line.regionMatches(true, 0, name, 0, name.length())
                        && equals < line.length()
                        && line.charAt(equals) == '=') {
                    int from = blanksEnd(line, equals + 1);
                    int end = line.indexOf(';', from);
                    return line.substring(from, end < 0 ? line.length() : end);
                }
            }
        }
        return null;
    }

    private static int blanksEnd(String line, int from) {
        int at = from;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        return at;
    }

    /** Returns a variable that lists one value for each attempt, as in nginx. */
    private static Variable list(Function<UpstreamTry, String> value) {
        return (Exchange x) -> {
            if (x.upstream().tries().isEmpty()) {
                return null;
            }
            if (x.upstream().tries().size() == 1) {
                return value.apply(x.upstream().tries().get(0));
            }
            StringJoiner all = new StringJoiner(", ");
            x.upstream().tries().forEach(t -> all.add(value.apply(t)));
            return all.toString();
        };
    }

    private static String seconds(long nanos) {
        return nanos < 0 ? "-" : CoreVariables.seconds(Math.round(nanos / 1e6));
    }
}
