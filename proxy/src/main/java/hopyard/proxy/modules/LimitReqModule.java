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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often requests may come, by a leaky bucket for each key.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_limit_req_module.html">ngx_http_limit_req_module</a>
 */
final class LimitReqModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);
    private static final AttachmentKey<String> STATUS = AttachmentKey.create(String.class);

    private static final Pattern RATE = Pattern.compile("rate=([0-9]{1,9})(?:r/([sm]))?");

    /** What nginx needs for one key, in bytes: it bounds how many are remembered. */
    private static final int BYTES_PER_KEY = 128;

    /** Zones by name; those that a reload does not change go on counting. */
    private final Map<String, Zone> zones = new ConcurrentHashMap<>();

    private static final class Settings {
        private List<Limit> limits = new ArrayList<>();
        private Integer status;
        private ErrorLog.Level level;
        private Boolean dryRun;
    }

    /**
     * A {@code limit_req}; requests are counted in thousandths.
     *
     * @param delayFrom the excess above which a request is delayed
     */
    private record Limit(Zone zone, long burst, long delayFrom) {}

    private static final class Bucket {
        private long excess;
        private long last;
    }

    /** A {@code limit_req_zone}: the buckets of one kind of key. */
    private static final class Zone {
        private final String name;
        private final Template key;
        private final long rate;
        private final Map<String, Bucket> buckets;

        Zone(String name, Template key, long rate, int capacity) {
            this.name = name;
            this.key = key;
            this.rate = rate;
            buckets = new LinkedHashMap<>(64, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                    return size() > capacity;
                }
            };
        }

        private long excess(Bucket bucket, long now) {
            return Math.max(0, bucket.excess - rate * (now - bucket.last) / 1000 + 1000);
        }

        /** What a request with that key would bring the excess to. */
        synchronized long look(String value, long now) {
            Bucket bucket = buckets.get(value);
            return bucket == null ? 0 : excess(bucket, now);
        }

        /** The excess, and counts the request unless that is above the burst. */
        synchronized long take(String value, long now, long burst) {
            long excess = look(value, now);
            if (excess <= burst) {
                count(value, now);
            }
            return excess;
        }

        synchronized void count(String value, long now) {
            Bucket bucket = buckets.get(value);
            if (bucket == null) {
                bucket = new Bucket();
                buckets.put(value, bucket);
            } else {
                bucket.excess = excess(bucket, now);
            }
            bucket.last = now;
        }
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("limit_req_zone", 3, this::zone, HTTP),
                Command.simple("limit_req", 1, 3, this::limit, HTTP, SERVER, LOCATION),
                Command.simple(
                        "limit_req_status",
                        1,
                        Slots.once(KEY, s -> s.status, (s, v) -> s.status = v, LimitReqModule::status),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "limit_req_log_level",
                        1,
                        Slots.once(KEY, s -> s.level, (s, v) -> s.level = v, LimitReqModule::level),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "limit_req_dry_run",
                        1,
                        Slots.flag(KEY, s -> s.dryRun, (s, v) -> s.dryRun = v),
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private void zone(Loader loader, Scope scope, Directive d) throws ConfException {
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
        if (name == null) {
            throw d.error("\"limit_req_zone\" must have \"zone\" parameter");
        }
        Build build = Build.of(scope);
        if (!build.names("limit_req_zone").add(name)) {
            throw d.error("limit_req_zone \"" + name + "\" is already bound to key \""
                    + zones.get(name).key.text() + "\"");
        }
        Template key = build.template(d.arg(0), d);
        Zone old = zones.get(name);
        Zone made = new Zone(name, key, rate, (int) Math.min(Integer.MAX_VALUE, size / BYTES_PER_KEY));
        if (old != null && old.rate == rate && old.key.text().equals(key.text())) {
            synchronized (old) {
                made.buckets.putAll(old.buckets);
            }
        }
        zones.put(name, made);
    }

    private void limit(Loader loader, Scope scope, Directive d) throws ConfException {
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
        if (!Build.of(scope).names("limit_req_zone").contains(name)) {
            throw ConfException.anywhere("zero size shared memory zone \"" + name + "\"");
        }
        Settings settings = scope.get(KEY);
        Zone zone = zones.get(name);
        if (settings.limits.stream().anyMatch(limit -> limit.zone == zone)) {
            throw d.directiveError("is duplicate");
        }
        settings.limits.add(new Limit(zone, burst * 1000, delay * 1000));
    }

    static Integer status(Directive d) throws ConfException {
        int status = Values.parseNumber(d.arg(0));
        if (status < 0) {
            throw d.directiveError("invalid number");
        }
        if (status < 400 || status > 599) {
            throw d.error("value must be between 400 and 599");
        }
        return status;
    }

    static ErrorLog.Level level(Directive d) throws ConfException {
        return switch (d.arg(0)) {
            case "info" -> ErrorLog.Level.INFO;
            case "notice" -> ErrorLog.Level.NOTICE;
            case "warn" -> ErrorLog.Level.WARN;
            case "error" -> ErrorLog.Level.ERROR;
            default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
        };
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
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        long millis = 0;
        Limit delaying = null;
        long most = 0;
        boolean counted = false;
        List<String> keys = new ArrayList<>(settings.limits.size());
        int last = settings.limits.size() - 1;
        for (int i = 0; i <= last; i++) {
            Limit limit = settings.limits.get(i);
            String key = limit.zone.key.eval(exchange);
            keys.add(key);
            if (key.isEmpty()) {
                continue;
            }
            counted = true;
            // nothing can refuse the request after the last limit, so it counts at once: nobody comes in between
            long excess = i == last ? limit.zone.take(key, now, limit.burst) : limit.zone.look(key, now);
            if (excess > limit.burst) {
                return reject(exchange, settings, limit, excess);
            }
            if (excess > limit.delayFrom) {
                long delay = (excess - limit.delayFrom) * 1000 / limit.zone.rate;
                if (delay > millis) {
                    millis = delay;
                    delaying = limit;
                    most = excess;
                }
            }
        }
        for (int i = 0; i < last; i++) {
            if (!keys.get(i).isEmpty()) {
                settings.limits.get(i).zone.count(keys.get(i), now);
            }
        }
        if (!counted) {
            return Result.NEXT;
        }
        exchange.http().putAttachment(STATUS, "PASSED");
        return delaying == null ? Result.NEXT : delay(exchange, settings, delaying, most, millis);
    }

    private static Result reject(Exchange exchange, Settings settings, Limit limit, long excess) {
        exchange.log(settings.level, "limiting requests" + text(settings, limit, excess, " by zone"));
        exchange.http().putAttachment(STATUS, settings.dryRun ? "REJECTED_DRY_RUN" : "REJECTED");
        if (settings.dryRun) {
            return Result.NEXT;
        }
        exchange.fail(settings.status);
        return Result.TAKEN;
    }

    private static Result delay(Exchange exchange, Settings settings, Limit limit, long excess, long millis) {
        // one level less than for a rejection
        ErrorLog.Level level =
                ErrorLog.Level.values()[Math.min(settings.level.ordinal() + 1, ErrorLog.Level.INFO.ordinal())];
        exchange.log(level, "delaying request" + text(settings, limit, excess, ", by zone"));
        exchange.http().putAttachment(STATUS, settings.dryRun ? "DELAYED_DRY_RUN" : "DELAYED");
        if (settings.dryRun) {
            return Result.NEXT;
        }
        exchange.http().getIoThread().executeAfter(exchange::proceed, millis, TimeUnit.MILLISECONDS);
        return Result.TAKEN;
    }

    private static String text(Settings settings, Limit limit, long excess, String by) {
        return String.format(
                "%s, excess: %d.%03d%s \"%s\"",
                settings.dryRun ? ", dry run" : "", excess / 1000, excess % 1000, by, limit.zone.name);
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_req_status", exchange -> exchange.http().getAttachment(STATUS));
    }
}
