package hopyard.proxy.modules;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;

/**
 * One {@code access_log} of a location.
 *
 * @param to where the lines go
 * @param format the format of a line
 * @param condition the {@code if=} parameter; {@code null} when every request is logged
 */
record AccessLog(Destination to, LogFormat format, Template condition) {

    /** Where the lines of requests go. */
    interface Destination {

        /** Appends the line of a finished exchange. Returns at once. */
        void append(Exchange exchange, String line);
    }

    /** Writes the line of a finished exchange. */
    void log(Exchange exchange) {
        if (condition != null) {
            String value = condition.eval(exchange);
            if (value.isEmpty() || value.equals("0")) {
                return;
            }
        }
        to.append(exchange, format.line(exchange));
    }
}
