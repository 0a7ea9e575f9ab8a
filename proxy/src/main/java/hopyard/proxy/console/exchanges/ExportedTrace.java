package hopyard.proxy.console.exchanges;

import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.trace.TraceParent;
import io.undertow.util.HttpString;
import java.util.List;

/** Which trace an exchange belongs to. */
final class ExportedTrace {

    private static final HttpString TRACEPARENT = new HttpString(TraceParent.NAME);

    private ExportedTrace() {}

    /**
     * Returns the id of the trace that has the exchange; {@code null} if none was exported.
     *
     * @param isExporting whether this proxy exports traces
     */
    static String id(ExchangeRecord record, boolean isExporting) {
        Attempt last = record.lastTry();
        if (last != null && last.sentHead() != null) {
            return sampled(Fields.values(Fields.of(last.sentHead()), TRACEPARENT));
        }
        List<String> given = Fields.values(Fields.of(record.fromClient()), TRACEPARENT);
        boolean isContinued =
                given.stream().anyMatch(each -> TraceParent.parse(each).isPresent());
        // a trace that begins here has the id of the request
        return !isExporting ? null : isContinued ? sampled(given) : record.requestId();
    }

    private static String sampled(List<String> fields) {
        TraceParent trace =
                fields.isEmpty() ? null : TraceParent.parse(fields.get(0)).orElse(null);
        return trace == null || (Character.digit(trace.flags().charAt(1), 16) & 1) == 0 ? null : trace.traceId();
    }
}
