package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.Inclusions;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Set;

/**
 * Adds the contents of other locations before and after the content of a response.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_addition_module.html">ngx_http_addition_module</a>
 */
final class AdditionModule implements Module {

    private static final Settings<AdditionSettings> SETTINGS = Settings.of(AdditionSettings::new);

    /**
     * What is added.
     *
     * @param before the URI of the subrequest; empty for none
     * @param after the same
     */
    private record AdditionSettings(String before, String after, Set<String> types) {
        AdditionSettings(SettingsReader in) {
            this(
                    in.directive("add_before_body")
                            .byDefault("\"\"")
                            .means("Puts what another location answers before the content.")
                            .text(),
                    in.directive("add_after_body")
                            .byDefault("\"\"")
                            .means("Puts what another location answers after the content.")
                            .text(),
                    in.directive("addition_types")
                            .otherwise("text/html")
                            .means("The types to whose contents something is added; text/html always is one.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes(), MediaTypes.HTML));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("addition", "ngx_http_addition_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        AdditionSettings own = SETTINGS.of(scope);
        if (!own.before.isEmpty() || !own.after.isEmpty()) {
            location.filter(FilterPlace.ADDITION, exchange -> filter(exchange, own));
        }
    }

    private static void filter(Exchange exchange, AdditionSettings settings) {
        HeaderMap out = exchange.responseHeaders();
        if (exchange.response().status() != 200
                || exchange.isSubrequest()
                || !MediaTypes.has(settings.types, out.getFirst(Headers.CONTENT_TYPE))) {
            return;
        }
        ContentFilters.forgetLength(exchange);
        out.remove(Headers.ACCEPT_RANGES);
        ContentFilters.weakenTag(out);
        if (!ContentFilters.haveContent(exchange)) {
            return;
        }
        Inclusions inclusions = Inclusions.of(exchange);
        if (!settings.before.isEmpty()) {
            inclusions.before(() -> include(exchange, settings.before));
        }
        if (!settings.after.isEmpty()) {
            boolean[] isDone = new boolean[1];
            inclusions.after(() -> {
                boolean isFirst = !isDone[0];
                isDone[0] = true;
                return isFirst && include(exchange, settings.after);
            });
        }
    }

    private static boolean include(Exchange exchange, String uri) {
        try {
            Inclusions.of(exchange).include(uri, "", each -> each.requestLog().isFor("addition"), (each, has) -> {});
            return true;
        } catch (Inclusions.Refused e) {
            return false;
        }
    }
}
