package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ForwardHeaders;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Network;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.ServerName;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.upstream.HeadWriter;
import hopyard.trace.Durations;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import hopyard.trace.TraceParent;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Hopyard's own module: the headers that make every hop visible, and the ways to say where things really are.
 *
 * <ul>
 *   <li>{@code hop_trace on|off} (off): add the tracing headers to requests and responses.
 *   <li>{@code hop_name NAME} (proxy): what this hop calls itself.
 *   <li>{@code hop_trusted ADDRESS[/BITS] …}: peers whose X-Request-ID and Hop-Trace are believed; nobody else's are.
 *   <li>{@code hop_listen PORT OTHER}: listen on OTHER where a {@code listen} says PORT, as {@code docker run -p} does.
 *   <li>{@code hop_connect HOST:PORT OTHER:PORT}: connect there instead, as {@code curl --connect-to} does.
 * </ul>
 */
final class HopModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final HttpString X_REQUEST_ID = new HttpString("X-Request-ID");
    private static final HttpString HOP_TRACE = new HttpString(HopTrace.NAME);
    private static final HttpString TRACEPARENT = new HttpString(TraceParent.NAME);
    private static final HttpString TRACESTATE = new HttpString("tracestate");
    private static final HttpString SERVER_TIMING = new HttpString("Server-Timing");
    private static final HttpString PROXY_STATUS = new HttpString("Proxy-Status");

    private static final class Settings {
        private Boolean trace;
        private Directive traceDirective;
        private String name;
        private List<Network> trusted;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("hop_trace", 1, HopModule::trace, HTTP, SERVER, LOCATION),
                Command.simple("hop_name", 1, HopModule::name, HTTP, SERVER, LOCATION),
                Command.simple("hop_trusted", 1, Command.ANY, HopModule::trusted, HTTP, SERVER, LOCATION),
                Command.simple("hop_listen", 2, HopModule::listen, MAIN),
                Command.simple("hop_connect", 2, HopModule::connect, MAIN));
    }

    private static void trace(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.trace != null) {
            throw d.directiveError("is duplicate");
        }
        settings.trace = Values.flag(d);
        settings.traceDirective = d;
    }

    private static void name(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).matches("[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")) {
            throw d.error("invalid hop name \"" + d.arg(0)
                    + "\", it must be a token: a letter, then letters, digits, \"-\", \"_\" or \".\"");
        }
        scope.get(KEY).name = d.arg(0);
    }

    private static void trusted(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.trusted == null) {
            settings.trusted = new ArrayList<>();
        }
        for (String text : d.args()) {
            settings.trusted.add(
                    Network.parse(text, d, "invalid address \"" + text + "\" in \"hop_trusted\" directive"));
        }
    }

    private static void listen(Loader loader, Scope scope, Directive d) throws ConfException {
        int port = Values.number(d, 0);
        int instead = Values.number(d, 1);
        if (port > 65535 || instead > 65535) {
            throw d.error("invalid port in \"hop_listen\" directive");
        }
        scope.get(MainSettings.KEY).listenInstead.put(port, instead);
    }

    private static void connect(Loader loader, Scope scope, Directive d) throws ConfException {
        for (String end : d.args()) {
            if (!end.matches(".+:[0-9]{1,5}")) {
                throw d.error("invalid address \"" + end + "\" in \"hop_connect\" directive, it must be HOST:PORT");
            }
        }
        scope.get(MainSettings.KEY).connectInstead.put(d.arg(0), d.arg(1));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.traceDirective = own.trace == null ? outer.traceDirective : own.traceDirective;
        own.trace = Inherited.or(own.trace, outer.trace);
        own.name = Inherited.or(own.name, outer.name);
        own.trusted = Inherited.or(own.trusted, outer.trusted);
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        if (!Boolean.TRUE.equals(own.trace)) {
            return;
        }
        Tracer tracer = new Tracer(Inherited.orDefault(own.name, "proxy"), Inherited.orDefault(own.trusted, List.of()));
        if (!tracer.trusted.isEmpty()) {
            location.on(Phase.REWRITE, tracer::adoptRequestId);
        }
        location.forwards(tracer);
        location.filter(tracer::traceResponse);
        Tracer.NAMES.forEach(header -> location.source().requestHeaders().putIfAbsent(header, own.traceDirective));
        for (HttpString header : List.of(Headers.VIA, X_REQUEST_ID, SERVER_TIMING, HOP_TRACE, PROXY_STATUS)) {
            location.source().responseHeaders().putIfAbsent(header, own.traceDirective);
        }
    }

    /** Writes and reads the tracing headers of one location. */
    private record Tracer(String name, List<Network> trusted) implements ForwardHeaders {

        private static final Set<HttpString> NAMES =
                Set.of(Headers.VIA, X_REQUEST_ID, TRACEPARENT, TRACESTATE, HOP_TRACE);

        @Override
        public Set<HttpString> names() {
            return NAMES;
        }

        private boolean isTrusted(Exchange exchange) {
            for (Network network : trusted) {
                if (network.contains(exchange.client().peer().getAddress())) {
                    return true;
                }
            }
            return false;
        }

        private Result adoptRequestId(Exchange exchange) {
            String id = exchange.header(X_REQUEST_ID);
            if (id != null && id.matches("[0-9a-f]{32}") && isTrusted(exchange)) {
                exchange.requestId(id);
            }
            return Result.NEXT;
        }

        private Hop received(Exchange exchange) {
            return Hop.received(
                    name,
                    exchange.client().from(),
                    exchange.client().at(),
                    exchange.client().serial(),
                    exchange.client().requests());
        }

        @Override
        public void write(Exchange exchange, HeadWriter out) {
            HeaderMap client = exchange.http().getRequestHeaders();
            out.field(X_REQUEST_ID, exchange.requestId());
            // a client may start a trace, but the parent that the app sees is always this hop (W3C §4.3)
            TraceParent parent = TraceParent.parse(client.getFirst(TRACEPARENT)).orElse(null);
            out.field(TRACEPARENT, (parent == null ? TraceParent.start() : parent.next()).toString());
            HeaderValues state = client.get(TRACESTATE);
            if (parent != null && state != null) {
                out.field(TRACESTATE, String.join(",", state));
            }
            HeaderValues via = client.get(Headers.VIA);
            String earlier = via == null ? "" : String.join(", ", via) + ", ";
            out.field(Headers.VIA, earlier + exchange.protocol().substring(5) + " " + ServerName.PSEUDONYM);
            StringBuilder trace = new StringBuilder(160);
            HeaderValues before = client.get(HOP_TRACE);
            if (before != null && isTrusted(exchange)) {
                HopTrace.parse(String.join(", ", before)).ifPresent(hops -> trace.append(HopTrace.format(hops)));
            }
            HopTrace.append(trace, received(exchange));
            out.field(HOP_TRACE, trace.toString());
        }

        private void traceResponse(Exchange exchange) {
            HeaderMap headers = exchange.http().getResponseHeaders();
            List<UpstreamTry> tries = exchange.tries();
            UpstreamTry last = tries.isEmpty() ? null : tries.get(tries.size() - 1);
            double total = Durations.millisBetween(exchange.startNanos(), System.nanoTime());
            headers.put(X_REQUEST_ID, exchange.requestId());
            if (last != null && exchange.proxyError() == null) {
                headers.add(Headers.VIA, "1.1 " + ServerName.PSEUDONYM);
            }
            headers.add(SERVER_TIMING, timing(total, last));
            StringBuilder trace = new StringBuilder(240);
            HopTrace.append(trace, answered(exchange, total, tries, last));
            HeaderValues behind = headers.get(HOP_TRACE);
            if (behind != null) {
                HopTrace.parse(String.join(", ", behind))
                        .filter(hops -> !hops.isEmpty())
                        .ifPresent(hops -> trace.append(", ").append(HopTrace.format(hops)));
            }
            headers.put(HOP_TRACE, trace.toString());
            if (exchange.proxyError() != null) {
                headers.put(PROXY_STATUS, ServerName.PSEUDONYM + ";error=" + exchange.proxyError());
            }
        }

        private Hop answered(Exchange exchange, double total, List<UpstreamTry> tries, UpstreamTry last) {
            Hop hop = received(exchange).answered(exchange.http().getStatusCode(), total);
            if (last == null) {
                return hop;
            }
            boolean isConnected = last.to() != null;
            return hop.forwarded(
                    last.from(),
                    isConnected ? last.to() : last.server(),
                    isConnected ? last.isReused() : null,
                    isConnected && !last.isReused() ? last.connectNanos() / 1e6 : -1,
                    last.headerNanos() < 0 ? -1 : Durations.millisBetween(exchange.startNanos(), last.headerReadAt()),
                    tries.size() > 1 ? tries.size() : -1);
        }

        /** What this hop itself took, apart from waiting for the next one. */
        private String timing(double total, UpstreamTry last) {
            double waited = last == null || last.headerNanos() < 0 ? 0 : last.headerNanos() / 1e6;
            StringBuilder out = new StringBuilder(80).append(name).append(";dur=");
            Durations.appendMillis(out, Math.max(0, total - waited));
            if (waited > 0) {
                out.append(";desc=\"plus ");
                Durations.appendMillis(out, waited);
                out.append(" ms waiting for ").append(last.server()).append('"');
            }
            return out.toString();
        }
    }
}
