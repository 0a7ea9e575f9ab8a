package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.Module;
import java.util.List;

/**
 * How this server's own redirects name it.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#absolute_redirect">absolute_redirect</a>
 */
final class RedirectsModule implements Module {

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple(
                        "absolute_redirect",
                        1,
                        (loader, scope, d) -> {
                            CoreSettings core = core(scope);
                            core.absoluteRedirect = flag(core.absoluteRedirect, d);
                        },
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "port_in_redirect",
                        1,
                        (loader, scope, d) -> {
                            CoreSettings core = core(scope);
                            core.portInRedirect = flag(core.portInRedirect, d);
                        },
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "server_name_in_redirect",
                        1,
                        (loader, scope, d) -> {
                            CoreSettings core = core(scope);
                            core.serverNameInRedirect = flag(core.serverNameInRedirect, d);
                        },
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private static CoreSettings core(Scope scope) {
        return scope.get(CoreSettings.KEY);
    }

    private static Boolean flag(Boolean earlier, Directive d) throws ConfException {
        if (earlier != null) {
            throw d.directiveError("is duplicate");
        }
        return Values.flag(d);
    }
}
