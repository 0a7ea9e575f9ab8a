package hopyard.proxy.exchange;

/** The trace that a request belongs to, for whoever leads people to it. */
public interface ExportedTrace {

    /** The key under which a client's request has it. */
    ExchangeKey<ExportedTrace> KEY = new ExchangeKey<>();

    /** Returns the id of a request's trace, 32 hex digits; {@code null} if no span of the request is exported. */
    static String idOf(Exchange exchange) {
        ExportedTrace its = exchange.get(KEY);
        return its == null ? null : its.exportedId();
    }

    /** Returns the trace's id; {@code null} if no span is exported. */
    String exportedId();
}
