package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheEntry;
import hopyard.proxy.cache.CacheFetch;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.cache.EntryWriter;
import hopyard.proxy.exchange.ClientContent;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.RangeRequest;
import hopyard.proxy.exchange.Subrequest;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.xnio.IoUtils;

/**
 * One request's use of the cache. It is answered from the cache ({@link CachedResponse}), or one of the requests for
 * the same response fetches it ({@link CacheFetchLock}) and keeps it ({@link Storing}, {@link CacheCopy}).
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache">proxy_cache</a>
 */
public final class CacheUse {

    /** Fields of a request that are about the client's own copy; the upstream is asked for the whole response. */
    public static final Set<HttpString> OF_THE_CLIENTS_COPY = Set.of(
            Headers.IF_MODIFIED_SINCE,
            Headers.IF_UNMODIFIED_SINCE,
            Headers.IF_NONE_MATCH,
            Headers.IF_MATCH,
            Headers.RANGE,
            Headers.IF_RANGE);

    /** Marks the subrequest that fetches a new response in the place of one that is too old. */
    private static final ExchangeKey<CacheFetchLock> UPDATE = new ExchangeKey<>();

    /** Longer than a fetch takes, in ms. */
    private static final long UNLIMITED = Long.MAX_VALUE / 4;

    private final Exchange exchange;
    private final Location location;
    private final Forwarding forwarding;
    private final CacheSettings settings;
    private final Storing.Rules rules;
    private final CacheZone zone;
    private final String key;
    private final CacheFetchLock lock;
    private final Map<String, String> request;
    private final Consumer<CacheUse> fetch;
    private String status;
    private CacheEntry old;

    private CacheUse(
            Exchange exchange,
            Forwarding forwarding,
            CacheSettings settings,
            CacheZone zone,
            Consumer<CacheUse> fetch) {
        this.exchange = exchange;
        this.forwarding = forwarding;
        this.settings = settings;
        this.zone = zone;
        this.fetch = fetch;
        location = exchange.location();
        rules = new Storing.Rules(forwarding.settings().ignoredHeaders(), settings.validMillis());
        key = settings.key().apply(exchange);
        lock = new CacheFetchLock(exchange, zone, key);
        request = new RequestFields(exchange.requestHeaders());
    }

    /**
     * Answers from the cache, or has the response fetched.
     *
     * @param fetch forwards the request, for the cache that it gets; {@code null} if none is for it
     */
    public static void start(
            Exchange exchange, Forwarding forwarding, CacheSettings settings, Consumer<CacheUse> fetch) {
        CacheZone zone;
        try {
            zone = settings.zone().of(exchange);
        } catch (CacheSettings.UnknownZoneException e) {
            exchange.log(ErrorLog.Level.ERROR, e.getMessage());
            exchange.fail(500);
            return;
        }
        if (zone == null || !settings.methods().contains(exchange.method())) {
            fetch.accept(null);
        } else if (exchange.trail() != null) {
            new CacheUse(exchange, forwarding, settings, zone, fetch).rehearse();
        } else if (exchange.isRequestComplete()
                || ClientContent.isUnwanted(exchange)
                || SharedBody.of(exchange) != null
                || !forwarding.readsBodyFirst(exchange)) {
            new CacheUse(exchange, forwarding, settings, zone, fetch).start();
        } else {
            // the key may name the content
            SharedBody.read(exchange, () -> new CacheUse(exchange, forwarding, settings, zone, fetch).start());
        }
    }

    // ---- looking for the response

    private void start() {
        boolean bypasses = CacheSettings.isAnyOf(settings.bypass(), exchange);
        if (SharedBody.wasMissed(exchange)) {
            // the key asks for content that is not in memory, so it cannot tell this response from others
            fetch.accept(null);
            return;
        }
        exchange.lifetime().onEnd(lock::end);
        if (bypasses) {
            fetch("BYPASS");
        } else if (exchange.get(UPDATE) != null) {
            CacheZone.Found found = find();
            old = found == null ? null : found.entry();
            IoUtils.safeClose(found == null ? null : found.file());
            lock.inherit(exchange.get(UPDATE));
            fetch("EXPIRED");
        } else {
            look();
        }
    }

