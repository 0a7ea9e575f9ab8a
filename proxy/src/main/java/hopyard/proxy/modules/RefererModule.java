package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import hopyard.proxy.server.Regex;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.Slots;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/**
 * Tells requests that come from other people's pages, by the field {@code Referer}: {@code $invalid_referer}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_referer_module.html">ngx_http_referer_module</a>
 */
final class RefererModule implements Module {

    private static final Settings<RefererSettings> SETTINGS = Settings.of(RefererSettings::new);

    private static final Slots.Key<Referers> KEY = new Slots.Key<>();

    /** The shortest value that is looked at as a URL, in characters, as in nginx: {@code http://i.ru}. */
    private static final int MIN_URL = 11;

    /** The longest host, in characters. */
    private static final int MAX_HOST = 256;

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    private record RefererSettings(Referers referers) {
        RefererSettings(SettingsReader in) {
            this(in.directive("valid_referers")
                    .means(
                            "Which pages may lead here: their hosts, none for no Referer, blocked for one without a URL.")
                    .in(SERVER, LOCATION)
                    .args(1, Command.ANY)
                    .read(new Reader()));
        }
    }

    /** The {@code valid_referers} of a level. */
    private static final class Referers {
        /** The beginning that the path must have; empty for any. */
        private final HostTable<String> hosts = new HostTable<>();

        private final List<Regex> urls = new ArrayList<>();
        private final List<Regex> serverNames = new ArrayList<>();
        private boolean none;
        private boolean blocked;
        /** The line that names the server's own names; {@code null} if they are added, or not wanted. */
        private Directive own;

        /** Adds what is known only when the whole configuration is read. */
        private void complete(Scope scope) throws ConfException {
            if (own != null) {
                for (ServerSettings.Name name :
                        ServerSettings.of(scope.nearest(SERVER)).names()) {
                    if (name.pattern() != null) {
                        serverNames.add(name.pattern());
                    } else {
                        hosts.add(name.text(), "", own);
                    }
                }
                own = null;
            }
            if ((none || blocked) && hosts.isEmpty()) {
                throw ConfException.anywhere("the \"none\" or \"blocked\" referers are specified in the "
                        + "\"valid_referers\" directive without any valid referer");
            }
        }

        /** Takes expressions over from the level around: nginx does so, while other lines replace the outer ones. */
        private void inherit(Referers outer) {
            if (urls.isEmpty()) {
                urls.addAll(outer.urls);
            }
            if (serverNames.isEmpty()) {
                serverNames.addAll(outer.serverNames);
            }
        }

        private boolean allow(String referer) {
            if (referer == null) {
                return none;
            }
            int scheme = referer.length() < MIN_URL
                    ? 0
                    : referer.regionMatches(true, 0, "http://", 0, 7)
                            ? 7
                            : referer.regionMatches(true, 0, "https://", 0, 8) ? 8 : 0;
            return scheme == 0 ? blocked : allowUrl(referer.substring(scheme));
        }

        /** Whether a URL without its scheme is valid. */
        private boolean allowUrl(String url) {
            int end = 0;
            while (end < url.length() && url.charAt(end) != '/' && url.charAt(end) != ':') {
                end++;
            }
            if (end > MAX_HOST) {
                return false;
            }
            String host = url.substring(0, end).toLowerCase(Locale.ROOT);
            String prefix = hosts.find(host);
            if (prefix != null) {
                int path = url.indexOf('/', end);
                return prefix.isEmpty() || path >= 0 && url.startsWith(prefix, path);
            }
            return serverNames.stream().anyMatch(each -> each.find(host))
                    || urls.stream().anyMatch(each -> each.find(url));
        }
    }

    private static final class Reader implements ValueReader.Repeated<Referers> {
        @Override
        public Referers read(Scope scope, Directive d, Referers former) throws ConfException {
            Referers referers = former == null ? new Referers() : former;
            for (String word : d.args()) {
                switch (word) {
                    case "" -> throw d.error("invalid referer \"\"");
                    case "none" -> referers.none = true;
                    case "blocked" -> referers.blocked = true;
                    case "server_names" -> referers.own = d;
                    case "~" -> throw d.error("empty regex in \"~\"");
                    default -> add(referers, word, scope, d);
                }
            }
            return referers;
        }

        private static void add(Referers referers, String word, Scope scope, Directive d) throws ConfException {
            if (word.startsWith("~")) {
                referers.urls.add(Regex.compile(Build.of(scope).variables(), d, word.substring(1), true));
                return;
            }
            int slash = word.indexOf('/');
            String host = slash < 0 ? word : word.substring(0, slash);
            referers.hosts.add(host, slash < 0 ? "" : word.substring(slash), d);
        }
    }

    RefererModule() {
        accepted.add("ngx_http_referer_module", EnumSet.of(SERVER, LOCATION), Check.NUMBER, 1, 1, """
                referer_hash_bucket_size | 64 | The table of valid_referers.
                referer_hash_max_size | 2048 | How large it may become.
                """);
    }

    @Override
    public Manual manual() {
        return new Manual("referer", "ngx_http_referer_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return accepted.commands();
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        Referers own = SETTINGS.of(child).referers;
        Referers outer = SETTINGS.of(parent).referers;
        if (own != null && own != outer) {
            own.complete(child);
            if (outer != null) {
                own.inherit(outer);
            }
        }
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Referers referers = SETTINGS.of(scope).referers;
        if (referers != null) {
            location.slots().put(KEY, referers);
        }
    }

    @Override
    public void prepare(Variables v) {
        v.defineReplaceable("invalid_referer", RefererModule::invalid);
    }

    /** Returns "1" for a request from another's page, else nothing, also where no line says which pages are valid. */
    private static String invalid(Exchange exchange) {
        Referers referers = exchange.location().slots().get(KEY);
        return referers == null || referers.allow(exchange.header(Headers.REFERER)) ? "" : "1";
    }
}
