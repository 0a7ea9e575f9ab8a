package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler;
import hopyard.proxy.http.Template;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code return} and {@code set}, obeyed in the order in which they stand.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_rewrite_module.html">ngx_http_rewrite_module</a>
 */
final class RewriteModule implements Module {

    private static final Scope.Key<Steps> KEY = new Scope.Key<>(Steps::new);

    private static final class Steps {
        private final List<PhaseHandler> list = new ArrayList<>();
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("return", 1, 2, RewriteModule::returns, SERVER, LOCATION),
                Command.simple("set", 2, RewriteModule::set, SERVER, LOCATION));
    }

    @Override
    public void compile(Scope scope, Location location) {
        // steps are not inherited: a server's own run before a location is chosen
        scope.get(KEY).list.forEach(step -> location.on(Phase.REWRITE, step));
    }

    private static void set(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).startsWith("$")) {
            throw d.error("invalid variable name \"" + d.arg(0) + "\"");
        }
        Build build = Build.of(scope);
        int slot = build.variables().defineSettable(d, d.arg(0).substring(1));
        Template value = build.template(d.arg(1), d);
        scope.get(KEY).list.add(exchange -> {
            exchange.slots()[slot] = value.eval(exchange);
            return PhaseHandler.Result.NEXT;
        });
    }

    private static void returns(Loader loader, Scope scope, Directive d) throws ConfException {
        int status = Values.parseNumber(d.arg(0));
        Template text = null;
        if (status < 0) {
            if (d.args().size() == 2 || !isUrl(d.arg(0))) {
                throw d.error("invalid return code \"" + d.arg(0) + "\"");
            }
            status = 302;
            text = Build.of(scope).template(d.arg(0), d);
        } else if (status > 999) {
            throw d.error("invalid return code \"" + d.arg(0) + "\"");
        } else if (d.args().size() == 2) {
            text = Build.of(scope).template(d.arg(1), d);
        }
        int code = status;
        Template body = text;
        scope.get(KEY).list.add(exchange -> {
            respond(exchange, code, body);
            return PhaseHandler.Result.TAKEN;
        });
    }

    private static boolean isUrl(String text) {
        return text.startsWith("http://") || text.startsWith("https://") || text.startsWith("$scheme");
    }

    private static void respond(Exchange exchange, int status, Template text) {
        boolean isRedirect = status >= 301 && status <= 303 || status == 307 || status == 308;
        if (text == null) {
            if (status >= 400) {
                exchange.fail(status);
            } else {
                exchange.respond(status, null, new byte[0]);
            }
        } else if (isRedirect) {
            exchange.redirectClient(status, text.eval(exchange));
        } else {
            exchange.respond(
                    status,
                    exchange.location().core().typeOf(exchange.uri()),
                    text.eval(exchange).getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
