package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.SharedZone;
import java.util.ArrayList;
import java.util.List;

/**
 * Limits how many requests with the same key may be under way at a time.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html">ngx_http_limit_conn_module</a>
 */
final class LimitConnModule implements Module {

    private static final Settings<LimitSettings> SETTINGS = Settings.of(LimitSettings::new);
    private static final Settings<Refusals> REFUSALS = Settings.of("limit_conn", Refusals::new);
    private static final ExchangeKey<String> STATUS = new ExchangeKey<>();

    /** The longest key in bytes, as in nginx, which has one byte for the length. */
    private static final int MAX_KEY = 255;

    /** The limits in force. A level that has one takes over none of the level around it. */
    private record LimitSettings(List<Limit> limits) {
        LimitSettings(SettingsReader in) {
            this(in.directive("limit_conn")
                    .means("How many requests of one key may be under way at a time.")
                    .args(2, 2)
                    .read(new LimitReader(), List.of()));
        }
    }

    private record Limit(SharedZone<LimitConnZone> zone, int most, Directive directive) implements LimitHandler.Limit {}

    @Override
    public Manual manual() {
        return new Manual("limit_conn", "ngx_http_limit_conn_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS, REFUSALS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("limit_conn_zone", 2, LimitConnModule::zone, HTTP)
                .means("Counts requests under way by a key."));
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

    private static final class LimitReader implements ValueReader.Repeated<List<Limit>> {
        @Override
        public List<Limit> read(Scope scope, Directive d, List<Limit> former) throws ConfException {
            SharedZone<LimitConnZone> zone = Build.of(scope).zones().declare(d.arg(0), LimitConnZone.class, 0, d);
            List<Limit> limits = former == null ? new ArrayList<>() : former;
            if (limits.stream().anyMatch(limit -> limit.zone == zone)) {
                throw d.directiveError("is duplicate");
            }
            int most = Values.parseNumber(d.arg(1));
            if (most <= 0) {
                throw d.error("invalid number of connections \"" + d.arg(1) + "\"");
            }
            if (most > 65535) {
                throw d.error("connection limit must be less 65536");
            }
            limits.add(new Limit(zone, most, d));
            return limits;
        }
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        List<Limit> limits = SETTINGS.of(scope).limits;
        if (!limits.isEmpty()) {
            location.on(
                    Phase.PREACCESS,
                    new LimitHandler<>("limit_conn", STATUS, limits, REFUSALS.of(scope), LimitConnModule::check));
        }
    }

    private static Result check(Exchange exchange, List<Limit> limits, Refusals refusals) {
        String[] entered = new String[limits.size()];
        exchange.lifetime().onEnd(() -> leave(limits, entered));
        for (int i = 0; i < entered.length; i++) {
            Limit limit = limits.get(i);
            LimitConnZone zone = limit.zone.data();
            String key = zone.key().eval(exchange);
            if (key.isEmpty() || LimitKey.isTooLong(exchange, zone.key(), key, MAX_KEY)) {
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
                        refusals.level(),
                        "limiting connections" + (refusals.dryRun() ? ", dry run," : "") + " by zone \""
                                + limit.zone.name() + "\"");
            }
            leave(limits, entered);
            return refusals.refuse(exchange, STATUS, Why.LIMIT_CONN);
        }
        return Result.NEXT;
    }

    private static void leave(List<Limit> limits, String[] entered) {
        for (int i = 0; i < entered.length; i++) {
            if (entered[i] != null) {
                limits.get(i).zone.data().leave(entered[i]);
                entered[i] = null;
            }
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_conn_status", exchange -> exchange.get(STATUS));
    }
}
