package hopyard.proxy.modules.otel;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Ends the spans of the exchanges that end in a location, and has them exported. */
public final class ExportedExchanges {

    private final OtelExport export;
    private final Template name;
    private final String[] names;
    private final Template[] values;

    /**
     * @param name {@code otel_span_name}; {@code null} for the location's name
     * @param attributes {@code otel_span_attr}
     */
    public ExportedExchanges(OtelExport export, Template name, Map<String, Template> attributes) {
        this.export = export;
        this.name = name;
        names = attributes.keySet().toArray(String[]::new);
        values = attributes.values().toArray(Template[]::new);
    }

    /** Exports an exchange that is over, if it is traced. */
    public void add(Exchange exchange) {
        OtelContext context = OtelContext.of(exchange);
        if (context != null && context.isSampled()) {
            String its = name == null ? exchange.location().name() : name.eval(exchange);
            export.add(exchange, new ExchangeSpans(exchange, context, its, attributes(exchange)));
        }
    }

    private Map<String, Object> attributes(Exchange exchange) {
        if (names.length == 0) {
            return Map.of();
        }
        Map<String, Object> out = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            String value = values[i].eval(exchange);
            boolean isField =
                    names[i].startsWith("http.request.header.") || names[i].startsWith("http.response.header.");
            out.put(names[i], isField ? List.of(value) : value);
        }
        return out;
    }
}
