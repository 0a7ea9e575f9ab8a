package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.Subrequest;
import hopyard.proxy.http.Template;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Who may, by what another location answers.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_request_module.html">ngx_http_auth_request_module</a>
 */
final class AuthRequestModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final class Settings {
        /** {@code null} where nothing is said; empty for {@code off}. */
        private String uri;

        private List<SetVariable> variables;
    }

    private record SetVariable(BiConsumer<Exchange, String> variable, Template value) {}

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple(
                        "auth_request",
                        1,
                        Slots.once(
                                KEY,
                                s -> s.uri,
                                (s, v) -> s.uri = v,
                                d -> d.arg(0).equals("off") ? "" : d.arg(0)),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple("auth_request_set", 2, AuthRequestModule::set, HTTP, SERVER, LOCATION));
    }

    private static void set(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).startsWith("$")) {
            throw d.error("invalid variable name \"" + d.arg(0) + "\"");
        }
        Build build = Build.of(scope);
        Settings settings = scope.get(KEY);
        settings.variables = settings.variables == null ? new ArrayList<>() : settings.variables;
        settings.variables.add(
                new SetVariable(build.variables().settable(d, d.arg(0).substring(1)), build.template(d.arg(1), d)));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.uri = own.uri == null ? outer.uri : own.uri;
        own.variables = own.variables == null ? outer.variables : own.variables;
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        if (own.uri != null && !own.uri.isEmpty()) {
            List<SetVariable> variables = own.variables == null ? List.of() : own.variables;
            location.on(Phase.ACCESS, exchange -> {
                exchange.pause(Stage.AUTH);
                Subrequest.start(
                        exchange, own.uri, "", false, each -> {}, asked -> conclude(exchange, asked, variables));
                return Result.TAKEN;
            });
        }
    }

    private static void conclude(Exchange exchange, Exchange asked, List<SetVariable> variables) {
        if (!exchange.resume()) {
            return;
        }
        for (SetVariable each : variables) {
            each.variable.accept(exchange, each.value.eval(asked));
        }
        int status = asked.status();
        Result result;
        if (status == 401) {
            for (String challenge : valuesOf(asked)) {
                exchange.responseHeaders().add(Headers.WWW_AUTHENTICATE, challenge);
            }
            result = exchange.deny(401);
        } else if (status == 403) {
            result = exchange.deny(403);
        } else if (status >= 200 && status < 300) {
            result = exchange.allow();
        } else {
            exchange.log(ErrorLog.Level.ERROR, "auth request unexpected status: " + status);
            exchange.fail(500);
            result = Result.TAKEN;
        }
        if (result == Result.NEXT) {
            exchange.proceed();
        }
    }

    private static List<String> valuesOf(Exchange asked) {
        var values = asked.responseHeaders().get(Headers.WWW_AUTHENTICATE);
        return values == null ? List.of() : List.copyOf(values);
    }
}
