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
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.server.Reading;
import hopyard.proxy.upstream.Resolver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
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

    /** The port of name servers that name none. */
    private static final int PORT = 53;

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
                            .note("`status_zone` is unknown")
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

        private final List<InetSocketAddress> addresses = new ArrayList<>();
        private final Map<Long, Resolver> byTimeout = new HashMap<>();
        private long validMillis;
        private boolean ipv4 = true;
        private boolean ipv6 = true;

        private Resolver resolver(long timeoutMillis) {
            return byTimeout.computeIfAbsent(
                    timeoutMillis,
                    millis -> new Resolver(
                            new Resolver.Settings(List.copyOf(addresses), validMillis, millis, ipv4, ipv6)));
        }

        private static final class Reader implements ValueReader<Servers> {
            @Override
            public Servers read(Scope scope, Directive d, Servers former) throws ConfException {
                Servers servers = new Servers();
                for (String word : d.args()) {
                    servers.read(word, d, Reading.of(scope).surroundings());
                }
                if (!servers.ipv4 && !servers.ipv6) {
                    throw d.error("\"ipv4\" and \"ipv6\" cannot both be \"off\"");
                }
                if (servers.addresses.isEmpty()) {
                    throw d.error("no name servers defined");
                }
                return servers;
            }
        }

        private void read(String word, Directive d, Surroundings surroundings) throws ConfException {
            if (word.startsWith("valid=")) {
                validMillis = Values.parseSeconds(word.substring(6)) * 1000;
                if (validMillis < 0) {
                    throw d.error("invalid parameter: " + word);
                }
            } else if (word.startsWith("ipv6=") || word.startsWith("ipv4=")) {
                if (!word.endsWith("=on") && !word.endsWith("=off")) {
                    throw d.error("invalid parameter: " + word);
                }
                ipv4 = !word.equals("ipv4=off") && ipv4;
                ipv6 = !word.equals("ipv6=off") && ipv6;
            } else {
                add(word, d, surroundings);
            }
        }

        private void add(String server, Directive d, Surroundings surroundings) throws ConfException {
            boolean hasPort =
                    server.lastIndexOf(':') > server.lastIndexOf(']') && server.indexOf(':') == server.lastIndexOf(':')
                            || server.contains("]:");
            int colon = hasPort ? server.lastIndexOf(':') : server.length();
            int port = hasPort ? Values.parseNumber(server.substring(colon + 1)) : PORT;
            if (port < 1 || port > 65535) {
                throw d.error("invalid port in resolver \"" + server + "\"");
            }
            String host = server.substring(0, colon).replaceAll("^\\[|]$", "");
            try {
                for (InetAddress address : surroundings.lookUp(host)) {
                    addresses.add(new InetSocketAddress(address, port));
                }
            } catch (UnknownHostException e) {
                throw d.error("host not found in resolver \"" + server + "\"");
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
