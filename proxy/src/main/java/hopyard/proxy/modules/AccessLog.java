package hopyard.proxy.modules;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.LogFile;

/**
 * One {@code access_log} of a location.
 *
 * @param file the file that the lines go to
 * @param format the format of a line
 * @param condition the {@code if=} parameter; {@code null} when every request is logged
 */
record AccessLog(LogFile file, LogFormat format, Template condition) {

    /** Writes the line of a finished exchange. */
    void log(Exchange exchange) {
        if (condition != null) {
            String value = condition.eval(exchange);
            if (value.isEmpty() || value.equals("0")) {
                return;
            }
        }
        file.append(format.line(exchange));
    }
}
