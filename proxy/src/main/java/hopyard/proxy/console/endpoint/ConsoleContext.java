package hopyard.proxy.console.endpoint;

import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.running.HttpServer;
import hopyard.proxy.running.RunningServer;
import hopyard.proxy.server.Configuration;

/**
 * What the parts of the console are given: the server that they look at, and the clock that wakes them. Both outlive
 * reloads, so what runs is asked for each time.
 */
public record ConsoleContext(RunningServer server, Ticker ticker) {

    public HttpServer http() {
        return server.http();
    }

    /** The running configuration. */
    public Configuration configuration() {
        return http().configuration();
    }

    /** What the running configuration records; {@code null} where a reload has taken the console out of it. */
    public ExchangeLog exchangeLog() {
        return (ExchangeLog) Recorder.of(configuration());
    }

    /** The error log of the running configuration. */
    public ErrorLog errorLog() {
        return configuration().log();
    }
}
