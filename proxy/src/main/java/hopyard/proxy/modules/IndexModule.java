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
import hopyard.proxy.http.FilePath;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.RequestTarget;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.Trail;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * What a URI that ends with a slash means.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_index_module.html">ngx_http_index_module</a>
 */
final class IndexModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final class Settings {
        private List<Template> files;
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("index", 1, Command.ANY, IndexModule::index, HTTP, SERVER, LOCATION));
    }

    private static void index(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.files == null) {
            settings.files = new ArrayList<>();
        }
        for (int i = 0; i < d.args().size(); i++) {
            if (d.arg(i).isEmpty()) {
                throw d.error("index \"\" in \"index\" directive is invalid");
            }
            settings.files.add(Build.of(scope).template(d.arg(i), d));
        }
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        if (own.files == null) {
            own.files = parent.get(KEY).files;
        }
    }

    @Override
    public void compile(Scope scope, Location location) {
        List<Template> configured = scope.get(KEY).files;
        List<Template> files = configured == null ? List.of(Template.constant("index.html")) : configured;
        location.on(Phase.CONTENT, exchange -> find(exchange, files));
    }

    private static Result find(Exchange exchange, List<Template> files) {
        if (!exchange.uri().endsWith("/") || !exchange.method().matches("GET|HEAD|POST")) {
            return Result.NEXT;
        }
        for (Template file : files) {
            String name = file.eval(exchange);
            if (name.startsWith("/")) {
                tell(exchange, true, name + " is an absolute name, and taken as it is");
                // an absolute name is where to look last, whether or not it exists
                exchange.phases().redirect(name, exchange.args());
                return Result.TAKEN;
            }
            String uri = exchange.uri() + name;
            boolean exists = !RequestTarget.isUnsafe(uri) && Files.exists(FilePath.of(exchange, uri));
            tell(exchange, exists, "the file for " + uri + (exists ? " is there" : " is not there"));
            if (exists) {
                exchange.phases().redirect(uri, exchange.args());
                return Result.TAKEN;
            }
        }
        return Result.NEXT;
    }

    private static void tell(Exchange exchange, boolean holds, String text) {
        if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.INDEX, exchange.location().source().line("index"), holds, text);
        }
    }
}
