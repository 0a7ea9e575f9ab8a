package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ExchangeKey;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.SharedZone;
import hopyard.proxy.http.Variables;
import hopyard.proxy.http.Why;
import java.util.ArrayList;
import java.util.List;

/**
 * How many requests of one kind may be under way at a time.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html">ngx_http_limit_conn_module</a>
 */
final class LimitConnModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);
    private static final ExchangeKey<String> STATUS = new ExchangeKey<>();

    /** nginx: what is longer does not fit its field. */
    private static final int MAX_KEY = 255;

    private static final class Settings {
        private List<Limit> limits = new ArrayList<>();
        private Integer status;
        private ErrorLog.Level level;
        private Boolean dryRun;
    }

    private record Limit(SharedZone<LimitConnZone> zone, int most, Directive directive) {}

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("limit_conn_zone", 2, LimitConnModule::zone, HTTP),
                Command.simple("limit_conn", 2, LimitConnModule::limit, HTTP, SERVER, LOCATION),
                Command.simple(
                        "limit_conn_status",
                        1,
                        Slots.once(KEY, s -> s.status, (s, v) -> s.status = v, LimitReqModule::status),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "limit_conn_log_level",
                        1,
                        Slots.once(KEY, s -> s.level, (s, v) -> s.level = v, LimitReqModule::level),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "limit_conn_dry_run",
                        1,
                        Slots.flag(KEY, s -> s.dryRun, (s, v) -> s.dryRun = v),
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private static void zone(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(1).startsWith("zone=")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        ZoneName name = ZoneName.parse(d.arg(1), d);
        if (name.name().isEmpty()) {
            throw d.error("\"limit_conn_zone\" must have \"zone\" parameter");
        }
        Build build = Build.of(scope);
        SharedZone<LimitConnZone> zone = build.zones().declare(name.name(), LimitConnZone.class, name.size(), d);
        if (zone.data() != null) {
            throw d.error("limit_conn_zone \"" + name.name() + "\" is already bound to key \""
                    + zone.data().key().text() + "\"");
        }
        zone.data(new LimitConnZone(build.template(d.arg(0), d)));
    }

    private static void limit(Loader loader, Scope scope, Directive d) throws ConfException {
        SharedZone<LimitConnZone> zone = Build.of(scope).zones().declare(d.arg(0), LimitConnZone.class, 0, d);
        Settings settings = scope.get(KEY);
        if (settings.limits.stream().anyMatch(limit -> limit.zone == zone)) {
            throw d.directiveError("is duplicate");
        }
        int most = Values.parseNumber(d.arg(1));
        if (most <= 0) {
            throw d.error("invalid number of connections \"" + d.arg(1) + "\"");
        }
        if (most > 65535) {
            throw d.error("connection limit must be less 65536");
        }
        settings.limits.add(new Limit(zone, most, d));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.limits = own.limits.isEmpty() ? outer.limits : own.limits;
        own.status = Inherited.or(own.status, outer.status);
        own.level = Inherited.or(own.level, outer.level);
        own.dryRun = Inherited.or(own.dryRun, outer.dryRun);
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        own.status = Inherited.orDefault(own.status, 503);
        own.level = Inherited.orDefault(own.level, ErrorLog.Level.ERROR);
        own.dryRun = Inherited.orDefault(own.dryRun, false);
        if (!own.limits.isEmpty()) {
            location.on(Phase.PREACCESS, exchange -> check(exchange, own));
        }
    }

    private static Result check(Exchange exchange, Settings settings) {
        if (exchange.isSubrequest() || exchange.get(STATUS) != null) {
            return Result.NEXT;
        }
        if (exchange.trail() != null) {
            return rehearse(exchange, settings);
        }
        String[] entered = new String[settings.limits.size()];
        exchange.lifetime().onEnd(() -> leave(settings, entered));
        for (int i = 0; i < entered.length; i++) {
            Limit limit = settings.limits.get(i);
            LimitConnZone zone = limit.zone.data();
            String key = zone.key().eval(exchange);
            if (key.isEmpty() || LimitReqModule.isTooLong(exchange, zone.key(), key, MAX_KEY)) {
                continue;
            }
            exchange.put(STATUS, "PASSED");
            LimitConnZone.Entry entry = zone.enter(key, limit.most);
            if (entry == LimitConnZone.Entry.ENTERED) {
                entered[i] = key;
                continue;
            }
            if (entry == LimitConnZone.Entry.NO_ROOM) {
                exchange.log(
                        ErrorLog.Level.CRIT,
                        "ngx_slab_alloc() failed: no memory in limit_conn_zone \"" + limit.zone.name() + "\"");
            } else {
                exchange.log(
                        settings.level,
                        "limiting connections" + (settings.dryRun ? ", dry run," : "") + " by zone \""
                                + limit.zone.name() + "\"");
            }
            leave(settings, entered);
            exchange.put(STATUS, settings.dryRun ? "REJECTED_DRY_RUN" : "REJECTED");
            if (!settings.dryRun) {
                exchange.ending().because(Why.LIMIT_CONN);
                exchange.fail(settings.status);
                return Result.TAKEN;
            }
            return Result.NEXT;
        }
        return Result.NEXT;
    }

    private static Result rehearse(Exchange exchange, Settings settings) {
        for (Limit limit : settings.limits) {
            LimitReqModule.tell(
                    exchange, limit.directive, limit.zone.data().key().eval(exchange));
            exchange.put(STATUS, "PASSED");
        }
        if (!settings.dryRun) {
            exchange.trail()
                    .unknown("whether limit_conn has room: where it has none, the client gets " + settings.status);
        }
        return Result.NEXT;
    }

    private static void leave(Settings settings, String[] entered) {
        for (int i = 0; i < entered.length; i++) {
            if (entered[i] != null) {
                settings.limits.get(i).zone.data().leave(entered[i]);
                entered[i] = null;
            }
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_conn_status", exchange -> exchange.get(STATUS));
    }
}
