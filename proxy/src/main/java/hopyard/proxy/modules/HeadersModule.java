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
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Template;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Response headers of the configuration's own.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_headers_module.html">ngx_http_headers_module</a>
 */
final class HeadersModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    /** Without {@code always}, only these responses get the header. */
    private static final Set<Integer> STATUSES = Set.of(200, 201, 204, 206, 301, 302, 303, 304, 307, 308);

    private static final class Settings {
        private List<Header> headers = new ArrayList<>();
    }

    private record Header(HttpString name, Template value, boolean always, Directive directive) {
        void add(Exchange exchange) {
            if (always || STATUSES.contains(exchange.http().getStatusCode())) {
                String text = value.eval(exchange);
                if (!text.isEmpty()) {
                    exchange.http().getResponseHeaders().add(name, text);
                }
            }
        }
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("add_header", 2, 3, HeadersModule::addHeader, HTTP, SERVER, LOCATION));
    }

    private static void addHeader(Loader loader, Scope scope, Directive d) throws ConfException {
        boolean always = d.args().size() == 3;
        if (always && !d.arg(2).equals("always")) {
            throw d.error("invalid parameter \"" + d.arg(2) + "\"");
        }
        Template value = Build.of(scope).template(d.arg(1), d);
        scope.get(KEY).headers.add(new Header(new HttpString(d.arg(0)), value, always, d));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        if (own.headers.isEmpty()) {
            own.headers = parent.get(KEY).headers;
        }
    }

    @Override
    public void compile(Scope scope, Location location) {
        scope.get(KEY).headers.forEach(header -> {
            location.filter(header::add);
            location.source().responseHeaders().putIfAbsent(header.name, header.directive);
        });
    }
}
