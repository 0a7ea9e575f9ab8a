package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Subrequest;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Decides by the status of a subrequest whether a client may.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_request_module.html">ngx_http_auth_request_module</a>
 */
public final class AuthRequestModule implements Module {

    private static final Settings<AskSettings> SETTINGS = Settings.of(AskSettings::new);

    /** The subrequest that an exchange has made. */
    private static final ExchangeKey<Exchange> ASKED = new ExchangeKey<>();

    /**
     * Where the subrequest goes, and which variables its response sets.
     *
     * @param uri the URI of the subrequest; empty if none is made
     */
    private record AskSettings(String uri, List<SetVariable> variables) {
        AskSettings(SettingsReader in) {
            this(
                    in.directive("auth_request")
                            .byDefault("off")
                            .means("Asks another location first: 2xx lets the client in, 401 and 403 do not.")
                            .read(new Uri()),
                    in.directive("auth_request_set")
                            .means("Keeps something of that answer in a variable.")
                            .args(2, 2)
                            .read(new SetVariable.Reader(), List.of()));
        }
    }

    private static final class Uri implements ValueReader<String> {
        @Override
        public String read(Scope scope, Directive d, String former) {
            return d.arg(0).equals("off") ? "" : d.arg(0);
        }
    }

    private record SetVariable(BiConsumer<Exchange, String> variable, Template value) {
        private static final class Reader implements ValueReader.Repeated<List<SetVariable>> {
            @Override
            public List<SetVariable> read(Scope scope, Directive d, List<SetVariable> former) throws ConfException {
                if (!d.arg(0).startsWith("$")) {
                    throw d.error("invalid variable name \"" + d.arg(0) + "\"");
                }
                Build build = Build.of(scope);
                List<SetVariable> variables = former == null ? new ArrayList<>() : former;
                variables.add(new SetVariable(
                        build.variables().optional(d, d.arg(0).substring(1)), build.template(d.arg(1), d)));
                return variables;
            }
        }
    }

    @Override
    public Manual manual() {
        return new Manual("auth_request", "ngx_http_auth_request_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    /** Whether {@code auth_request} is on in a scope. */
    static boolean isOn(Scope scope) {
        return !SETTINGS.of(scope).uri.isEmpty();
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        AskSettings own = SETTINGS.of(scope);
        if (isOn(scope)) {
            List<SetVariable> variables = own.variables;
            location.on(Phase.ACCESS, exchange -> {
                if (exchange.trail() != null) {
                    return rehearse(exchange, own.uri, variables);
                }
                exchange.lifetime().pause(Stage.AUTH);
                Subrequest.start(exchange, own.uri, "", false, each -> asks(exchange, each), asked -> {
                    if (exchange.lifetime().resume() && conclude(exchange, asked, variables) == Result.NEXT) {
                        exchange.phases().proceed();
                    }
                });
                return Result.TAKEN;
            });
        }
    }

    /** Rehearses the subrequest. Its status is known only if no upstream server would have to answer. */
    private static Result rehearse(Exchange exchange, String uri, List<SetVariable> variables) {
        Exchange asked = Subrequest.rehearse(exchange, uri, "", false);
        Directive line = exchange.location().source().line("auth_request");
        exchange.trail()
                .asks(
                        Trail.Kind.AUTH,
                        line,
                        "a subrequest asks " + uri + " whether the request may go on",
                        asked.trail());
        if (asked.trail().isDecided()) {
            return conclude(exchange, asked, variables);
        }
        exchange.trail()
                .unknown("what " + uri + " answers to auth_request: here it is taken to let the request in, "
                        + "but with 401 or 403 the client gets that, and with any other status 500");
        for (SetVariable each : variables) {
            each.variable.accept(exchange, exchange.trail().placeholder(each.value.text() + " of auth_request"));
        }
        return exchange.phases().allow();
    }

    /** Returns the subrequest that an exchange has made; {@code null} if there was none. */
    public static Exchange askedFor(Exchange exchange) {
        return exchange.get(ASKED);
    }

    /** Keeps the subrequest with the exchange, which shows the lines that the subrequest logs. */
    private static void asks(Exchange exchange, Exchange subrequest) {
        subrequest.requestLog().isFor("auth_request");
        exchange.put(ASKED, subrequest);
    }

    private static Result conclude(Exchange exchange, Exchange asked, List<SetVariable> variables) {
        for (SetVariable each : variables) {
            each.variable.accept(exchange, each.value.eval(asked));
        }
        int status = asked.status();
        if (status == 401) {
            for (String challenge : valuesOf(asked)) {
                exchange.responseHeaders().add(Headers.WWW_AUTHENTICATE, challenge);
            }
            return exchange.phases().deny(401);
        }
        if (status == 403) {
            return exchange.phases().deny(403);
        }
        if (status >= 200 && status < 300) {
            return exchange.phases().allow();
        }
        exchange.log(ErrorLog.Level.ERROR, "auth request unexpected status: " + status);
        exchange.ending().because(Why.AUTH_FAILED);
        exchange.fail(500);
        return Result.TAKEN;
    }

    private static List<String> valuesOf(Exchange asked) {
        var values = asked.responseHeaders().get(Headers.WWW_AUTHENTICATE);
        return values == null ? List.of() : List.copyOf(values);
    }
}
