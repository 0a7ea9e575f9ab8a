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
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.SharedZone;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Limits how often requests with the same key may come, with a leaky bucket for each key.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_limit_req_module.html">ngx_http_limit_req_module</a>
 */
final class LimitReqModule implements Module {

    private static final Settings<LimitSettings> SETTINGS = Settings.of(LimitSettings::new);
    private static final Settings<Refusals> REFUSALS = Settings.of("limit_req", Refusals::new);
    private static final ExchangeKey<String> STATUS = new ExchangeKey<>();

    private static final Pattern RATE = Pattern.compile("rate=([0-9]{1,9})(?:r/([sm]))?");

    /** The longest key in bytes, as in nginx, which has two bytes for the length. */
    private static final int MAX_KEY = 65_535;

    /** The limits in force. A level that has one takes over none of the level around it. */
    private record LimitSettings(List<Limit> limits) {
        LimitSettings(SettingsReader in) {
            this(in.directive("limit_req")
                    .means("How many requests may come in a burst before they are delayed or refused.")
                    .args(1, 3)
                    .read(new LimitReader(), List.of()));
        }
    }

    /**
     * A {@code limit_req}. Numbers of requests are in thousandths.
     *
     * @param delayFrom the excess above which a request is delayed
     */
    private record Limit(SharedZone<LimitReqZone> zone, long burst, long delayFrom, Directive directive)
            implements LimitHandler.Limit {}

    @Override
    public Manual manual() {
        return new Manual("limit_req", "ngx_http_limit_req_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS, REFUSALS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("limit_req_zone", 3, LimitReqModule::zone, HTTP)
                .means("Counts requests by a key, and says how many there may be in a second or minute."));
    }

