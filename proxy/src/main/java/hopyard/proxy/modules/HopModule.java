package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.ServerName;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.io.FieldLines;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.io.Network;
import hopyard.proxy.modules.otel.OtelTracing;
import hopyard.proxy.server.ClientConnection;
import hopyard.trace.HopTls;
import hopyard.trace.HopTrace;
import hopyard.trace.TraceParent;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Hopyard's own module: the fields that make every hop visible, and directives that replace ports and addresses.
 *
 * <ul>
 *   <li>{@code hop_trace on|off} (off): add the tracing headers to requests and responses.
 *   <li>{@code hop_name NAME} (proxy): the name of this hop.
 *   <li>{@code hop_trusted ADDRESS[/BITS] …}: the only peers whose X-Request-ID and Hop-Trace are believed.
 *   <li>{@code hop_temp_files SIZE} (1g): how large the temporary files of all clients may be together.
 *   <li>{@code hop_listen PORT OTHER …}: listen on OTHER, or on several, where a {@code listen} says PORT, as
 *       {@code docker run -p} does; {@code off} for on none.
 *   <li>{@code hop_gateway_is_host PORT …}: see {@link HostGateway}.
 *   <li>{@code hop_connect HOST:PORT OTHER:PORT}: connect there instead, as {@code curl --connect-to} does; the other
 *       may be {@code unix:PATH}, too.
 * </ul>
 */
final class HopModule implements Module {

    private static final Settings<HopSettings> SETTINGS = Settings.of(HopSettings::new);

    private static final HttpString X_REQUEST_ID = new HttpString("X-Request-ID");
    private static final HttpString HOP_TRACE = new HttpString(HopTrace.NAME);
    private static final HttpString TRACEPARENT = new HttpString(TraceParent.NAME);
    private static final HttpString TRACESTATE = new HttpString("tracestate");
    private static final HttpString SERVER_TIMING = new HttpString("Server-Timing");
    /** The shortest time that is told, in ns. */
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private static final HttpString PROXY_STATUS = new HttpString("Proxy-Status");

    private record HopSettings(Trace trace, String name, List<Network> trusted) {
        HopSettings(SettingsReader in) {
            this(
                    in.directive("hop_trace")
                            .byDefault("off")
                            .means("Adds the tracing headers to requests and responses.")
                            .read(new Trace.Reader()),
                    in.directive("hop_name")
                            .byDefault("proxy")
                            .means("What this hop calls itself in tracing headers.")
                            .read(new Name()),
                    in.directive("hop_trusted")
                            .means("Peers whose X-Request-ID and Hop-Trace are kept.")
                            .args(1, Command.ANY)
                            .read(new Trusted(), List.of()));
        }
    }

    private record Trace(boolean on, Directive directive) {
        private static final class Reader implements ValueReader<Trace> {
            @Override
            public Trace read(Scope scope, Directive d, Trace former) throws ConfException {
                return new Trace(Values.flag(d), d);
            }
        }
    }

    /** Reads {@code hop_name}; the last line of a level counts. */
    private static final class Name implements ValueReader.Repeated<String> {
        @Override
        public String read(Scope scope, Directive d, String former) throws ConfException {
            if (!d.arg(0).matches("[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")) {
                throw d.error("invalid hop name \"" + d.arg(0)
                        + "\", it must be a token: a letter, then letters, digits, \"-\", \"_\" or \".\"");
            }
            return d.arg(0);
        }
    }

    private static final class Trusted implements ValueReader.Repeated<List<Network>> {
        @Override
        public List<Network> read(Scope scope, Directive d, List<Network> former) throws ConfException {
            List<Network> trusted = former == null ? new ArrayList<>() : former;
            for (String text : d.args()) {
                trusted.add(Network.parse(
                        text,
                        d,
                        "invalid address \"" + text + "\" in \"hop_trusted\" directive",
                        Build.of(scope)::warn));
            }
            return trusted;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("hopyard", "nginx.md");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        HopSettings own = SETTINGS.of(scope);
        if (!own.trace.on) {
            return;
        }
        Directive line = own.trace.directive;
        OtelTracing otel = OtelModule.tracing(location.location());
        Tracer tracer = new Tracer(own.name, own.trusted, line, true, otel == null);
        if (otel != null) {
            // one parent for the app: the span that is exported
            otel.propagate();
            TraceFields.add(location.location(), line, true);
        }
        if (!tracer.trusted.isEmpty()) {
            location.on(Phase.REWRITE, tracer::adoptRequestId);
        }
        ForwardHeaders.add(location.location(), tracer);
        location.filter(FilterPlace.FIELDS, tracer::traceResponse);
        Tracer.NAMES.forEach(header -> location.source().requestHeaders().putIfAbsent(header, line));
        for (HttpString header : List.of(Headers.VIA, X_REQUEST_ID, SERVER_TIMING, HOP_TRACE, PROXY_STATUS)) {
            location.source().responseHeaders().putIfAbsent(header, line);
        }
    }

