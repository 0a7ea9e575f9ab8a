package hopyard.proxy.console.endpoint;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.PhaseHandler;

/**
 * A location that is the console.
 *
 * @param opener takes the requests
 * @param prefix what the URIs of its requests begin with
 * @param directive its {@code hop_console}
 * @param peers its {@code hop_peers}; {@code null} for none
 * @param traceLink where traces are shown; {@code null} if nobody has said
 */
public record ConsoleLocation(
        Opener opener, Guard guard, String prefix, Directive directive, HopPeers peers, TraceLink traceLink)
        implements PhaseHandler {

    /** Takes requests to a location that is the console. */
    public interface Opener {

        /** Takes an exchange whose location is a console; runs on its I/O thread. */
        void handle(Exchange exchange, ConsoleLocation location);
    }

    @Override
    public Result handle(Exchange exchange) {
        if (exchange.trail() != null) {
            exchange.trail().asksConsole(directive);
        } else {
            opener.handle(exchange, this);
        }
        return Result.TAKEN;
    }

    /** Whether the configuration may be changed here. */
    public boolean mayEdit() {
        return !directive.args().isEmpty();
    }

    /** What a URI names in the console: {@code exchanges/17}. */
    public String path(String uri) {
        String rest = uri.substring(prefix.length());
        return rest.startsWith("/") ? rest.substring(1) : rest;
    }
}