    /** Writes the request that would ask the upstream for the response if the cache had none. */
    private void rehearse() {
        boolean bypasses = CacheSettings.isAnyOf(settings.bypass(), exchange);
        boolean isRare = !bypasses && settings.minUses() > 1 && zone.uses(key) + 1 < settings.minUses();
        if (isRare) {
            lock.keepNothing();
        }
        exchange.trail()
                .step(
                        Trail.Kind.CACHE,
                        settings.line(),
                        bypasses ? false : null,
                        "the key in zone \"" + zone.name() + "\" is \"" + key + "\""
                                + (bypasses
                                        ? ", and " + settings.line().name() + "_bypass has the response fetched anyway"
                                        : isRare
                                                ? ", and it is not kept yet ("
                                                        + settings.line().name() + "_min_uses)"
                                                : ""));
        if (!bypasses) {
            exchange.trail()
                    .unknown("whether the cache has a response for \"" + key
                            + "\": if it has, that is what the client gets, and nobody is asked");
        }
        fetch(bypasses ? "BYPASS" : "MISS");
    }

    private CacheZone.Found find() {
        try {
            return zone.find(key, request);
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
            return null;
        }
    }

    private void look() {
        int error = findError();
        if (error != 0) {
            status("HIT");
            exchange.ending().answeredBy(Who.CACHE, Why.HIT);
            exchange.fail(error);
            return;
        }
        CacheZone.Found found = find();
        long now = System.currentTimeMillis();
        if (found == null) {
            miss();
        } else if (found.entry().isFresh(now)) {
            serve(found, "HIT");
        } else {
            IoUtils.safeClose(found.file());
            old = found.entry();
            expired(settings.updating() || now < old.until().updatingUntil());
        }
    }

    private int findError() {
        try {
            return zone.error(key);
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
            return 0;
        }
    }

    private void miss() {
        CacheFetch begun = lock.begin(settings.minUses(), settings.lockAgeMillis());
        if (begun != CacheFetch.UNDER_WAY || settings.lockMillis() < 0) {
            fetch("MISS");
        } else if (!lock.await(settings.lockMillis(), this::look)) {
            lock.keepNothing();
            fetch("MISS");
        }
    }

    private void expired(boolean mayBeUsedMeanwhile) {
        lock.begin(1, UNLIMITED);
        if (mayBeUsedMeanwhile && !lock.isHeld()) {
            serve(old, "UPDATING");
        } else if (mayBeUsedMeanwhile && settings.backgroundUpdate()) {
            lock.bequeath();
            Runnable updated = exchange.main().lifetime().holdConnection();
            Subrequest.again(
                    exchange,
                    each -> {
                        each.requestLog().isFor("background update");
                        SharedBody.share(exchange, each);
                        each.put(UPDATE, lock);
                    },
                    each -> updated.run());
            serve(old, "STALE");
        } else {
            fetch("EXPIRED");
        }
    }

    private void fetch(String how) {
        status(how);
        if (lock.mayKeep() && RangeRequest.beginsBehind(exchange.header(Headers.RANGE), settings.maxRangeOffset())) {
            lock.keepNothing();
        }
        fetch.accept(this);
    }

    private void status(String how) {
        status = how;
        exchange.upstream().cacheStatus(how);
    }

    // ---- asking the upstream

    /** Returns the method to ask the upstream with. */
    public String method() {
        return settings.convertHead() && exchange.method().equals("HEAD") ? "GET" : exchange.method();
    }

    /** Whether the upstream is asked for the whole response, and not for what the client lacks of its own copy. */
    public boolean asksForAll() {
        return lock.mayKeep();
    }

    /** Returns the date for {@code If-Modified-Since} to the upstream; {@code null} for none. */
    public String ifModifiedSince() {
        return validator(Headers.LAST_MODIFIED);
    }

