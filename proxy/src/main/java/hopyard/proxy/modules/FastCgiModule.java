package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.forward.FastCgiProtocol;
import hopyard.proxy.forward.HttpOptions;
import hopyard.proxy.forward.ResponseProtocol;
import hopyard.proxy.server.Captures;
import hopyard.proxy.server.Regex;
import hopyard.proxy.server.Slots;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes requests to apps that speak FastCGI.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html">ngx_http_fastcgi_module</a>
 */
final class FastCgiModule extends CgiModule {

    private static final Settings<Own> SETTINGS = Settings.of(Own::new);

    /** What a location says about scripts, for variables. */
    private static final Slots.Key<Own> KEY = new Slots.Key<>();

    /** @param splitPathInfo takes a URI apart into the script's name and the path behind it; {@code null} for not */
    private record Own(String index, Regex splitPathInfo, List<String> catchStderr, boolean keepConn) {
        Own(SettingsReader in) {
            this(
                    in.directive("fastcgi_index")
                            .means("The file that $fastcgi_script_name has where a URI ends with a slash.")
                            .text(),
                    in.directive("fastcgi_split_path_info")
                            .means("Takes $fastcgi_script_name and $fastcgi_path_info out of the URI.")
                            .read(new Split()),
                    in.directive("fastcgi_catch_stderr")
                            .means("What an app writes to its standard error makes its response invalid.")
                            .read(new Texts(), List.of()),
                    in.directive("fastcgi_keep_conn")
                            .byDefault("off")
                            .means("Whether the app is asked to leave connections open.")
                            .flag());
        }

        /** Returns the URI as {@code fastcgi_split_path_info} takes it apart; {@code null} if it does not. */
        private Captures split(Exchange exchange) {
            return splitPathInfo == null ? null : splitPathInfo.captures(exchange.uri());
        }

        private String scriptName(Exchange exchange) {
            Captures split = split(exchange);
            String script = split == null ? exchange.uri() : whole(split.group(1));
            return index != null && script.endsWith("/") ? script + index : script;
        }

        private String pathInfo(Exchange exchange) {
            Captures split = split(exchange);
            return split == null ? "" : whole(split.group(2));
        }
    }

    private static String whole(String group) {
        return group == null ? "" : group;
    }

    private static final class Split implements ValueReader<Regex> {
        @Override
        public Regex read(Scope scope, Directive d, Regex former) throws ConfException {
            Regex regex = Regex.compile(Build.of(scope).variables(), d, d.arg(0), false);
            if (regex.groupCount() != 2) {
                throw d.error("pattern \"" + d.arg(0) + "\" must have 2 captures");
            }
            return regex;
        }
    }

    private static final class Texts implements ValueReader.Repeated<List<String>> {
        @Override
        public List<String> read(Scope scope, Directive d, List<String> former) {
            List<String> texts = former == null ? new ArrayList<>() : former;
            texts.add(d.arg(0));
            return texts;
        }
    }

    FastCgiModule() {
        super("fastcgi", "FastCGI");
    }

    @Override
    public List<Settings<?>> settings() {
        List<Settings<?>> all = new ArrayList<>(super.settings());
        all.add(SETTINGS);
        return all;
    }

    @Override
    public void prepare(Variables variables) {
        variables.define("fastcgi_script_name", exchange -> {
            Own its = exchange.location().slots().get(KEY);
            return its == null ? exchange.uri() : its.scriptName(exchange);
        });
        variables.define("fastcgi_path_info", exchange -> {
            Own its = exchange.location().slots().get(KEY);
            return its == null ? "" : its.pathInfo(exchange);
        });
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        location.location().slots().put(KEY, SETTINGS.of(scope));
        super.compile(scope, location);
    }

    @Override
    CgiEncoding encoding(Scope scope) {
        return new FastCgiEncoding(SETTINGS.of(scope).keepConn);
    }

    @Override
    ResponseProtocol protocol(Scope scope) {
        Own its = SETTINGS.of(scope);
        return new FastCgiProtocol(its.keepConn, its.catchStderr);
    }

    @Override
    HttpOptions like() {
        return HttpOptions.LIKE_1_1;
    }
}
