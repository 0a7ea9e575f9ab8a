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
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.Variables;
import io.undertow.util.AttachmentKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many requests of one kind may be under way at a time.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html">ngx_http_limit_conn_module</a>
 */
final class LimitConnModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);
    private static final AttachmentKey<String> STATUS = AttachmentKey.create(String.class);

    /** Zones by name; those that a reload does not change go on counting. */
    private final Map<String, Zone> zones = new ConcurrentHashMap<>();

    private static final class Settings {
        private List<Limit> limits = new ArrayList<>();
        private Integer status;
        private ErrorLog.Level level;
        private Boolean dryRun;
    }

    private record Limit(Zone zone, int most) {}

    /** A {@code limit_conn_zone}; the counts outlive the configuration whose key they were made by. */
    private record Zone(String name, Template key, Map<String, Integer> counts) {

        /** Counts one more, unless there are so many already. */
        boolean enter(String value, int most) {
            boolean[] entered = new boolean[1];
            counts.compute(value, (v, count) -> {
                int now = count == null ? 0 : count;
                entered[0] = now < most;
                return entered[0] ? Integer.valueOf(now + 1) : count;
            });
            return entered[0];
        }

        void leave(String value) {
            counts.computeIfPresent(value, (v, count) -> count == 1 ? null : count - 1);
        }
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("limit_conn_zone", 2, this::zone, HTTP),
                Command.simple("limit_conn", 2, this::limit, HTTP, SERVER, LOCATION),
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

    private void zone(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(1).startsWith("zone=")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        String name = ZoneName.parse(d.arg(1), d).name();
        Build build = Build.of(scope);
        if (!build.names("limit_conn_zone").add(name)) {
            throw d.error("limit_conn_zone \"" + name + "\" is already bound to key \""
                    + zones.get(name).key.text() + "\"");
        }
        Template key = build.template(d.arg(0), d);
        zones.merge(
                name,
                new Zone(name, key, new ConcurrentHashMap<>()),
                (old, made) -> old.key.text().equals(key.text()) ? new Zone(name, key, old.counts) : made);
    }

    private void limit(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!Build.of(scope).names("limit_conn_zone").contains(d.arg(0))) {
            throw ConfException.anywhere("zero size shared memory zone \"" + d.arg(0) + "\"");
        }
        Settings settings = scope.get(KEY);
        Zone zone = zones.get(d.arg(0));
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
        settings.limits.add(new Limit(zone, most));
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
        if (exchange.isSubrequest() || exchange.http().getAttachment(STATUS) != null) {
            return Result.NEXT;
        }
        for (Limit limit : settings.limits) {
            String key = limit.zone.key.eval(exchange);
            if (key.isEmpty()) {
                continue;
            }
            exchange.http().putAttachment(STATUS, "PASSED");
            if (limit.zone.enter(key, limit.most)) {
                exchange.onEnd(() -> limit.zone.leave(key));
                continue;
            }
            exchange.log(
                    settings.level,
                    "limiting connections" + (settings.dryRun ? ", dry run," : "") + " by zone \"" + limit.zone.name
                            + "\"");
            exchange.http().putAttachment(STATUS, settings.dryRun ? "REJECTED_DRY_RUN" : "REJECTED");
            if (!settings.dryRun) {
                exchange.fail(settings.status);
                return Result.TAKEN;
            }
            return Result.NEXT;
        }
        return Result.NEXT;
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_conn_status", exchange -> exchange.http().getAttachment(STATUS));
    }
}