    /** Returns the entity tag for {@code If-None-Match} to the upstream; {@code null} for none. */
    public String ifNoneMatch() {
        return validator(Headers.ETAG);
    }

    private String validator(HttpString field) {
        if (!isConditional() || !asksForAll()) {
            return null;
        }
        ResponseHead head = CachedResponse.head(old);
        return head.status() == 200 || head.status() == 206 ? head.first(field) : null;
    }

    /** Whether the upstream is asked only whether the kept response has changed. */
    boolean isConditional() {
        return settings.revalidate() && old != null && status.equals("EXPIRED");
    }

    // ---- what the upstream has said

    /** Whether a response is kept that is too old, but better than another response of this kind. */
    boolean hasStale(NextUpstream response) {
        return old != null && "EXPIRED".equals(status) && settings.useStale().contains(response);
    }

    /** Whether a response is kept that is too old, but better than none, after a failure of this kind. */
    boolean hasStaleAfter(NextUpstream failure) {
        return hasStale(failure)
                || old != null
                        && "EXPIRED".equals(status)
                        && System.currentTimeMillis() < old.until().errorUntil();
    }

    /** Keeps that there was no response, if {@code proxy_cache_valid} says for how long. */
    void keepError(int status) {
        if (lock.mayKeep()) {
            keepError(status, rules.valid(status, System.currentTimeMillis()));
        }
    }

    /** Keeps that the response was one that an error page takes the place of. */
    void keepError(ResponseHead response) {
        if (lock.mayKeep() && Storing.of(response, rules, System.currentTimeMillis()) instanceof Storing.Until its) {
            keepError(response.status(), its.freshness().validUntil());
        }
    }

    private void keepError(int status, long until) {
        try {
            if (until > 0 && !zone.addError(key, status, until)) {
                CacheErrors.noRoom(exchange, zone);
            }
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
        }
    }

    /** Answers with a kept response that is too old. */
    void serveStale() {
        lock.end();
        serve(old, "STALE");
    }

    /** Answers with the kept response, which the upstream has said is still good. */
    void serveRevalidated(ResponseHead response) {
        ResponseHead kept = CachedResponse.head(old);
        try {
            if (Storing.again(response, kept, rules, System.currentTimeMillis()) instanceof Storing.Until its) {
                old.validate(its.freshness());
            }
            lock.end();
            serve(old, "REVALIDATED");
        } catch (NoSuchFileException e) {
            // the kept response had to make room meanwhile: the upstream is asked once more
            serve(old, "REVALIDATED");
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
            zone.forget(old);
            exchange.fail(502);
        }
    }

    /** Returns what copies the content of a response into the cache; {@code null} if the response is not kept. */
    ContentCopy keep(ResponseHead response) {
        if (!lock.mayKeep() || CacheSettings.isAnyOf(settings.noCache(), exchange) || SharedBody.wasMissed(exchange)) {
            return null;
        }
        if (!(Storing.of(response, rules, System.currentTimeMillis()) instanceof Storing.Until its)) {
            return null;
        }
        try {
            EntryWriter writer =
                    zone.write(key, its.freshness(), Storing.vary(response, rules), request, response.toBytes());
            return new CacheCopy(exchange, zone, lock, writer);
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
            return null;
        }
    }

    /**
     * Whether a response that is not kept was asked for as a whole all the same, so that what the client lacks of its
     * copy has to be found here.
     */
    boolean hasAskedForAll(ResponseHead response) {
        Storing its = Storing.of(response, rules, System.currentTimeMillis());
        return asksForAll() && (its instanceof Storing.Until || its == Storing.Not.HAS_NO_TIME);
    }

    // ---- serving

    /** Serves what the entry's file holds now, if the file is still there. */
    private void serve(CacheEntry entry, String how) {
        CacheZone.Found now = null;
        try {
            now = zone.reopen(entry);
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
        }
        if (now == null) {
            old = null;
            look();
        } else {
            serve(now, how);
        }
    }

    private void serve(CacheZone.Found found, String how) {
        status(how);
        CachedResponse.send(exchange, forwarding, found, Why.valueOf(how));
    }
}
