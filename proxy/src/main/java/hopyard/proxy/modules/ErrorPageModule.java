package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorPage;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Template;
import java.util.ArrayList;
import java.util.List;

/**
 * Pages of one's own for errors, and what may be reached by them alone.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#error_page">error_page</a>
 */
final class ErrorPageModule implements Module {

    private static final int LOWEST = 300;
    private static final int HIGHEST = 599;

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple(
                        "error_page", 2, Command.ANY, ErrorPageModule::errorPage, HTTP, SERVER, LOCATION, LOCATION_IF),
                Command.simple(
                        "recursive_error_pages",
                        1,
                        Slots.flag(CoreSettings.KEY, c -> c.recursiveErrors, (c, v) -> c.recursiveErrors = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "msie_padding",
                        1,
                        Slots.flag(CoreSettings.KEY, c -> c.msiePadding, (c, v) -> c.msiePadding = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple("internal", 0, ErrorPageModule::internal, LOCATION));
    }

    private static void errorPage(Loader loader, Scope scope, Directive d) throws ConfException {
        CoreSettings core = scope.get(CoreSettings.KEY);
        if (core.errorPages() == null) {
            core.errorPages = new ArrayList<>();
        }
        int last = d.args().size() - 1;
        int shown = ErrorPage.SAME;
        int codes = last;
        String before = d.arg(last - 1);
        if (before.startsWith("=")) {
            if (last == 1) {
                throw d.error("invalid value \"" + before + "\"");
            }
            shown = before.length() == 1 ? ErrorPage.ITS_OWN : Values.parseNumber(before.substring(1));
            if (shown < 0) {
                throw d.error("invalid value \"" + before + "\"");
            }
            codes--;
        }
        Template target = Build.of(scope).template(d.arg(last), d);
        for (String code : d.args().subList(0, codes)) {
            int status = Values.parseNumber(code);
            if (status < 0 || status == 499) {
                throw d.error("invalid value \"" + code + "\"");
            }
            if (status < LOWEST || status > HIGHEST) {
                throw d.error("value \"" + code + "\" must be between " + LOWEST + " and " + HIGHEST);
            }
            core.errorPages().add(new ErrorPage(status, shown, target, d));
        }
    }

    private static void internal(Loader loader, Scope scope, Directive d) {
        scope.get(CoreSettings.KEY).location.makeInternal();
    }
}
