package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Network;
import hopyard.proxy.server.HostGateway;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import hopyard.proxy.server.MainSettings;
import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Decides by its address whether a client may: the first {@code allow} or {@code deny} that matches counts. Also
 * {@code satisfy}, which says whether one rule is enough, and {@code limit_except}, which has rules for some methods.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_access_module.html">ngx_http_access_module</a>
 */
final class AccessModule implements Module {

    private static final Settings<AccessSettings> SETTINGS = Settings.of(AccessSettings::new);

    private static final String FORBIDDEN = "access forbidden by rule";

    private static final Set<String> METHODS = Set.of(
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "DELETE",
            "MKCOL",
            "COPY",
            "MOVE",
            "OPTIONS",
            "PROPFIND",
            "PROPPATCH",
            "LOCK",
            "UNLOCK",
            "PATCH");

    /** The rules, in the order of the file. */
    private record AccessSettings(List<Rule> rules) {
        AccessSettings(SettingsReader in) {
            this(in.directive("allow")
                    .means("Lets an address or network in; the first rule that matches decides.")
                    .page("ngx_http_access_module")
                    .in(HTTP, SERVER, LOCATION, LIMIT_EXCEPT)
                    .and("deny")
                    .means("Keeps an address or network out, with 403; the first rule that matches decides.")
                    .page("ngx_http_access_module")
                    .in(HTTP, SERVER, LOCATION, LIMIT_EXCEPT)
                    .read(new RuleReader(), List.of()));
        }
    }

    /**
     * One {@code allow} or {@code deny}.
     *
     * @param network the addresses that the rule is for; {@code null} for {@code all}
     */
    private record Rule(boolean allows, Network network, Directive directive) {
        boolean matches(InetAddress client) {
            return network == null || network.contains(client);
        }
    }

    private static final class RuleReader implements ValueReader.Repeated<List<Rule>> {
        @Override
        public List<Rule> read(Scope scope, Directive d, List<Rule> former) throws ConfException {
            String whom = d.arg(0);
            Network network = whom.equals("all")
                    ? null
                    : Network.orUnix(whom, d, "invalid parameter \"" + whom + "\"", Build.of(scope)::warn);
            List<Rule> rules = former == null ? new ArrayList<>() : former;
            rules.add(new Rule(d.name().equals("allow"), network, d));
            return rules;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("access, limit_except", "ngx_http_core_module");
    }

    @Override
    public List<String> standsFor() {
        return List.of("ngx_http_access_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("limit_except", 1, Command.ANY, AccessModule::limitExcept, LOCATION)
                .means("Rules for all methods but those named."));
    }

    private static void limitExcept(Loader loader, Scope outer, Directive d) throws ConfException {
        Set<String> methods = new HashSet<>();
        for (String written : d.args()) {
            String method = written.toUpperCase(Locale.ROOT);
            if (!METHODS.contains(method)) {
                throw d.error("invalid method \"" + written + "\"");
            }
            methods.add(method);
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        Scope scope = new Scope(LIMIT_EXCEPT, outer);
        Location around = LocationBlock.of(outer).location();
        LocationBlock.add(scope, Location.exceptFor(around, methods, d));
        loader.apply(d.block(), scope);
    }

    /** Returns the {@code allow} and {@code deny} lines that are in force in a scope, in their order. */
    static List<Directive> rules(Scope scope) {
        return SETTINGS.of(scope).rules.stream().map(Rule::directive).toList();
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Rule[] rules = SETTINGS.of(scope).rules.toArray(Rule[]::new);
        if (rules.length > 0) {
            HostGateway gateway = MainSettings.of(scope).hostGateway();
            location.on(Phase.ACCESS, exchange -> check(exchange, rules, gateway));
            location.denies(exchange -> {
                Rule rule = rule(exchange, rules, gateway);
                return rule != null && !rule.allows;
            });
        }
        if (CoreSettings.of(scope).satisfiesAny()) {
            location.on(Phase.POST_ACCESS, AccessModule::conclude);
        }
    }

    private static Result conclude(Exchange exchange) {
        int status = exchange.phases().deniedStatus();
        if (status == 0) {
            return Result.NEXT;
        }
        if (status == 403) {
            exchange.log(ErrorLog.Level.ERROR, FORBIDDEN);
        }
        exchange.phases().failDenied(status);
        return Result.TAKEN;
    }

    /** Returns the rule that decides about the client; {@code null} if none matches. */
    private static Rule rule(Exchange exchange, Rule[] rules, HostGateway gateway) {
        InetAddress client = gateway != null && !exchange.hasRemoteAddress() && gateway.isHost(exchange.client())
                ? InetAddress.getLoopbackAddress()
                : exchange.remoteAddress().getAddress();
        for (Rule rule : rules) {
            boolean matches = rule.matches(client);
            if (exchange.trail() != null) {
                String verdict = !matches ? " is not in it" : rule.allows ? " may come in" : " may not come in";
                exchange.trail()
                        .step(
                                Trail.Kind.ACCESS,
                                rule.directive,
                                matches ? rule.allows : null,
                                Addresses.host(client) + verdict);
            }
            if (matches) {
                return rule;
            }
        }
        return null;
    }

    private static Result check(Exchange exchange, Rule[] rules, HostGateway gateway) {
        Rule rule = rule(exchange, rules, gateway);
        if (rule == null) {
            return Result.NEXT;
        }
        if (rule.allows) {
            return exchange.phases().allow();
        }
        if (!exchange.core().satisfiesAny()) {
            exchange.log(ErrorLog.Level.ERROR, FORBIDDEN);
        }
        return exchange.phases().deny(403);
    }
}
