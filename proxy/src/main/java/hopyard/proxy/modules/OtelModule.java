package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.otel.AwaitedEndpoint;
import hopyard.proxy.modules.otel.ExportedExchanges;
import hopyard.proxy.modules.otel.OtelExport;
import hopyard.proxy.modules.otel.OtelExporterBlock;
import hopyard.proxy.modules.otel.OtelTracing;
import hopyard.proxy.server.Background;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Slots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Traces of OpenTelemetry, as nginx's own module has them, with spans for the attempts at upstream servers, too.
 *
 * @see <a href="https://nginx.org/en/docs/ngx_otel_module.html">ngx_otel_module</a>
 */
final class OtelModule implements Module {

    private static final Settings<ResourceSettings> RESOURCE = Settings.of(ResourceSettings::new);
    private static final Settings<Outside> OUTSIDE = Settings.ofMain(Outside::new);
    private static final Settings<TraceSettings> TRACE = Settings.of(TraceSettings::new);
    /** The key of the block; there is no value without one. */
    private static final Slots.Key<OtelExporterBlock> EXPORTER = new Slots.Key<>();

    /** The key of {@link OtelTracing}, whose own would load it. */
    private static final Slots.Key<OtelTracing> TRACING = new Slots.Key<>();

    /**
     * The key of a line with {@code inject}, if there is one: a request keeps what it got there, also where an internal
     * redirect leads it, and in its subrequests.
     */
    private static final Slots.Key<Directive> INJECTING = new Slots.Key<>();

    private static final String CONSOLE = "hop_console";

    /** What a service is called that has no name: as by nginx's module. */
    private static final String UNKNOWN = "unknown_service:nginx";

    /** What this one is called where only {@code hop_otel} says where spans go. */
    private static final String OWN_NAME = "proxy";

    private static final List<String> VARIABLES =
            List.of("otel_trace_id", "otel_span_id", "otel_parent_id", "otel_parent_sampled");

    /** What the spans are of. */
    private record ResourceSettings(String serviceName, Map<String, String> attributes) {
        ResourceSettings(SettingsReader in) {
            this(
                    in.directive("otel_service_name")
                            .otherwise(UNKNOWN)
                            .means("What the service calls itself: `service.name` of its spans.")
                            .in(HTTP)
                            .text(),
                    in.directive("otel_resource_attr")
                            .means("Sets an attribute of the service, for all of its spans.")
                            .in(HTTP)
                            .args(2, 2)
                            .read(new ResourceAttributes(), Map.of()));
        }
    }

    private record TraceSettings(Trace trace, Propagation context, Template name, List<Attribute> attributes) {
        TraceSettings(SettingsReader in) {
            this(
                    in.directive("otel_trace")
                            .otherwise("off")
                            .means("Whether a request is traced: for `on` and `1`, which variables may give.")
                            .read(new TraceReader()),
                    in.directive("otel_trace_context")
                            .byDefault("ignore")
                            .means("Whether the client's trace is continued (`extract`), and passed on (`inject`).")
                            .note(
                                    "with `inject`, the app gets the id of the attempt's span, whose parent is the request's; with `hop_trace on` it is always `propagate`")
                            .read(new ContextReader()),
                    in.directive("otel_span_name")
                            .otherwise("the location's name")
                            .means("The name of the request's span.")
                            .read(new Template.Reader()),
                    in.directive("otel_span_attr")
                            .means("Adds an attribute to the request's span.")
                            .args(2, 2)
                            .read(new Attributes(), List.of()));
        }
    }

    private record Outside(AwaitedEndpoint endpoint) {
        Outside(SettingsReader in) {
            this(in.directive("hop_otel")
                    .means("Exports traces there, as soon as somebody listens, where nginx.conf has no otel_exporter.")
                    .page("nginx.md")
                    .in(MAIN)
                    .read(new OutsideReader(), null));
        }
    }

    private record Trace(Template isOn, Directive directive) {}

    /** What {@code otel_trace_context} may say. */
    private record Propagation(boolean extracts, boolean injects, Directive directive) {}

    private record Attribute(String name, Template value) {}

    /** A class, which loads those that it names when it is used: a reference to the method would load them now. */
    private static final class OutsideReader implements ValueReader<AwaitedEndpoint> {
        @Override
        public AwaitedEndpoint read(Scope scope, Directive d, AwaitedEndpoint former) throws ConfException {
            return AwaitedEndpoint.read(scope, d, former);
        }
    }

    private static final class ResourceAttributes implements ValueReader.Repeated<Map<String, String>> {
        @Override
        public Map<String, String> read(Scope scope, Directive d, Map<String, String> former) {
            Map<String, String> all = former == null ? new LinkedHashMap<>() : former;
            all.put(d.arg(0), d.arg(1));
            return all;
        }
    }

    private static final class TraceReader implements ValueReader<Trace> {
        @Override
        public Trace read(Scope scope, Directive d, Trace former) throws ConfException {
            return new Trace(Build.of(scope).template(d.arg(0), d), d);
        }
    }

    private static final class ContextReader implements ValueReader<Propagation> {
        @Override
        public Propagation read(Scope scope, Directive d, Propagation former) throws ConfException {
            String word = Values.word(d, d.arg(0), List.of("ignore", "extract", "inject", "propagate"));
            boolean isBoth = word.equals("propagate");
            Propagation read = new Propagation(isBoth || word.equals("extract"), isBoth || word.equals("inject"), d);
            Slots slots = Build.of(scope).slots();
            if (read.injects && slots.get(INJECTING) == null) {
                slots.put(INJECTING, d);
            }
            return read;
        }
    }

