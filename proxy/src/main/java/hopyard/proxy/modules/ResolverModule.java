package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;
import static hopyard.proxy.conf.Context.UPSTREAM;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Module;
import hopyard.proxy.upstream.Resolver;
import java.util.ArrayList;
import java.util.List;

/**
 * Which name servers are asked for names that are only known while the proxy runs.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver">resolver</a>
 */
final class ResolverModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final long TIMEOUT_MILLIS = 30_000;

    private static final class Settings {
        private List<String> servers;
        private long validMillis = Resolver.VALID_MILLIS;
        private boolean ipv6 = true;
        private Long timeoutMillis;
        private Resolver made;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("resolver", 1, Command.ANY, ResolverModule::resolver, HTTP, SERVER, LOCATION, UPSTREAM),
                Command.simple(
                        "resolver_timeout",
                        1,
                        Slots.millis(KEY, s -> s.timeoutMillis, (s, v) -> s.timeoutMillis = v),
                        HTTP,
                        SERVER,
                        LOCATION,
                        UPSTREAM));
    }

    private static void resolver(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.servers != null) {
            throw d.directiveError("is duplicate");
        }
        settings.servers = new ArrayList<>();
        for (String word : d.args()) {
            if (word.startsWith("valid=")) {
                settings.validMillis = Values.parseMillis(word.substring(6));
                if (settings.validMillis < 0) {
                    throw d.error("invalid parameter: " + word);
                }
            } else if (word.startsWith("ipv6=") || word.startsWith("ipv4=")) {
                if (!word.endsWith("=on") && !word.endsWith("=off")) {
                    throw d.error("invalid parameter: " + word);
                }
                settings.ipv6 = !word.equals("ipv6=off") && settings.ipv6;
            } else {
                boolean hasPort =
                        word.lastIndexOf(':') > word.lastIndexOf(']') && word.indexOf(':') == word.lastIndexOf(':')
                                || word.contains("]:");
                settings.servers.add(hasPort ? word : word + ":53");
            }
        }
        if (settings.servers.isEmpty()) {
            throw d.error("no name servers defined");
        }
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.timeoutMillis = Inherited.or(own.timeoutMillis, outer.timeoutMillis);
        if (own.servers == null) {
            own.servers = outer.servers;
            own.validMillis = outer.validMillis;
            own.ipv6 = outer.ipv6;
            own.made = outer.made;
        }
    }

    /** Whether there is one that counts in a scope. */
    static boolean isSet(Scope scope) {
        return scope.get(KEY).servers != null;
    }

    /** The resolver that counts in a scope; {@code null} if there is none. */
    static Resolver of(Scope scope) {
        for (Scope level = scope; level != null; level = level.parent()) {
            Settings settings = level.get(KEY);
            if (settings.servers != null) {
                if (settings.made == null) {
                    settings.made = new Resolver(
                            settings.servers,
                            settings.validMillis,
                            Inherited.orDefault(settings.timeoutMillis, TIMEOUT_MILLIS),
                            settings.ipv6);
                }
                return settings.made;
            }
        }
        return null;
    }
}
