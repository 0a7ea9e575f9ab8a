package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.Values;
import hopyard.proxy.forward.CacheSettings;
import hopyard.proxy.forward.NextUpstream;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.SharedZone;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.ZoneData;
import hopyard.proxy.http.Zones;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Keeping responses, for {@link ProxyModule}: {@code proxy_cache…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache">proxy_cache</a>
 */
final class ProxyCache {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Set<NextUpstream> STALE = EnumSet.complementOf(EnumSet.of(NextUpstream.NON_IDEMPOTENT));

    /** A {@code keys_zone}, whose contents the cache knows. */
    private record KeysZone(Directive line, CacheZone cache) implements ZoneData<KeysZone> {

        @Override
        public void check(String zone, KeysZone running) throws ConfException {
            Path directory = cache.settings().directory();
            if (running != null) {
                CacheZone.Settings before = running.cache.settings();
                if (!before.directory().equals(directory)) {
                    throw ConfException.anywhere("cache \"" + zone + "\" uses the \"" + directory
                            + "\" cache path while previously it used the \"" + before.directory() + "\" cache path");
                }
                if (!before.levels().equals(cache.settings().levels())) {
                    throw ConfException.anywhere("cache \"" + zone + "\" had previously different levels");
                }
            }
            try {
                cache.open();
            } catch (IOException e) {
                throw ConfException.anywhere("mkdir() \"" + directory + "\" failed (" + SystemErrors.text(e) + ")");
            }
        }

        @Override
        public void takeOver(KeysZone running) {
            cache.takeOver(running.cache);
        }

        @Override
        public void bound(long bytes) {
            cache.bound(bytes);
        }

        @Override
        public void retire() {
            cache.retire();
        }
    }

    private static final class Settings {
        private Template zone;
        private Directive zoneLine;
        private SharedZone<KeysZone> fixed;
        private Template key;
        private List<Template> bypass;
        private List<Template> noCache;
        private Map<Integer, Long> valid;
        private Set<NextUpstream> useStale;
        private boolean updating;
        private Boolean lock;
        private Long lockTimeout;
        private Long lockAge;
        private Boolean revalidate;
        private Boolean backgroundUpdate;
        private Boolean convertHead;
        private Integer minUses;
        private Set<String> methods;

        private boolean isOff() {
            return zone == null || zone.isConstant() && zone.text().equals("off");
        }

        /** Whether the zone's name has no variables. */
        private boolean isFixed() {
            return !isOff() && zone.isConstant();
        }
    }

    private ProxyCache() {}

    static List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        commands.add(Command.simple("proxy_cache_path", 2, Command.ANY, ProxyCache::path, HTTP));
        add(commands, "proxy_cache", 1, ProxyCache::zone);
        add(commands, "proxy_cache_key", 1, Slots.template(KEY, s -> s.key, (s, v) -> s.key = v));
        add(commands, "proxy_cache_bypass", Command.ANY, (l, scope, d) -> {
            Settings settings = scope.get(KEY);
            settings.bypass = conditions(scope, d, settings.bypass);
        });
        add(commands, "proxy_no_cache", Command.ANY, (l, scope, d) -> {
            Settings settings = scope.get(KEY);
            settings.noCache = conditions(scope, d, settings.noCache);
        });
        add(commands, "proxy_cache_valid", Command.ANY, ProxyCache::valid);
        add(commands, "proxy_cache_use_stale", Command.ANY, ProxyCache::useStale);
        add(
                commands,
                "proxy_cache_methods",
                Command.ANY,
                Slots.once(KEY, s -> s.methods, (s, v) -> s.methods = v, ProxyCache::methods));
        add(commands, "proxy_cache_lock", 1, Slots.flag(KEY, s -> s.lock, (s, v) -> s.lock = v));
        add(
                commands,
                "proxy_cache_lock_timeout",
                1,
                Slots.millis(KEY, s -> s.lockTimeout, (s, v) -> s.lockTimeout = v));
        add(commands, "proxy_cache_lock_age", 1, Slots.millis(KEY, s -> s.lockAge, (s, v) -> s.lockAge = v));
        add(commands, "proxy_cache_revalidate", 1, Slots.flag(KEY, s -> s.revalidate, (s, v) -> s.revalidate = v));
        add(
                commands,
                "proxy_cache_background_update",
                1,
                Slots.flag(KEY, s -> s.backgroundUpdate, (s, v) -> s.backgroundUpdate = v));
        add(commands, "proxy_cache_convert_head", 1, Slots.flag(KEY, s -> s.convertHead, (s, v) -> s.convertHead = v));
        add(commands, "proxy_cache_min_uses", 1, Slots.number(KEY, s -> s.minUses, (s, v) -> s.minUses = v));
        return commands;
    }

    private static void add(List<Command> commands, String name, int max, Command.Setter setter) {
        commands.add(Command.simple(name, 1, max, setter, HTTP, SERVER, LOCATION));
    }

    private static void path(Loader loader, Scope scope, Directive d) throws ConfException {
        Build build = Build.of(scope);
        ZoneName name = null;
        List<Integer> levels = List.of();
        long maxSize = 0;
        long inactive = 600_000;
        for (String parameter : d.args().subList(1, d.args().size())) {
            String value = parameter.substring(parameter.indexOf('=') + 1);
            if (parameter.startsWith("keys_zone=")) {
                name = ZoneName.parseKeys(parameter, d);
            } else if (parameter.startsWith("levels=")) {
                if (!value.matches("[12](:[12]){0,2}")) {
                    throw d.error("invalid \"levels\" \"" + parameter + "\"");
                }
                levels = value.chars()
                        .filter(c -> c != ':')
                        .mapToObj(c -> c - '0')
                        .toList();
            } else if (parameter.startsWith("max_size=")) {
                try {
                    maxSize = Values.parseSize(value);
                } catch (NumberFormatException e) {
                    throw d.error("invalid max_size value \"" + parameter + "\"");
                }
            } else if (parameter.startsWith("inactive=")) {
                inactive = Values.parseMillis(value);
                if (inactive < 0) {
                    throw d.error("invalid inactive value \"" + parameter + "\"");
                }
            } else if (!parameter.matches(
                    "(use_temp_path=(on|off)|min_free=[0-9]+[kKmMgG]?|(manager|loader)_(files|sleep|threshold)=[0-9]+(ms|s)?)")) {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        if (name == null || name.name().isEmpty()) {
            throw d.error("\"proxy_cache_path\" must have \"keys_zone\" parameter");
        }
        Path directory = Paths.under(build.prefix(), d, 0);
        for (KeysZone other : build.zones().all(KeysZone.class)) {
            if (other.cache.settings().directory().equals(directory)) {
                throw d.error("the same path name \"" + directory + "\" used in " + other.line.place() + " and");
            }
        }
        SharedZone<KeysZone> zone = build.zones().declare(name.name(), KeysZone.class, name.size(), d);
        if (zone.data() != null) {
            throw d.error("duplicate zone \"" + name.name() + "\"");
        }
        CacheZone cache = new CacheZone(name.name(), new CacheZone.Settings(directory, levels, maxSize, inactive));
        zone.data(new KeysZone(d, cache));
        build.caches().add(cache);
    }

    private static void zone(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.zone != null) {
            throw d.directiveError("is duplicate");
        }
        settings.zone = Build.of(scope).template(d.arg(0), d);
        settings.zoneLine = d;
        if (settings.isFixed()) {
            settings.fixed = Build.of(scope).zones().declare(d.arg(0), KeysZone.class, 0, d);
        }
    }

    private static List<Template> conditions(Scope scope, Directive d, List<Template> earlier) throws ConfException {
        List<Template> all = earlier == null ? new ArrayList<>() : earlier;
        for (String text : d.args()) {
            all.add(Build.of(scope).template(text, d));
        }
        return all;
    }

    private static void valid(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.valid = settings.valid == null ? new HashMap<>() : settings.valid;
        int last = d.args().size() - 1;
        long millis = Values.parseMillis(d.arg(last));
        if (millis < 0) {
            throw d.error("invalid time value \"" + d.arg(last) + "\"");
        }
        if (last == 0) {
            for (int status : new int[] {200, 301, 302}) {
                settings.valid.putIfAbsent(status, millis);
            }
        }
        for (String code : d.args().subList(0, last)) {
            int status = code.equals("any") ? 0 : Values.parseNumber(code);
            if (status != 0 && (status < 100 || status > 599)) {
                throw d.error("invalid status \"" + code + "\"");
            }
            settings.valid.putIfAbsent(status, millis);
        }
    }

    private static void useStale(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.useStale != null) {
            throw d.directiveError("is duplicate");
        }
        settings.useStale = EnumSet.noneOf(NextUpstream.class);
        for (String word : d.args()) {
            if (word.equals("updating")) {
                settings.updating = true;
            } else if (!word.equals("off")) {
                settings.useStale.add(STALE.stream()
                        .filter(each -> each.word().equals(word))
                        .findFirst()
                        .orElseThrow(() -> d.error("invalid value \"" + word + "\"")));
            }
        }
    }

    private static Set<String> methods(Directive d) throws ConfException {
        Set<String> methods = new HashSet<>(Set.of("GET", "HEAD"));
        for (String method : d.args()) {
            if (!Set.of("GET", "HEAD", "POST").contains(method)) {
                throw d.error("invalid value \"" + method + "\"");
            }
            methods.add(method);
        }
        return methods;
    }

    static void inherit(Scope parent, Scope child) throws ConfException {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        if (own.zone == null) {
            own.zone = outer.zone;
            own.zoneLine = outer.zoneLine;
            own.fixed = outer.fixed;
        }
        if (own.isFixed() && own.fixed.data() == null) {
            throw own.zoneLine.error("\"proxy_cache\" zone \"" + own.zone.text() + "\" is unknown");
        }
        if (own.useStale == null) {
            own.useStale = outer.useStale;
            own.updating = outer.updating;
        }
        own.key = Inherited.or(own.key, outer.key);
        own.bypass = Inherited.or(own.bypass, outer.bypass);
        own.noCache = Inherited.or(own.noCache, outer.noCache);
        own.valid = Inherited.or(own.valid, outer.valid);
        own.lock = Inherited.or(own.lock, outer.lock);
        own.lockTimeout = Inherited.or(own.lockTimeout, outer.lockTimeout);
        own.lockAge = Inherited.or(own.lockAge, outer.lockAge);
        own.revalidate = Inherited.or(own.revalidate, outer.revalidate);
        own.backgroundUpdate = Inherited.or(own.backgroundUpdate, outer.backgroundUpdate);
        own.convertHead = Inherited.or(own.convertHead, outer.convertHead);
        own.minUses = Inherited.or(own.minUses, outer.minUses);
        own.methods = Inherited.or(own.methods, outer.methods);
    }

    /**
     * How a location caches; {@code null} if it does not.
     *
     * @param defaultKey what responses are told apart by where {@code proxy_cache_key} says nothing
     */
    static CacheSettings settings(Scope scope, Function<Exchange, String> defaultKey) throws ConfException {
        Settings own = scope.get(KEY);
        if (own.isOff()) {
            return null;
        }
        CacheSettings.Zone zone;
        if (own.isFixed()) {
            CacheZone fixed = own.fixed.data().cache;
            zone = exchange -> fixed;
        } else {
            Template name = own.zone;
            Zones zones = Build.of(scope).zones();
            zone = exchange -> named(zones, name.eval(exchange));
        }
        long timeout = Inherited.orDefault(own.lockTimeout, 5_000L);
        return new CacheSettings(
                zone,
                own.key == null ? defaultKey : own.key::eval,
                Inherited.orDefault(own.bypass, List.of()),
                Inherited.orDefault(own.noCache, List.of()),
                Inherited.orDefault(own.valid, Map.of()),
                Inherited.orDefault(own.useStale, Set.of()),
                own.updating,
                Inherited.orDefault(own.lock, false) ? Math.min(timeout, Inherited.orDefault(own.lockAge, 5_000L)) : -1,
                Inherited.orDefault(own.revalidate, false),
                Inherited.orDefault(own.backgroundUpdate, false),
                Inherited.orDefault(own.convertHead, true),
                Inherited.orDefault(own.minUses, 1),
                Inherited.orDefault(own.methods, Set.of("GET", "HEAD")));
    }

    private static CacheZone named(Zones zones, String name) throws CacheSettings.UnknownZoneException {
        if (name.isEmpty() || name.equals("off")) {
            return null;
        }
        KeysZone zone = zones.find(name, KeysZone.class);
        if (zone == null) {
            throw new CacheSettings.UnknownZoneException(name);
        }
        return zone.cache;
    }
}
