package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.CacheSettings;
import hopyard.proxy.forward.NextUpstream;
import hopyard.proxy.server.Reading;
import hopyard.proxy.server.SharedZone;
import hopyard.proxy.server.Zones;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The directives about keeping responses, which each module that passes requests on has under its own name: {@code
 * proxy_cache…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache">proxy_cache</a>
 */
final class ProxyCache {

    /** Longer than anything takes, in ms. */
    private static final long NEVER = Long.MAX_VALUE / 4;

    /** The cache settings of a level. Times are in ms. */
    record Caching(
            Zone zone,
            Template key,
            List<Template> bypass,
            List<Template> noCache,
            Map<Integer, Long> valid,
            Stale useStale,
            Set<String> methods,
            boolean lock,
            long lockTimeout,
            long lockAge,
            boolean revalidate,
            boolean backgroundUpdate,
            int minUses,
            long maxRangeOffset) {

        /** Whether it is said what tells one response from another. */
        boolean hasKey() {
            return key != null;
        }

        private Caching(SettingsReader in, boolean isHttp) {
            this(
                    in.directive("*_cache")
                            .byDefault("off")
                            .means("Which zone responses are kept in.")
                            .read(new Zone.Reader()),
                    in.directive("*_cache_key")
                            .otherwise(isHttp ? "$scheme$proxy_host$request_uri" : "")
                            .means("What tells one kept response from another.")
                            .read(new Template.Reader()),
                    in.directive("*_cache_bypass")
                            .means("Conditions under which the cache is not asked.")
                            .args(1, Command.ANY)
                            .read(new Conditions(), List.of()),
                    in.directive("*_no_cache")
                            .means("Conditions under which a response is not kept.")
                            .args(1, Command.ANY)
                            .read(new Conditions(), List.of()),
                    in.directive("*_cache_valid")
                            .means("How long responses of which status are good.")
                            .note("no variables")
                            .args(1, Command.ANY)
                            .read(new Valid(), Map.of()),
                    in.directive("*_cache_use_stale")
                            .byDefault("off")
                            .means("In which cases an expired response is given out.")
                            .args(1, Command.ANY)
                            .read(new Stale.Reader(isHttp)),
                    in.directive("*_cache_methods")
                            .byDefault("GET HEAD")
                            .means("The methods whose responses are kept.")
                            .args(1, Command.ANY)
                            .read(new Methods()),
                    in.directive("*_cache_lock")
                            .byDefault("off")
                            .means("Whether only one of several requests for the same thing goes to the app.")
                            .flag(),
                    in.directive("*_cache_lock_timeout")
                            .byDefault("5s")
                            .means("How long the others wait.")
                            .millis(),
                    in.directive("*_cache_lock_age")
                            .byDefault("5s")
                            .means("After how long another one may go.")
                            .millis(),
                    in.directive("*_cache_revalidate")
                            .byDefault("off")
                            .means("Whether an expired response is renewed by asking if it has changed.")
                            .flag(),
                    in.directive("*_cache_background_update")
                            .byDefault("off")
                            .means("Whether a stale response is renewed after it has been given out.")
                            .flag(),
                    in.directive("*_cache_min_uses")
                            .byDefault("1")
                            .means("After how many requests a response is kept.")
                            .number(),
                    in.directive("*_cache_max_range_offset")
                            .means("From which first byte on a range is asked of the app, and not kept.")
                            .read(new Offset(), Long.MAX_VALUE));
        }
    }

    private static final class Offset implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return Values.offset(d, 0);
        }
    }

    /**
     * A {@code proxy_cache} line.
     *
     * @param fixed the zone, if its name has no variables; else {@code null}
     */
    private record Zone(Template name, SharedZone<KeysZone> fixed, Directive line) {

        private boolean isOff() {
            return name.isConstant() && name.text().equals("off");
        }

        private static final class Reader implements ValueReader<Zone> {
            @Override
            public Zone read(Scope scope, Directive d, Zone former) throws ConfException {
                Build build = Build.of(scope);
                Template name = build.template(d.arg(0), d);
                boolean isFixed = name.isConstant() && !name.text().equals("off");
                return new Zone(name, isFixed ? build.zones().declare(d.arg(0), KeysZone.class, 0, d) : null, d);
            }
        }
    }

    private static final class Conditions implements ValueReader.Repeated<List<Template>> {
        @Override
        public List<Template> read(Scope scope, Directive d, List<Template> former) throws ConfException {
            List<Template> all = former == null ? new ArrayList<>() : former;
            for (String text : d.args()) {
                all.add(Build.of(scope).template(text, d));
            }
            return all;
        }
    }

    private static final class Valid implements ValueReader.Repeated<Map<Integer, Long>> {
        @Override
        public Map<Integer, Long> read(Scope scope, Directive d, Map<Integer, Long> former) throws ConfException {
            Map<Integer, Long> valid = former == null ? new HashMap<>() : former;
            int last = d.args().size() - 1;
            long millis = Values.parseSeconds(d.arg(last)) * 1000;
            if (millis < 0) {
                throw d.error("invalid time value \"" + d.arg(last) + "\"");
            }
            if (last == 0) {
                for (int status : new int[] {200, 301, 302}) {
                    valid.putIfAbsent(status, millis);
                }
            }
            for (String code : d.args().subList(0, last)) {
                int status = code.equals("any") ? 0 : Values.parseNumber(code);
                if (status != 0 && (status < 100 || status > 599)) {
                    throw d.error("invalid status \"" + code + "\"");
                }
                valid.putIfAbsent(status, millis);
            }
            return valid;
        }
    }

    /** A {@code proxy_cache_use_stale} line. */
    private record Stale(Set<NextUpstream> cases, boolean updating) {
        private record Reader(boolean isHttp) implements ValueReader<Stale> {
            @Override
            public Stale read(Scope scope, Directive d, Stale former) throws ConfException {
                Set<NextUpstream> cases = EnumSet.noneOf(NextUpstream.class);
                boolean updating = false;
                for (String word : d.args()) {
                    if (word.equalsIgnoreCase("updating")) {
                        updating = true;
                    } else if (!word.equalsIgnoreCase("off")) {
                        cases.add(Stream.of(NextUpstream.values())
                                .filter(each -> each.isForStale()
                                        && (isHttp || !each.isGateways())
                                        && each.word().equalsIgnoreCase(word))
                                .findFirst()
                                .orElseThrow(() -> d.error("invalid value \"" + word + "\"")));
                    }
                }
                return new Stale(cases, updating);
            }
        }
    }

    private static final class Methods implements ValueReader<Set<String>> {
        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            Set<String> methods = new HashSet<>(Set.of("GET", "HEAD"));
            for (String method : d.args()) {
                methods.add(Values.word(d, method, Set.of("GET", "HEAD", "POST")));
            }
            return methods;
        }
    }

    private ProxyCache() {}

    /**
     * Returns the settings of a module.
     *
     * @param module what the names of its directives begin with
     * @param isHttp whether it speaks HTTP
     */
    static Settings<Caching> of(String module, boolean isHttp) {
        return Settings.of(module, in -> new Caching(in, isHttp));
    }

    /** Returns a module's directive for the place where responses are kept. */
    static Command path(String module) {
        return Command.simple(module + "_cache_path", 2, Command.ANY, ProxyCache::path, HTTP)
                .means("Where responses are kept, and in which zone their keys are.")
                .note("`use_temp_path`, `min_free`, `loader_*` and `manager_*` have no effect");
    }

    private static void path(Loader loader, Scope scope, Directive d) throws ConfException {
        Build build = Build.of(scope);
        ZoneName name = null;
        List<Integer> levels = List.of();
        long maxSize = Long.MAX_VALUE;
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
                    maxSize = Values.parseOffset(value);
                } catch (NumberFormatException e) {
                    throw d.error("invalid max_size value \"" + parameter + "\"");
                }
            } else if (parameter.startsWith("inactive=")) {
                inactive = Values.parseSeconds(value) * 1000;
                if (inactive < 0) {
                    throw d.error("invalid inactive value \"" + parameter + "\"");
                }
            } else if (!parameter.matches(
                    "(use_temp_path=(on|off)|min_free=[0-9]+[kKmMgG]?|(manager|loader)_(files|sleep|threshold)=[0-9]+(ms|s)?)")) {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        if (name == null || name.name().isEmpty()) {
            throw d.error("\"" + d.name() + "\" must have \"keys_zone\" parameter");
        }
        Path directory = Paths.under(Reading.of(scope).prefix(), d, 0);
        for (KeysZone other : build.zones().all(KeysZone.class)) {
            if (other.cache().settings().directory().equals(directory)) {
                throw d.error("the same path name \"" + directory + "\" used in "
                        + other.line().place() + " and");
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

    /**
     * Checks that the zone of some settings is defined.
     *
     * @throws ConfException if no {@code …_cache_path} defines it
     */
    static void checkZone(Caching its) throws ConfException {
        Zone zone = its.zone;
        if (zone.fixed != null && zone.fixed.data() == null) {
            throw zone.line.error("\"" + zone.line.name() + "\" zone \"" + zone.name.text() + "\" is unknown");
        }
    }

    /**
     * Returns how a location caches; {@code null} if it does not.
     *
     * @param own what counts in the location
     * @param defaultKey the key of a request if there is no {@code …_cache_key}
     * @param convertsHead {@code proxy_cache_convert_head}
     */
    static CacheSettings settings(
            Scope scope, Caching own, Function<Exchange, String> defaultKey, boolean convertsHead) {
        if (own.zone.isOff()) {
            return null;
        }
        CacheSettings.Zone zone;
        if (own.zone.fixed != null) {
            CacheZone fixed = own.zone.fixed.data().cache();
            zone = exchange -> fixed;
        } else {
            Template name = own.zone.name;
            Zones zones = Build.of(scope).zones();
            zone = exchange -> named(zones, name.eval(exchange));
        }
        return new CacheSettings(
                own.zone.line,
                zone,
                own.key == null ? defaultKey : own.key::eval,
                own.bypass,
                own.noCache,
                own.valid,
                own.useStale.cases,
                own.useStale.updating,
                own.lock ? own.lockTimeout : -1,
                own.lock ? own.lockAge : NEVER,
                own.revalidate,
                own.backgroundUpdate,
                convertsHead,
                own.minUses,
                own.maxRangeOffset,
                own.methods);
    }

    private static CacheZone named(Zones zones, String name) throws CacheSettings.UnknownZoneException {
        if (name.isEmpty() || name.equals("off")) {
            return null;
        }
        KeysZone zone = zones.find(name, KeysZone.class);
        if (zone == null) {
            throw new CacheSettings.UnknownZoneException(name);
        }
        return zone.cache();
    }
}
