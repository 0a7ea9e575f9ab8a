package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Symlinks;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the index file for a URI that ends with a slash.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_index_module.html">ngx_http_index_module</a>
 */
final class IndexModule implements Module {

    private static final ExchangeKey<String> FIRST = new ExchangeKey<>();

    private static final Settings<IndexSettings> SETTINGS = Settings.of(IndexSettings::new);

    private record IndexSettings(List<Template> files) {
        IndexSettings(SettingsReader in) {
            this(in.directive("index")
                    .byDefault("index.html")
                    .means("The files that stand for a directory.")
                    .args(1, Command.ANY)
                    .read(new Names()));
        }
    }

    private static final class Names implements ValueReader.Repeated<List<Template>> {
        @Override
        public List<Template> read(Scope scope, Directive d, List<Template> former) throws ConfException {
            List<Template> files = former == null ? new ArrayList<>() : former;
            for (String name : d.args()) {
                if (name.isEmpty()) {
                    throw d.error("index \"\" in \"index\" directive is invalid");
                }
                files.add(Build.of(scope).template(name, d));
            }
            return files;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("index", "ngx_http_index_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        List<Template> files = SETTINGS.of(scope).files;
        location.on(Phase.CONTENT, exchange -> find(exchange, files));
    }

    /** Returns the status if the way to a file leads over a link that must not be followed; else 0. */
    private static int refused(Exchange exchange, Path path) {
        try {
            Symlinks.check(exchange, path);
            return 0;
        } catch (NotDirectoryException e) {
            if (exchange.core().logNotFound()) {
                exchange.log(
                        ErrorLog.Level.ERROR,
                        "\"" + Paths.toBytes(path) + "\" is not found (" + SystemErrors.text(e) + ")");
            }
            return 404;
        } catch (IOException e) {
            // a link that leads nowhere is no file
            return Symlinks.isLink(e) ? 403 : 0;
        }
    }

    /** Returns the name that was looked for first: a directory is said to be missing together with it. */
    static String first(Exchange exchange) {
        String first = exchange.get(FIRST);
        return first == null ? "" : first;
    }

    private static Result find(Exchange exchange, List<Template> files) {
        if (!exchange.uri().endsWith("/") || !exchange.method().matches("GET|HEAD|POST")) {
            return Result.NEXT;
        }
        String first = null;
        for (Template file : files) {
            String name = file.eval(exchange);
            if (name.startsWith("/")) {
                tell(exchange, true, name + " is an absolute name, and taken as it is");
                // an absolute name ends the search, whether or not the file exists
                exchange.phases().redirect(name, exchange.args());
                return Result.TAKEN;
            }
            first = first == null ? name : first;
            String uri = exchange.uri() + name;
            Path path = RequestTarget.isUnsafe(uri) ? null : FilePath.of(exchange, uri);
            int refused = path == null ? 0 : refused(exchange, path);
            if (refused != 0) {
                exchange.fail(refused);
                return Result.TAKEN;
            }
            boolean exists = path != null && Files.exists(path);
            tell(exchange, exists, "the file for " + uri + (exists ? " is there" : " is not there"));
            if (exists) {
                exchange.phases().redirect(uri, exchange.args());
                return Result.TAKEN;
            }
        }
        exchange.put(FIRST, first);
        return Result.NEXT;
    }

    private static void tell(Exchange exchange, boolean holds, String text) {
        if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.INDEX, exchange.location().source().line("index"), holds, text);
        }
    }
}
