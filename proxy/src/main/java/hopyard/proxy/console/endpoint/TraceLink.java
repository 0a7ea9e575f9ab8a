package hopyard.proxy.console.endpoint;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.util.regex.Pattern;

/**
 * A page elsewhere that shows a trace: {@code hop_trace_link}.
 *
 * @param url has {@link #ID} where the trace's id belongs
 * @param name what shows it there
 */
public record TraceLink(String url, String name) {

    private static final String ID = "$otel_trace_id";

    /** Nothing but a link to a page: no script, and nothing that would end an attribute. */
    private static final Pattern URL = Pattern.compile("https?://[!#-;=?-~]+");

    private static final String DEFAULT_NAME = "Jaeger";

    /** Reads {@code hop_trace_link URL [NAME]}. */
    public static TraceLink read(Scope scope, Directive d, TraceLink former) throws ConfException {
        if (!URL.matcher(d.arg(0)).matches() || !d.arg(0).contains(ID)) {
            throw d.error(
                    "invalid URL \"" + d.arg(0) + "\" in \"hop_trace_link\" directive, it must begin with http:// or"
                            + " https://, and have " + ID + " where the trace's id belongs");
        }
        return new TraceLink(d.arg(0), d.args().size() == 2 ? d.arg(1) : DEFAULT_NAME);
    }

    /** Returns the URL for a trace. */
    public String to(String traceId) {
        return url.replace(ID, traceId);
    }
}