    /**
     * Writes and reads the tracing headers of one location.
     *
     * @param identifies whether X-Request-ID is written
     * @param traces whether traceparent and tracestate are; else {@link TraceFields} or the configuration have them
     */
    private record Tracer(String name, List<Network> trusted, Directive directive, boolean identifies, boolean traces)
            implements ForwardHeaders {

        private static final Set<HttpString> NAMES =
                Set.of(Headers.VIA, X_REQUEST_ID, TRACEPARENT, TRACESTATE, HOP_TRACE);

        @Override
        public Set<HttpString> names() {
            Set<HttpString> names = new HashSet<>(NAMES);
            if (!identifies) {
                names.remove(X_REQUEST_ID);
            }
            if (!traces) {
                names.removeAll(Set.of(TRACEPARENT, TRACESTATE));
            }
            return names;
        }

        @Override
        public ForwardHeaders beside(Set<HttpString> configured) {
            return new Tracer(
                    name,
                    trusted,
                    directive,
                    !configured.contains(X_REQUEST_ID),
                    traces && !configured.contains(TRACEPARENT));
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
            if (id != null && id.matches("(?!0{32})[0-9a-f]{32}") && isTrusted(exchange)) {
                exchange.requestId(id);
            }
            return Result.NEXT;
        }

        /** Returns the beginning of this hop's member of Hop-Trace, up to the number of the request. */
        private String connection(Exchange exchange) {
            ClientConnection client = exchange.client();
            String beginning = client.note(this);
            if (beginning == null) {
                beginning =
                        HopTrace.connection(name, client.from(), client.ends().at(), client.serial(), tls(client));
                client.note(this, beginning);
            }
            return beginning;
        }

        /** Returns TLS with a client; {@code null} if it does not speak it. */
        private static HopTls tls(ClientConnection client) {
            return client.tls() == null ? null : client.tls().hop();
        }

        /** Returns TLS with the client if this is the connection's first request; {@code null} otherwise. */
        private static HopTls handshake(Exchange exchange) {
            return exchange.client().requests() == 1 ? tls(exchange.client()) : null;
        }

        /** Writes the number of the request on its connection and, with the first, what there is to say of TLS. */
        private static void number(HeadWriter out, Exchange exchange) {
            out.number(exchange.client().requests());
            HopTls tls = handshake(exchange);
            if (tls != null) {
                out.text(HopTrace.handshake(tls));
            }
        }

        @Override
        public void write(Exchange exchange, HeadWriter out) {
            HeaderMap client = exchange.requestHeaders();
            if (identifies) {
                out.field(X_REQUEST_ID, exchange.requestId());
            }
            if (traces) {
                writeTraceParent(exchange, client, out);
            }
            HeaderValues via = client.get(Headers.VIA);
            out.name(Headers.VIA);
            if (via != null) {
                out.text(String.join(", ", via)).text(", ");
            }
            String protocol = exchange.protocol();
            out.text(protocol, 5, protocol.length()).text(" " + ServerName.PSEUDONYM + "\r\n");
            out.name(HOP_TRACE);
            HeaderValues before = client.get(HOP_TRACE);
            if (before != null && isTrusted(exchange)) {
                HopTrace.parse(String.join(", ", before))
                        .filter(hops -> !hops.isEmpty())
                        .ifPresent(hops -> out.text(HopTrace.format(hops)).text(", "));
            }
            number(out.text(connection(exchange)), exchange);
            out.text("\r\n");
        }

        /**
         * Writes traceparent. A client may start the trace, but the app always sees this hop as the parent (W3C §4.3).
         */
        private static void writeTraceParent(Exchange exchange, HeaderMap client, HeadWriter out) {
            TraceParent parent = TraceParent.only(client.get(TRACEPARENT)).orElse(null);
            if (parent == null) {
                // any id may be the trace-id; with the id of the request, people find one by the other
                out.name(TRACEPARENT)
                        .text("00-")
                        .text(exchange.requestId())
                        .text("-")
                        .randomHex(16)
                        .text("-00\r\n");
                return;
            }
            out.field(TRACEPARENT, parent.next().toString());
            HeaderValues state = client.get(TRACESTATE);
            if (state != null) {
                out.field(TRACESTATE, String.join(",", state));
            }
        }

        private void traceResponse(Exchange exchange) {
            UpstreamTry last = exchange.upstream().last();
            long now = System.nanoTime();
            long total = now - exchange.clock().headRead();
            String behind = exchange.response().takeField(HOP_TRACE);
            exchange.response().takeField(X_REQUEST_ID);
            FieldLines lines = exchange.response().lines();
            lines.begin(X_REQUEST_ID).text(exchange.requestId());
            if (last != null && exchange.ending().proxyError() == null) {
                lines.begin(Headers.VIA).text("1.1 " + ServerName.PSEUDONYM);
            }
            HeadWriter timing = lines.begin(SERVER_TIMING);
            timing(timing, exchange, now);
            handshakeTiming(timing, handshake(exchange));
            HeadWriter trace = lines.begin(HOP_TRACE);
            trace(trace, exchange, total, last);
            if (behind != null) {
                HopTrace.parse(behind)
                        .filter(hops -> !hops.isEmpty())
                        .ifPresent(hops -> trace.text(", ").text(HopTrace.format(hops)));
            }
            if (exchange.ending().proxyError() != null) {
                exchange.response().takeField(PROXY_STATUS);
                lines.add(
                        PROXY_STATUS,
                        ServerName.PSEUDONYM + ";error=" + exchange.ending().proxyError());
            }
        }

        /** Writes this hop's member of Hop-Trace, see {@link HopTrace#append}. */
        private void trace(HeadWriter out, Exchange exchange, long total, UpstreamTry last) {
            number(out.text(connection(exchange)), exchange);
            out.text(";status=").number(exchange.response().status());
            out.text(";dur=").millis(total);
            if (last != null) {
                forwarded(out, exchange, last);
            }
            int tries = exchange.upstream().count();
            if (tries > 1) {
                out.text(";tries=").number(tries);
            }
        }

        private static void forwarded(HeadWriter out, Exchange exchange, UpstreamTry last) {
            if (last.hopParameters() == null) {
                out.text(";to=").quoted(last.server());
            } else {
                out.text(last.hopParameters()).text(last.isReused() ? ";reused=?1" : ";reused=?0");
                if (!last.isReused()) {
                    out.text(";connect=").millis(last.connectNanos());
                }
            }
            if (last.headerNanos() >= 0) {
                out.text(";ttfb=").millis(last.headerReadAt() - exchange.clock().headRead());
            }
        }

        /** Writes this hop's member of Server-Timing: its own time, and in the description for whom it has waited. */
        private void timing(HeadWriter out, Exchange exchange, long now) {
            long own = exchange.clock().own(now);
            long ofUpstream = exchange.clock().ofUpstream();
            long others = now - exchange.clock().headRead() - own - ofUpstream;
            out.text(name).text(";dur=").millis(own);
            if (ofUpstream <= 0 && others < MILLI) {
                return;
            }
            out.text(";desc=\"plus ");
            if (ofUpstream > 0) {
                int tries = exchange.upstream().count();
                out.millis(ofUpstream).text(" ms waiting for ");
                if (tries > 1) {
                    out.number(tries).text(" tries, the last at ");
                }
                out.text(exchange.upstream().last().server());
            }
            if (others >= MILLI) {
                out.text(ofUpstream > 0 ? " and " : "").millis(others);
                out.text(" ms for the client, a limit, a name or auth_request");
            }
            out.text("\"");
        }

        /** Writes the member of Server-Timing for the handshake, which came ahead of the connection's first request. */
        private static void handshakeTiming(HeadWriter out, HopTls tls) {
            if (tls != null) {
                out.text(", tls;dur=").millis(Math.round(tls.handshake() * 1e6));
                out.text(";desc=\"handshake, ")
                        .text(tls.protocol())
                        .text(tls.resumed() ? ", session resumed\"" : ", new session\"");
            }
        }
    }
}
