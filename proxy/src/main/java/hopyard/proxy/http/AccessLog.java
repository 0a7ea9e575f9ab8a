package hopyard.proxy.http;

/**
 * One {@code access_log} of a location: where to, and in which format.
 *
 * @param file where lines go
 * @param format one line, its values already escaped by the variables' wrappers
 * @param condition the {@code if=} parameter; {@code null} when every request is logged
 */
public record AccessLog(LogFile file, LogFormat format, Template condition) {

    /** Writes the line of a finished exchange. */
    public void log(Exchange exchange) {
        if (condition != null) {
            String value = condition.eval(exchange);
            if (value.isEmpty() || value.equals("0")) {
                return;
            }
        }
        file.append(format.line(exchange));
    }
}