    private static void zone(Loader loader, Scope scope, Directive d) throws ConfException {
        String name = null;
        long size = 0;
        long rate = 1000;
        for (String parameter : d.args().subList(1, d.args().size())) {
            Matcher matcher = RATE.matcher(parameter);
            if (parameter.startsWith("zone=")) {
                ZoneName parsed = ZoneName.parse(parameter, d);
                name = parsed.name();
                size = parsed.size();
            } else if (parameter.startsWith("rate=")) {
                if (!matcher.matches() || matcher.group(1).matches("0+")) {
                    throw d.error("invalid rate \"" + parameter + "\"");
                }
                rate = Long.parseLong(matcher.group(1)) * 1000 / ("m".equals(matcher.group(2)) ? 60 : 1);
            } else {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        if (name == null || name.isEmpty()) {
            throw d.error("\"limit_req_zone\" must have \"zone\" parameter");
        }
        Build build = Build.of(scope);
        SharedZone<LimitReqZone> zone = build.zones().declare(name, LimitReqZone.class, size, d);
        if (zone.data() != null) {
            throw d.error("limit_req_zone \"" + name + "\" is already bound to key \""
                    + zone.data().key().text() + "\"");
        }
        zone.data(new LimitReqZone(build.template(d.arg(0), d), rate));
    }

    private static final class LimitReader implements ValueReader.Repeated<List<Limit>> {
        @Override
        public List<Limit> read(Scope scope, Directive d, List<Limit> former) throws ConfException {
            String name = null;
            long burst = 0;
            long delay = 0;
            for (String parameter : d.args()) {
                String value = parameter.substring(parameter.indexOf('=') + 1);
                if (parameter.startsWith("zone=")) {
                    name = value;
                } else if (parameter.startsWith("burst=")) {
                    burst = Values.parseNumber(value);
                    if (burst <= 0) {
                        throw d.error("invalid burst value \"" + parameter + "\"");
                    }
                } else if (parameter.startsWith("delay=")) {
                    delay = Values.parseNumber(value);
                    if (delay <= 0) {
                        throw d.error("invalid delay value \"" + parameter + "\"");
                    }
                } else if (parameter.equals("nodelay")) {
                    delay = Long.MAX_VALUE / 1000;
                } else {
                    throw d.error("invalid parameter \"" + parameter + "\"");
                }
            }
            if (name == null) {
                throw d.error("\"limit_req\" must have \"zone\" parameter");
            }
            List<Limit> limits = former == null ? new ArrayList<>() : former;
            SharedZone<LimitReqZone> zone = Build.of(scope).zones().declare(name, LimitReqZone.class, 0, d);
            if (limits.stream().anyMatch(limit -> limit.zone == zone)) {
                throw d.directiveError("is duplicate");
            }
            limits.add(new Limit(zone, burst * 1000, delay * 1000, d));
            return limits;
        }
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        List<Limit> limits = SETTINGS.of(scope).limits;
        if (!limits.isEmpty()) {
            location.on(
                    Phase.PREACCESS,
                    new LimitHandler<>("limit_req", STATUS, limits, REFUSALS.of(scope), LimitReqModule::check));
        }
    }

    private static Result check(Exchange exchange, List<Limit> limits, Refusals refusals) {
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        long millis = 0;
        Limit delaying = null;
        long most = 0;
        boolean counted = false;
        int last = limits.size() - 1;
        String[] held = last == 0 ? null : new String[last];
        for (int i = 0; i <= last; i++) {
            Limit limit = limits.get(i);
            LimitReqZone zone = limit.zone.data();
            String key = zone.key().eval(exchange);
            if (key.isEmpty() || LimitKey.isTooLong(exchange, zone.key(), key, MAX_KEY)) {
                continue;
            }
            counted = true;
            // the last limit counts the request at once: no other limit can refuse it, and no other request comes in
            // between
            long excess = i == last ? zone.take(key, now, limit.burst) : zone.hold(key, now, limit.burst);
            if (excess > limit.burst || excess == LimitReqZone.NO_ROOM) {
                for (int j = 0; j < i; j++) {
                    if (held[j] != null) {
                        limits.get(j).zone.data().release(held[j]);
                    }
                }
                return reject(exchange, refusals, limit, excess);
            }
            if (i < last) {
                held[i] = key;
            }
            if (excess > limit.delayFrom) {
                long delay = (excess - limit.delayFrom) * 1000 / zone.rate();
                if (delay > millis) {
                    millis = delay;
                    delaying = limit;
                    most = excess;
                }
            }
        }
        for (int i = 0; i < last; i++) {
            if (held[i] != null) {
                limits.get(i).zone.data().count(held[i], now);
            }
        }
        if (!counted) {
            return Result.NEXT;
        }
        exchange.put(STATUS, "PASSED");
        return delaying == null ? Result.NEXT : delay(exchange, refusals, delaying, most, millis);
    }

    private static Result reject(Exchange exchange, Refusals refusals, Limit limit, long excess) {
        if (excess == LimitReqZone.NO_ROOM) {
            exchange.log(
                    ErrorLog.Level.ALERT, "could not allocate node in limit_req zone \"" + limit.zone.name() + "\"");
        } else {
            exchange.log(refusals.level(), "limiting requests" + text(refusals, limit, excess, " by zone"));
        }
        return refusals.refuse(exchange, STATUS, Why.LIMIT_REQ);
    }

    private static Result delay(Exchange exchange, Refusals refusals, Limit limit, long excess, long millis) {
        // a delay is logged one level less severe than a rejection
        ErrorLog.Level level =
                ErrorLog.Level.values()[Math.min(refusals.level().ordinal() + 1, ErrorLog.Level.INFO.ordinal())];
        exchange.log(level, "delaying request" + text(refusals, limit, excess, ", by zone"));
        exchange.put(STATUS, refusals.dryRun() ? "DELAYED_DRY_RUN" : "DELAYED");
        if (refusals.dryRun()) {
            return Result.NEXT;
        }
        exchange.lifetime().pause(Stage.QUEUE);
        exchange.ioThread()
                .executeAfter(
                        () -> {
                            if (exchange.lifetime().resume()) {
                                exchange.phases().proceed();
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
        return Result.TAKEN;
    }

    private static String text(Refusals refusals, Limit limit, long excess, String by) {
        return String.format(
                "%s, excess: %d.%03d%s \"%s\"",
                refusals.dryRun() ? ", dry run" : "", excess / 1000, excess % 1000, by, limit.zone.name());
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_req_status", exchange -> exchange.get(STATUS));
    }
}
