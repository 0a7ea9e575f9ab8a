package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;
import static hopyard.proxy.conf.Context.UPSTREAM;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.upstream.Resolver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The name servers for names that are looked up while the proxy runs.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver">resolver</a>
 */
final class ResolverModule implements Module {

    private static final Settings<ResolverSettings> SETTINGS = Settings.of(ResolverSettings::new);

    /**
     * The name servers, and how long to wait for them.
     *
     * @param servers the name servers; {@code null} for none
     */
    private record ResolverSettings(Servers servers, long timeoutMillis) {
        ResolverSettings(SettingsReader in) {
            this(
                    in.directive("resolver")
                            .means("The name servers that are asked for names while the proxy runs.")
                            .note(
                                    "TTLs are not known: an answer is good for 10 seconds, or as `valid` says; `status_zone` is unknown")
                            .in(HTTP, SERVER, LOCATION, UPSTREAM)
                            .args(1, Command.ANY)
                            .read(new Servers.Reader()),
                    in.directive("resolver_timeout")
                            .byDefault("30s")
                            .means("How long to wait for their answer.")
                            .in(HTTP, SERVER, LOCATION, UPSTREAM)
                            .millis());
        }
    }

    /**
     * A {@code resolver} line. All scopes that use this line with the same timeout share one resolver and its answers.
     */
    private static final class Servers {

        private final List<String> addresses = new ArrayList<>();
        private final Map<Long, Resolver> byTimeout = new HashMap<>();
        private long validMillis = Resolver.VALID_MILLIS;
        private boolean ipv6 = true;

        private Resolver resolver(long timeoutMillis) {
            return byTimeout.computeIfAbsent(
                    timeoutMillis, millis -> new Resolver(addresses, validMillis, millis, ipv6));
        }

        private static final class Reader implements ValueReader<Servers> {
            @Override
            public Servers read(Scope scope, Directive d, Servers former) throws ConfException {
                Servers servers = new Servers();
                for (String word : d.args()) {
                    servers.read(word, d);
                }
                if (servers.addresses.isEmpty()) {
                    throw d.error("no name servers defined");
                }
                return servers;
            }
        }

        private void read(String word, Directive d) throws ConfException {
            if (word.startsWith("valid=")) {
                validMillis = Values.parseMillis(word.substring(6));
                if (validMillis < 0) {
                    throw d.error("invalid parameter: " + word);
                }
            } else if (word.startsWith("ipv6=") || word.startsWith("ipv4=")) {
                if (!word.endsWith("=on") && !word.endsWith("=off")) {
                    throw d.error("invalid parameter: " + word);
                }
                ipv6 = !word.equals("ipv6=off") && ipv6;
            } else {
                boolean hasPort =
                        word.lastIndexOf(':') > word.lastIndexOf(']') && word.indexOf(':') == word.lastIndexOf(':')
                                || word.contains("]:");
                addresses.add(hasPort ? word : word + ":53");
            }
        }
    }

    @Override
    public Manual manual() {
        return new Manual("http core: resolver", "ngx_http_core_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    /** Whether a {@code resolver} is in force in a scope. */
    static boolean isSet(Scope scope) {
        return SETTINGS.of(scope).servers != null;
    }

    /** Returns the resolver that is in force in a scope; {@code null} if there is none. */
    static Resolver of(Scope scope) {
        // while an upstream block is read, the levels are not merged yet
        for (Scope level = scope; level != null; level = level.parent()) {
            ResolverSettings settings = SETTINGS.of(level);
            if (settings.servers != null) {
                return settings.servers.resolver(settings.timeoutMillis);
            }
        }
        return null;
    }
}
