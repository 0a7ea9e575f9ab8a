package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Network;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may: {@code allow} and {@code deny}, the first rule that matches the client's address decides.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_access_module.html">ngx_http_access_module</a>
 */
final class AccessModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final class Settings {
        private List<Rule> rules = new ArrayList<>();
    }

    /**
     * One line.
     *
     * @param network whom it is about; {@code null} for {@code all}
     */
    private record Rule(boolean allows, Network network) {
        boolean matches(Exchange exchange) {
            return network == null || network.contains(exchange.remoteAddress().getAddress());
        }
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("allow", 1, AccessModule::rule, HTTP, SERVER, LOCATION),
                Command.simple("deny", 1, AccessModule::rule, HTTP, SERVER, LOCATION));
    }

    private static void rule(Loader loader, Scope scope, Directive d) throws ConfException {
        String whom = d.arg(0);
        Network network = whom.equals("all") ? null : Network.parse(whom, d, "invalid parameter \"" + whom + "\"");
        scope.get(KEY).rules.add(new Rule(d.name().equals("allow"), network));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        if (own.rules.isEmpty()) {
            own.rules = parent.get(KEY).rules;
        }
    }

    @Override
    public void compile(Scope scope, Location location) {
        Rule[] rules = scope.get(KEY).rules.toArray(Rule[]::new);
        if (rules.length > 0) {
            location.on(Phase.ACCESS, exchange -> check(exchange, rules));
        }
    }

    private static Result check(Exchange exchange, Rule[] rules) {
        for (Rule rule : rules) {
            if (rule.matches(exchange)) {
                if (rule.allows) {
                    return Result.NEXT;
                }
                exchange.log(ErrorLog.Level.ERROR, "access forbidden by rule");
                exchange.fail(403);
                return Result.TAKEN;
            }
        }
        return Result.NEXT;
    }
}
