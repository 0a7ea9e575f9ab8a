package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.Module;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

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
                        flag(c -> c.absoluteRedirect, (c, v) -> c.absoluteRedirect = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "port_in_redirect",
                        1,
                        flag(c -> c.portInRedirect, (c, v) -> c.portInRedirect = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "server_name_in_redirect",
                        1,
                        flag(c -> c.serverNameInRedirect, (c, v) -> c.serverNameInRedirect = v),
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private static Command.Setter flag(Function<CoreSettings, Boolean> get, BiConsumer<CoreSettings, Boolean> set) {
        return Slots.flag(CoreSettings.KEY, get, set);
    }
}
