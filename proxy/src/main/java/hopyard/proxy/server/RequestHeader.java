package hopyard.proxy.server;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import java.util.Locale;

/** Reads the path, the target and the host from the header of a request. */
public final class RequestHeader {

    private RequestHeader() {}

    /** Returns the path of the request target, whichever form the target has. */
    public static String pathOf(HttpServerExchange http) {
        String target = http.getRequestURI();
        if (target.endsWith("?")) {
            target = target.substring(0, target.length() - 1);
        }
        if (!http.isHostIncludedInRequestURI()) {
            return target;
        }
        int slash = target.indexOf('/', target.indexOf("://") + 3);
        return slash < 0 ? "/" : target.substring(slash);
    }

    /** Returns the target as it was received, without a scheme and a host: the path, and the query if there is one. */
    public static String targetOf(HttpServerExchange http, String path) {
        String query = http.getQueryString();
        if (query.isEmpty()) {
            return http.getRequestURI().endsWith("?") ? path + "?" : path;
        }
        return path + "?" + query;
    }

    /** Returns the host in the value of a {@code Host} field. */
    static String hostOf(String text) {
        int colon = text.lastIndexOf(':');
        if (colon > text.lastIndexOf(']')) {
            text = text.substring(0, colon);
        }
        if (text.endsWith(".")) {
            text = text.substring(0, text.length() - 1);
        }
        return text.toLowerCase(Locale.ROOT);
    }

    /** The memory that a field line takes besides its text, in bytes: four objects and a part of a table; measured. */
    private static final int LINE = 150;

    /**
     * Returns how many bytes the field lines take on the heap while the request is under way: twice their text, because
     * the copy that is sent to an upstream may be recorded, and {@value #LINE} for each line. Returns a negative number
     * if a line is longer than a buffer, or all lines are more than the buffers hold.
     */
    public static long memory(HeaderMap headers, long longest, int lines) {
        long total = 0;
        int count = 0;
        for (long i = headers.fastIterate(); i != -1L; i = headers.fiNext(i)) {
            HeaderValues values = headers.fiCurrent(i);
            int name = values.getHeaderName().length() + 4;
            count += values.size();
            for (int v = 0; v < values.size(); v++) {
                int line = name + values.get(v).length();
                total += line;
                if (line > longest) {
                    return -1;
                }
            }
        }
        return total > longest * lines ? -1 : 2 * total + (long) LINE * count;
    }
}
