package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheEntry;
import hopyard.proxy.cache.CacheFetch;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.cache.EntryWriter;
import hopyard.proxy.cache.Freshness;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.BytesBody;
import hopyard.proxy.http.ClientContent;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ExchangeKey;
import hopyard.proxy.http.FileBody;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Preconditions;
import hopyard.proxy.http.RangeRequest;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.Subrequest;
import hopyard.proxy.http.Trail;
import hopyard.proxy.http.Who;
import hopyard.proxy.http.Why;
import hopyard.proxy.upstream.Deadline;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.xnio.IoUtils;

/**
 * One request's dealings with the cache: answered from it, or fetched and kept.
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

    private static final ExchangeKey<CacheUse> KEY = new ExchangeKey<>();

    /** Marks the subrequest that fetches what has become too old. */
    private static final ExchangeKey<Boolean> UPDATE = new ExchangeKey<>();

    private final Exchange exchange;
    private final Location location;
    private final Forwarding forwarding;
    private final CacheSettings settings;
    private final CacheZone zone;
    private final String key;
    private final Map<String, String> request;
    private final Consumer<CacheUse> fetch;
    private String status;
    private CacheEntry old;
    private boolean owns;
    private boolean keeps = true;

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
        key = settings.key().apply(exchange);
        request = new LazyFields(exchange.requestHeaders());
    }

    /** A request's fields as the cache asks for them, by name in lower case. */
    private static final class LazyFields extends HashMap<String, String> {
        private static final long serialVersionUID = 1L;
        private final transient HeaderMap header;

        LazyFields(HeaderMap header) {
            this.header = header;
        }

        @Override
        public String getOrDefault(Object name, String byDefault) {
            HeaderValues values = header.get((String) name);
            return values == null ? byDefault : String.join(", ", values);
        }
    }

    /**
     * Answers from the cache, or has the response fetched.
     *
     * @param fetch forwards the request; gets {@code null} if the cache is not for it
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
                || WholeBody.of(exchange) != null
                || !forwarding.settings().readsBodyFirst(exchange)) {
            new CacheUse(exchange, forwarding, settings, zone, fetch).start();
        } else {
            // the key may name the content
            WholeBody.read(exchange, () -> new CacheUse(exchange, forwarding, settings, zone, fetch).start());
        }
    }

    private void start() {
        boolean bypasses = CacheSettings.isAnyOf(settings.bypass(), exchange);
        if (WholeBody.wasMissed(exchange)) {
            // nobody knows which response it is that the key does not tell from others
            fetch.accept(null);
            return;
        }
        exchange.put(KEY, this);
        exchange.lifetime().onEnd(this::ended);
        if (bypasses) {
            fetch("BYPASS");
        } else if (exchange.get(UPDATE) != null) {
            CacheZone.Found found = find();
            old = found == null ? null : found.entry();
            IoUtils.safeClose(found == null ? null : found.file());
            owns = true;
            fetch("EXPIRED");
        } else {
            look(true);
        }
    }

    /** Has the request for the response written that the cache would send if it has none. */
    private void rehearse() {
        boolean bypasses = CacheSettings.isAnyOf(settings.bypass(), exchange);
        exchange.put(KEY, this);
        Directive line = location.source().line("proxy_cache");
        exchange.trail()
                .step(
                        Trail.Kind.CACHE,
                        line,
                        bypasses ? false : null,
                        "the key in zone \"" + zone.name() + "\" is \"" + key + "\""
                                + (bypasses ? ", and proxy_cache_bypass has the response fetched anyway" : ""));
        if (!bypasses) {
            exchange.trail()
                    .unknown("whether the cache has a response for \"" + key
                            + "\": if it has, that is what the client gets, and nobody is asked");
        }
        fetch(bypasses ? "BYPASS" : "MISS");
    }

    /** What came of it, {@code $upstream_cache_status}; {@code null} if the request has nothing to do with a cache. */
    public static String status(Exchange exchange) {
        CacheUse use = of(exchange);
        return use == null ? null : use.status;
    }

    /** A request's dealings in the location that it is in; {@code null} if it has none. */
    public static CacheUse of(Exchange exchange) {
        CacheUse use = exchange.get(KEY);
        return use == null || use.location != exchange.location() ? null : use;
    }

    private void status(String how) {
        status = how;
        exchange.upstream().cacheStatus(how);
    }

    private CacheZone.Found find() {
        try {
            return zone.find(key, request);
        } catch (IOException e) {
            failed(e);
            return null;
        }
    }

    private void look(boolean mayWait) {
        CacheZone.Found found = find();
        long now = System.currentTimeMillis();
        if (found == null) {
            miss(mayWait);
        } else if (found.entry().isFresh(now)) {
            serve(found, "HIT");
        } else {
            IoUtils.safeClose(found.file());
            old = found.entry();
            expired(settings.updating() || now < old.updatingUntil());
        }
    }

    private void miss(boolean mayWait) {
        CacheFetch begun = begin(settings.minUses());
        if (begun != CacheFetch.UNDER_WAY || settings.lockMillis() < 0) {
            fetch("MISS");
        } else if (!mayWait || !await()) {
            // nginx: whoever has waited long enough asks for itself and keeps nothing
            keeps = false;
            fetch("MISS");
        }
    }

    /** Asks to be the one that fetches. Where the zone has no room, the client gets its response all the same. */
    private CacheFetch begin(int minUses) {
        CacheFetch begun = CacheFetch.NO_ROOM;
        try {
            begun = zone.begin(key, minUses);
            if (begun == CacheFetch.NO_ROOM) {
                noRoom();
            }
        } catch (IOException e) {
            failed(e);
        }
        owns = begun == CacheFetch.BEGUN;
        keeps = owns || begun == CacheFetch.UNDER_WAY;
        return begun;
    }

    private void noRoom() {
        exchange.log(ErrorLog.Level.ALERT, "could not allocate node in cache keys zone \"" + zone.name() + "\"");
    }

    /** Waits for whoever fetches the response, but not for ever. */
    private boolean await() {
        boolean[] over = new boolean[1];
        var thread = exchange.ioThread();
        Deadline deadline = new Deadline(thread, () -> {
            over[0] = true;
            exchange.lifetime().resume();
            look(false);
        });
        boolean waits = zone.await(
                key,
                () -> thread.execute(() -> {
                    if (!over[0]) {
                        over[0] = true;
                        deadline.close();
                        exchange.lifetime().resume();
                        look(true);
                    }
                }));
        if (waits) {
            exchange.lifetime().pause(Stage.QUEUE);
            deadline.set(Math.max(1, settings.lockMillis()));
            exchange.lifetime().onEnd(() -> {
                over[0] = true;
                deadline.close();
            });
        } else {
            look(true);
        }
        return true;
    }

    private void expired(boolean mayBeUsedMeanwhile) {
        begin(1);
        if (mayBeUsedMeanwhile && !owns) {
            serve(old, "UPDATING");
        } else if (mayBeUsedMeanwhile && settings.backgroundUpdate() && !exchange.isSubrequest()) {
            // the subrequest is the owner now
            owns = false;
            Subrequest.again(
                    exchange,
                    each -> {
                        each.requestLog().isFor("background update");
                        WholeBody.share(exchange, each);
                        each.put(UPDATE, true);
                    },
                    each -> {});
            serve(old, "STALE");
        } else {
            fetch("EXPIRED");
        }
    }

    private void fetch(String how) {
        status(how);
        fetch.accept(this);
    }

    /** The method to ask the upstream with. */
    public String method() {
        return settings.convertHead() && exchange.method().equals("HEAD") ? "GET" : exchange.method();
    }

    /** The date that the upstream is asked to compare with; {@code null} for none. */
    public String ifModifiedSince() {
        return isConditional() ? head(old).first(Headers.LAST_MODIFIED) : null;
    }

    /** The tag that the upstream is asked to compare with; {@code null} for none. */
    public String ifNoneMatch() {
        return isConditional() ? head(old).first(Headers.ETAG) : null;
    }

    private boolean isConditional() {
        return settings.revalidate() && old != null && status.equals("EXPIRED");
    }

    /** Whether the upstream has said that what is kept is still good, so that it is sent; nothing else is to be done. */
    boolean isRevalidated(ResponseHead response) {
        if (response.status() != 304 || !isConditional()) {
            return false;
        }
        Freshness until = freshness(response, head(old).status());
        try {
            if (until != null) {
                old.validate(until);
            }
            ended();
            serve(old, "REVALIDATED");
        } catch (NoSuchFileException e) {
            // it had to make room meanwhile: is asked for once more
            serve(old, "REVALIDATED");
        } catch (IOException e) {
            failed(e);
            zone.forget(old);
            exchange.fail(502);
        }
        return true;
    }

    /** Whether something too old is better than a failure of this kind; then it is sent. */
    boolean isServedStale(NextUpstream failure) {
        boolean may = old != null
                && "EXPIRED".equals(status)
                && (settings.useStale().contains(failure) || System.currentTimeMillis() < old.errorUntil());
        if (may) {
            ended();
            serve(old, "STALE");
        }
        return may;
    }

    /** Gets the content of a response that is to be kept; {@code null} if it is not. */
    ContentCopy keep(ResponseHead response) {
        if (!keeps || CacheSettings.isAnyOf(settings.noCache(), exchange) || WholeBody.wasMissed(exchange)) {
            return null;
        }
        Freshness until = freshness(response, response.status());
        String vary = ignores(Headers.VARY) ? null : response.all(Headers.VARY);
        if (until == null || vary != null && vary.contains("*")) {
            return null;
        }
        String fields = vary == null ? "" : vary.toLowerCase(Locale.ROOT).replace(" ", "");
        try {
            return new Copy(zone.write(key, until, fields, request, response.toBytes()));
        } catch (IOException e) {
            failed(e);
            return null;
        }
    }

    private void failed(IOException e) {
        exchange.log(
                ErrorLog.Level.CRIT, "the cache \"" + zone.name() + "\" has failed (" + SystemErrors.text(e) + ")");
    }

    private boolean ignores(HttpString field) {
        return forwarding.settings().ignoredHeaders().contains(field);
    }

    private String obeyed(ResponseHead response, HttpString field) {
        return ignores(field) ? null : response.all(field);
    }

    /**
     * How long the response is good for: what it says itself, else what the configuration says.
     *
     * @param code the status that the configuration is asked about
     * @return {@code null} if it is not to be kept
     */
    private Freshness freshness(ResponseHead response, int code) {
        long now = System.currentTimeMillis();
        String control = obeyed(response, Headers.CACHE_CONTROL);
        String lower = control == null ? "" : control.toLowerCase(Locale.ROOT);
        String expires = obeyed(response, AccelHeaders.EXPIRES);
        long until;
        if (obeyed(response, Headers.SET_COOKIE) != null) {
            return null;
        }
        if (expires != null) {
            until = accelExpires(expires, now);
        } else if (lower.contains("no-cache") || lower.contains("no-store") || lower.contains("private")) {
            return null;
        } else if (seconds(lower, "s-maxage=") >= 0) {
            until = now + seconds(lower, "s-maxage=") * 1000;
        } else if (seconds(lower, "max-age=") >= 0) {
            until = now + seconds(lower, "max-age=") * 1000;
        } else if (obeyed(response, Headers.EXPIRES) != null) {
            until = Preconditions.seconds(response.first(Headers.EXPIRES)) * 1000;
        } else {
            Long configured = settings.validMillis()
                    .getOrDefault(code, settings.validMillis().get(0));
            until = configured == null ? 0 : now + configured;
        }
        return until <= now
                ? null
                : new Freshness(
                        until,
                        until + 1000 * Math.max(0, seconds(lower, "stale-while-revalidate=")),
                        until + 1000 * Math.max(0, seconds(lower, "stale-if-error=")));
    }

    /** Seconds from now, or {@code @} and seconds since 1970. */
    private static long accelExpires(String value, long now) {
        String digits = value.startsWith("@") ? value.substring(1) : value;
        if (!digits.matches("[0-9]{1,12}")) {
            return 0;
        }
        long seconds = Long.parseLong(digits);
        return value.startsWith("@") ? seconds * 1000 : seconds == 0 ? 0 : now + seconds * 1000;
    }

    private static long seconds(String control, String directive) {
        int at = control.indexOf(directive);
        while (at > 0 && Character.isLetter(control.charAt(at - 1))) {
            at = control.indexOf(directive, at + 1);
        }
        if (at < 0) {
            return -1;
        }
        long n = 0;
        for (int i = at + directive.length(); i < control.length() && Character.isDigit(control.charAt(i)); i++) {
            n = Math.min(n * 10 + control.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return n;
    }

    private static ResponseHead head(CacheEntry entry) {
        ResponseHead head = new ResponseHead();
        head.parse(ByteBuffer.wrap(entry.head()), entry.head().length);
        return head;
    }

    /** Serves what is in the entry's file now, if it is still there. */
    private void serve(CacheEntry entry, String how) {
        CacheZone.Found now = null;
        try {
            now = zone.reopen(entry);
        } catch (IOException e) {
            failed(e);
        }
        if (now == null) {
            old = null;
            look(true);
        } else {
            serve(now, how);
        }
    }

    private void serve(CacheZone.Found found, String how) {
        CacheEntry entry = found.entry();
        FileChannel file = found.file();
        status(how);
        exchange.ending().answeredBy(Who.CACHE, Why.valueOf(how));
        ResponseHead head = head(entry);
        // what came in chunks goes out in chunks
        long length = head.first(Headers.CONTENT_LENGTH) == null ? -1 : entry.bodyLength();
        exchange.response().status(head.status());
        exchange.upstream().keepFields(exchange.configuration().keptUpstreamFields(), head);
        ResponseHeaders.copy(head, exchange, ResponseFraming.ofCached(length), forwarding);
        HeaderMap out = exchange.responseHeaders();
        int condition = head.status() == 200
                ? Preconditions.check(
                        exchange.requestHeaders(),
                        exchange.responseHeaders(),
                        exchange.location().core().ifModifiedSince())
                : head.status();
        if (condition == 304 || condition == 412) {
            IoUtils.safeClose(file);
            Preconditions.strip(out);
            exchange.response().reasonPhrase(null);
            if (condition == 304) {
                BytesBody.respond(exchange, 304, null, new byte[0]);
            } else {
                exchange.fail(412);
            }
            return;
        }
        boolean hasRanges = forwarding.settings().forceRanges() || head.first(Headers.ACCEPT_RANGES) != null;
        out.remove(Headers.ACCEPT_RANGES);
        RangeRequest ranges = hasRanges && head.status() == 200
                ? RangeRequest.of(
                        exchange.requestHeaders(),
                        out,
                        entry.bodyLength(),
                        exchange.location().core().maxRanges())
                : RangeRequest.none(entry.bodyLength());
        if (ranges == null) {
            IoUtils.safeClose(file);
            exchange.fail(416);
            return;
        }
        FileBody.send(exchange, file, ranges, entry.bodyStart());
    }

    /** Nobody has to wait for this request any longer. */
    private void ended() {
        if (owns) {
            owns = false;
            zone.end(key);
        }
    }

    /** Content on its way into the cache. */
    private final class Copy implements ContentCopy {
        private EntryWriter writer;

        Copy(EntryWriter writer) {
            this.writer = writer;
        }

        @Override
        public void add(ByteBuffer content) {
            if (writer != null) {
                try {
                    writer.add(content);
                } catch (IOException e) {
                    // the client gets its response all the same
                    failed(e);
                    abandon();
                }
            }
        }

        @Override
        public void complete() {
            if (writer != null) {
                try {
                    if (!writer.complete()) {
                        noRoom();
                    }
                } catch (IOException e) {
                    failed(e);
                }
                writer = null;
            }
            ended();
        }

        @Override
        public void abandon() {
            if (writer != null) {
                try {
                    writer.abandon();
                } catch (IOException e) {
                    failed(e);
                }
                writer = null;
            }
        }
    }
}