    private static final class Attributes implements ValueReader.Repeated<List<Attribute>> {
        @Override
        public List<Attribute> read(Scope scope, Directive d, List<Attribute> former) throws ConfException {
            List<Attribute> all = former == null ? new ArrayList<>() : former;
            all.add(new Attribute(d.arg(0), Build.of(scope).template(d.arg(1), d)));
            return all;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("otel", "ngx_otel_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(RESOURCE, TRACE, OUTSIDE);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("otel_exporter", 0, 0, OtelModule::exporter, HTTP)
                .means("Where spans are exported to: `endpoint`, `interval`, `batch_size`, `batch_count`, `header`, "
                        + "`trusted_certificate`.")
                .note("OTLP/HTTP where the endpoint has a path, else OTLP/gRPC; no sockets of the Unix domain"));
    }

    private static void exporter(Loader loader, Scope scope, Directive d) throws ConfException {
        Slots slots = Build.of(scope).slots();
        if (slots.get(EXPORTER) != null) {
            throw d.directiveError("is duplicate");
        }
        OtelExporterBlock block = new OtelExporterBlock();
        block.read(scope, d);
        slots.put(EXPORTER, block);
    }

    @Override
    public void prepare(Variables variables) {
        // each loads the classes that it needs when it is asked for
        variables.define(
                "otel_trace_id", exchange -> OtelTracing.contextOf(exchange).traceId());
        variables.define(
                "otel_span_id", exchange -> OtelTracing.contextOf(exchange).spanId());
        variables.define(
                "otel_parent_id", exchange -> OtelTracing.contextOf(exchange).parentId());
        variables.define(
                "otel_parent_sampled",
                exchange -> OtelTracing.contextOf(exchange).isParentSampled() ? "1" : "0");
        // what inject sets counts as a field of the request
        variables.define("http_traceparent", TraceFields::traceParent);
        variables.define("http_tracestate", TraceFields::traceState);
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        OtelExporterBlock exporter = Build.of(child).slots().get(EXPORTER);
        if (child.context() == HTTP) {
            AwaitedEndpoint outside = OUTSIDE.of(child).endpoint;
            if (exporter != null) {
                Map<String, String> resource = resource(child, UNKNOWN);
                Build.of(child).slots().put(Background.KEY, new OtelExport(exporter.settings(resource), false));
            } else if (outside != null) {
                OtelExport export = new OtelExport(outside.settings(resource(child, OWN_NAME)), true);
                Build.of(child).slots().put(Background.KEY, export);
            }
            return;
        }
        Trace trace = TRACE.of(child).trace;
        if (trace != null && exporter == null && OUTSIDE.of(child).endpoint == null) {
            throw trace.directive.error("\"otel_exporter\" block is missing");
        }
    }

    private static Map<String, String> resource(Scope http, String unnamed) {
        ResourceSettings own = RESOURCE.of(http);
        Map<String, String> attributes = new LinkedHashMap<>(own.attributes);
        if (own.serviceName == null) {
            attributes.putIfAbsent("service.name", unnamed);
        } else {
            attributes.put("service.name", own.serviceName);
        }
        return attributes;
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        TraceSettings own = TRACE.of(scope);
        Variables variables = Build.of(scope).variables();
        Propagation context = own.context;
        OtelExport export = Build.of(scope).slots().get(Background.KEY) instanceof OtelExport its ? its : null;
        boolean isByParent = own.trace == null && export != null && export.isAwaited() && !isConsole(scope);
        if (isByParent) {
            trace(scope, location, OtelTracing.asClientsSay(export));
            TraceFields.add(location.location(), OUTSIDE.of(scope).endpoint.directive(), false);
        } else if (own.trace != null || context.extracts || context.injects || isAnyUsed(variables)) {
            Template isOn = own.trace == null ? null : own.trace.isOn;
            trace(scope, location, new OtelTracing(export, isOn, context.extracts, context.injects));
        }
        Directive injecting =
                context.injects ? context.directive : Build.of(scope).slots().get(INJECTING);
        if (injecting != null) {
            TraceFields.add(location.location(), injecting, false);
        }
        if (export != null) {
            location.log(new ExportedExchanges(export, own.name, attributes(own))::add);
        }
    }

    /** Whether a location has no traffic to be traced. */
    private static boolean isConsole(Scope scope) {
        return scope.directives().stream().anyMatch(each -> each.name().equals(CONSOLE));
    }

    private static void trace(Scope scope, LocationHandlers location, OtelTracing tracing) {
        location.location().slots().put(TRACING, tracing);
        tracing.keep(location.location());
        // a server's own rewriting runs ahead of the location's, which nginx's module waits for
        location.on(scope.context() == SERVER ? Phase.PREACCESS : Phase.REWRITE, tracing::begin);
    }

    /**
     * Returns how requests are traced that come to a location; {@code null} if they are not: then nothing is loaded.
     */
    static OtelTracing tracing(Location location) {
        return location.slots().get(TRACING);
    }

    private static boolean isAnyUsed(Variables variables) {
        for (String name : VARIABLES) {
            if (variables.isUsed(name)) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, Template> attributes(TraceSettings own) {
        Map<String, Template> all = new LinkedHashMap<>();
        own.attributes.forEach(each -> all.put(each.name, each.value));
        return all;
    }
}
