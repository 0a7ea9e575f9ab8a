package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.ForwardReaders;
import hopyard.proxy.forward.ForwardSettings;
import hopyard.proxy.forward.Forwarding;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.HttpOptions;
import hopyard.proxy.forward.MemcachedProtocol;
import hopyard.proxy.forward.NextUpstream;
import hopyard.proxy.forward.RequestHead;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Answers with values that a memcached server keeps, by the key in {@code $memcached_key}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_memcached_module.html">ngx_http_memcached_module</a>
 */
final class MemcachedModule implements Module {

    private static final Settings<Own> PASS = Settings.ofLevel(Own::new);
    private static final Settings<MemcachedSettings> SETTINGS = Settings.of(MemcachedSettings::new);

    /** The level's own {@code memcached_pass}, which is not inherited. */
    private record Own(Directive pass) {
        Own(SettingsReader in) {
            this(in.directive("memcached_pass")
                    .means("Answers with what a memcached server has under $memcached_key.")
                    .in(LOCATION, LOCATION_IF)
                    .read(new Readers.Line()));
        }
    }

    /** Times are in ms, sizes in bytes. */
    private record MemcachedSettings(
            Template bind,
            boolean socketKeepalive,
            long connectTimeout,
            long sendTimeout,
            long readTimeout,
            long bufferSize,
            Set<NextUpstream> nextUpstream,
            int tries,
            long nextUpstreamTimeout,
            int gzipFlag) {
        MemcachedSettings(SettingsReader in) {
            this(
                    in.directive("memcached_bind")
                            .means("The local address that connections to memcached come from.")
                            .note("without `transparent`")
                            .args(1, 2)
                            .read(new ForwardReaders.Bind()),
                    in.directive("memcached_socket_keepalive")
                            .byDefault("off")
                            .means("Whether the system probes idle connections to memcached.")
                            .flag(),
                    in.directive("memcached_connect_timeout")
                            .byDefault("60s")
                            .means("How long connecting may take; then it is 504.")
                            .millis(),
                    in.directive("memcached_send_timeout")
                            .byDefault("60s")
                            .means("How long memcached may take no bytes of the request.")
                            .millis(),
                    in.directive("memcached_read_timeout")
                            .byDefault("60s")
                            .means("How long memcached may be silent.")
                            .millis(),
                    in.directive("memcached_buffer_size")
                            .byDefault("4k")
                            .means("How long the line before a value may be.")
                            .size(),
                    in.directive("memcached_next_upstream")
                            .byDefault("error timeout")
                            .means("In which cases the next server of the group is asked.")
                            .args(1, Command.ANY)
                            .read(new Cases()),
                    in.directive("memcached_next_upstream_tries")
                            .byDefault("0")
                            .means("How many may be asked; 0 is all.")
                            .number(),
                    in.directive("memcached_next_upstream_timeout")
                            .byDefault("0")
                            .means("For how long others may be asked; 0 is no limit.")
                            .millis(),
                    in.directive("memcached_gzip_flag")
                            .byDefault("0")
                            .means("The bit of a value's flags that tells that it is compressed.")
                            .number());
        }

        /** Returns them as those of the proxy module; what nginx has no directive for is as in nginx. */
        private ForwardSettings forForward() {
            return new ForwardSettings(
                    connectTimeout,
                    sendTimeout,
                    readTimeout,
                    false,
                    true,
                    bufferSize,
                    0,
                    null,
                    nextUpstream,
                    tries,
                    nextUpstreamTimeout,
                    true,
                    Set.of(),
                    false,
                    0,
                    true,
                    bind,
                    socketKeepalive,
                    false,
                    null,
                    Set.of());
        }
    }

    private static final class Cases implements ValueReader<Set<NextUpstream>> {

        private static final Map<String, NextUpstream> WORDS = Map.of(
                "error", NextUpstream.ERROR,
                "timeout", NextUpstream.TIMEOUT,
                "invalid_response", NextUpstream.INVALID_HEADER,
                "not_found", NextUpstream.HTTP_404);

        @Override
        public Set<NextUpstream> read(Scope scope, Directive d, Set<NextUpstream> former) throws ConfException {
            Set<NextUpstream> cases = EnumSet.noneOf(NextUpstream.class);
            for (String word : d.args()) {
                if (WORDS.containsKey(word)) {
                    cases.add(WORDS.get(word));
                } else if (!word.equals("off")) {
                    throw d.error("invalid value \"" + word + "\"");
                }
            }
            return d.args().contains("off") ? EnumSet.noneOf(NextUpstream.class) : cases;
        }
    }

    /** Asks for the value of a request's key. */
    private record KeyRequest(Variable key, Directive directive) implements RequestHead {
        @Override
        public void write(Exchange exchange, CacheUse cache, HeadWriter out, long length) {
            MemcachedProtocol.ask(exchange, key.get(exchange), out);
        }

        @Override
        public String method(Exchange exchange, CacheUse cache) {
            return "GET";
        }

        @Override
        public boolean keepsBody() {
            return false;
        }

        @Override
        public int refused(Exchange exchange, CacheUse cache, String what) {
            return 500;
        }

        @Override
        public String host() {
            return directive.arg(0);
        }

        @Override
        public String port() {
            return "";
        }

        @Override
        public String url(Exchange exchange, String peer) {
            return "memcached://" + peer;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("memcached", "ngx_http_memcached_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(PASS, SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        Directive own = PASS.of(scope).pass;
        Directive pass = own == null && scope.context() == LOCATION_IF ? PASS.of(scope.parent()).pass : own;
        if (pass == null) {
            return;
        }
        MemcachedSettings settings = SETTINGS.of(scope);
        String name = pass.arg(0);
        UpstreamGroup group = UpstreamModule.groupWithPort(scope, pass, name);
        Function<Exchange, byte[]> balancingKey = UpstreamModule.key(scope, group);
        Forwarding forwarding = new Forwarding(
                settings.forForward(),
                null,
                null,
                HeaderRules.of(Set.of(), Set.of(), List.of()),
                new CookieRules(List.of(), List.of(), List.of()),
                new MemcachedProtocol(settings.gzipFlag),
                HttpOptions.LIKE_1_1);
        KeyRequest head = new KeyRequest(Build.of(scope).variables().use("memcached_key"), pass);
        location.content(exchange -> {
            if (isAsked(exchange, head)) {
                byte[] by = balancingKey == null ? null : balancingKey.apply(exchange);
                Forward.start(exchange, forwarding, head, null, group, by);
            }
            return Result.TAKEN;
        });
        Location its = location.location();
        if (its.name().endsWith("/") && its.base() == its) {
            its.redirectWithoutSlash();
        }
    }

    /** Whether the request is one for a value; if not, it has been answered. */
    private static boolean isAsked(Exchange exchange, KeyRequest head) {
        String key = head.key.get(exchange);
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.fail(405);
        } else if (key == null || key.isEmpty()) {
            exchange.log(ErrorLog.Level.ERROR, "the \"$memcached_key\" variable is not set");
            exchange.fail(500);
        } else if (exchange.trail() != null) {
            exchange.trail().step(Trail.Kind.CONTENT, head.directive, null, "asks memcached for \"" + key + "\"");
            exchange.trail().isOpen("what memcached has under \"" + key + "\"");
        } else {
            return true;
        }
        return false;
    }
}
