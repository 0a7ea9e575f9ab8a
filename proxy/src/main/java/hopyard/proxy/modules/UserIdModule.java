package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.CoreVariables;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Slots;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives each client a cookie, by which it can be told from others.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_userid_module.html">ngx_http_userid_module</a>
 */
final class UserIdModule implements Module {

    private static final Settings<IdSettings> SETTINGS = Settings.of(IdSettings::new);

    private static final Slots.Key<Cookies> COOKIES = new Slots.Key<>();

    private static final ExchangeKey<Ids> IDS = new ExchangeKey<>();

    private static final HttpString P3P = new HttpString("P3P");

    /** How long an encoded id is, in characters, without the two of padding. */
    private static final int ENCODED = 22;

    /** What all ids of this process have in common. */
    private static final int PROCESS = ThreadLocalRandom.current().nextInt(1 << 16) << 16
            | (int) ProcessHandle.current().pid() & 0xffff;

    /** The number of the next id. nginx begins there, too, and leaves the last byte to the version. */
    private static final AtomicInteger SEQUENCE = new AtomicInteger(0x030303);

    private enum Mode {
        OFF,
        LOG,
        V1,
        ON
    }

    /**
     * What the cookie is like.
     *
     * @param service a number that is in each id; {@code null} for the server's address
     * @param expires how long it lasts in seconds; 0 until the browser is closed
     * @param mark a character that tells that the cookie was sent by this configuration; 0 for none
     */
    private record IdSettings(
            Mode mode,
            String name,
            String domain,
            String path,
            long expires,
            Set<String> flags,
            String p3p,
            Integer service,
            char mark) {
        IdSettings(SettingsReader in) {
            this(
                    in.directive("userid")
                            .byDefault("off")
                            .means("Whether clients get a cookie that tells them from each other; log only reads it.")
                            .word(Mode.class),
                    in.directive("userid_name")
                            .byDefault("uid")
                            .means("The name of that cookie.")
                            .text(),
                    in.directive("userid_domain")
                            .byDefault("none")
                            .means("The domain that it is for.")
                            .text(),
                    in.directive("userid_path")
                            .byDefault("/")
                            .means("The path that it is for.")
                            .text(),
                    in.directive("userid_expires")
                            .byDefault("off")
                            .means("How long browsers keep it.")
                            .read(new Expires(), 0L),
                    in.directive("userid_flags")
                            .byDefault("off")
                            .means("Its flags, such as secure and samesite.")
                            .args(1, 3)
                            .read(new Flags(), Set.of()),
                    in.directive("userid_p3p")
                            .byDefault("none")
                            .means("The field P3P that is sent with it.")
                            .text(),
                    in.directive("userid_service")
                            .otherwise("the server's address")
                            .means("A number in each id that tells which server has given it.")
                            .numberOrNull(),
                    in.directive("userid_mark")
                            .byDefault("off")
                            .means("A character in the cookie by which it is sent again when its settings change.")
                            .read(new Mark(), '\0'));
        }
    }

    private static final class Expires implements ValueReader<Long> {
        @Override
        public Long read(Scope scope, Directive d, Long former) throws ConfException {
            return switch (d.arg(0)) {
                case "max" -> CookieDate.MAX;
                case "off" -> 0L;
                default -> Values.seconds(d, 0);
            };
        }
    }

    private static final class Flags implements ValueReader<Set<String>> {

        private static final Set<String> KNOWN =
                Set.of("off", "secure", "httponly", "samesite=strict", "samesite=lax", "samesite=none");

        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            Set<String> flags = new HashSet<>();
            for (String word : d.args()) {
                if (!KNOWN.contains(word.toLowerCase(Locale.ROOT))) {
                    throw d.error("invalid value \"" + word + "\"");
                }
                if (!flags.add(word.toLowerCase(Locale.ROOT))) {
                    Build.of(scope).warn("duplicate value \"" + word + "\" in " + d.place());
                }
            }
            return Set.copyOf(flags);
        }
    }

    private static final class Mark implements ValueReader<Character> {
        @Override
        public Character read(Scope scope, Directive d, Character former) throws ConfException {
            if (d.arg(0).equals("off")) {
                return '\0';
            }
            if (!d.arg(0).matches("[0-9A-Za-z=]")) {
                throw d.directiveError("value must be \"off\" or a single letter, digit or \"=\"");
            }
            return d.arg(0).charAt(0);
        }
    }

    /**
     * The ids of one request.
     *
     * @param sent the value of the cookie that the client has sent; {@code null} for none
     * @param got the id in it; {@code null} for none
     * @param set the id that the client is given; {@code null} for none
     * @param isNew whether that is another one
     */
    private record Ids(String sent, byte[] got, byte[] set, boolean isNew) {}

    /** The cookies of a location. {@code reset} is {@code $uid_reset}. */
    private record Cookies(IdSettings settings, Variable reset) {

        /** Returns the id that the client has sent. */
        private Ids read(Exchange exchange) {
            Ids known = exchange.get(IDS);
            if (known != null) {
                return known;
            }
            String sent = CoreVariables.cookie(exchange, settings.name);
            Ids ids = new Ids(sent, sent == null ? null : decoded(exchange, sent), null, false);
            exchange.put(IDS, ids);
            return ids;
        }

        private static byte[] decoded(Exchange exchange, String sent) {
            if (sent.length() < ENCODED) {
                refuse(exchange, "too short");
                return null;
            }
            try {
                byte[] id = Base64.getDecoder().decode(sent.substring(0, ENCODED));
                return last(id) == 0 ? null : id;
            } catch (IllegalArgumentException e) {
                refuse(exchange, "invalid");
                return null;
            }
        }

        private static void refuse(Exchange exchange, String how) {
            exchange.log(
                    ErrorLog.Level.ERROR,
                    "client sent " + how + " userid cookie \"" + exchange.header(Headers.COOKIE) + "\"");
        }

        /** Returns the ids, with that which the client is to have. */
        private Ids make(Exchange exchange) {
            Ids ids = read(exchange);
            if (ids.set != null) {
                return ids;
            }
            String wanted = ids.got == null ? "" : reset.get(exchange);
            boolean keeps = ids.got != null && (wanted == null || wanted.isEmpty() || wanted.equals("0"));
            if (keeps && isMarked(ids.sent)) {
                return ids;
            }
            if ("log".equals(wanted)) {
                exchange.log(ErrorLog.Level.NOTICE, "userid cookie \"" + text(settings.name, ids.got) + "\" was reset");
            }
            Ids made = new Ids(ids.sent, ids.got, keeps ? ids.got : fresh(exchange), !keeps);
            exchange.put(IDS, made);
            return made;
        }

        private boolean isMarked(String sent) {
            return settings.mark == 0
                    || sent.length() > ENCODED + 1
                            && sent.charAt(ENCODED) == settings.mark
                            && sent.charAt(ENCODED + 1) == '=';
        }

        private byte[] fresh(Exchange exchange) {
            boolean isFirst = settings.mode == Mode.V1;
            ByteBuffer id = ByteBuffer.allocate(16).order(isFirst ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            InetAddress local = exchange.client().local() == null
                    ? null
                    : exchange.client().local().getAddress();
            if (settings.service != null) {
                id.putInt(settings.service);
            } else if (isFirst || local == null) {
                id.putInt(0);
            } else {
                byte[] address = local.getAddress();
                id.put(address, address.length - 4, 4);
            }
            id.putInt((int) (System.currentTimeMillis() / 1000)).putInt(PROCESS);
            return id.putInt((exchange.trail() == null ? SEQUENCE.getAndIncrement() : 0) << 8 | (isFirst ? 1 : 2))
                    .array();
        }

        private void send(Exchange exchange) {
            Ids ids = make(exchange);
            if (ids.set == null) {
                return;
            }
            StringBuilder cookie = new StringBuilder(settings.name).append('=');
            String encoded = Base64.getEncoder().encodeToString(ids.set);
            cookie.append(ids.isNew ? encoded.substring(0, ENCODED) : ids.sent.substring(0, ENCODED));
            cookie.append(settings.mark == 0 ? '=' : settings.mark).append('=');
            if (settings.expires > 0) {
                cookie.append("; expires=").append(CookieDate.in(settings.expires));
            }
            if (!settings.domain.equals("none")) {
                cookie.append("; domain=").append(settings.domain);
            }
            cookie.append("; path=").append(settings.path);
            for (String flag : List.of("secure", "httponly", "samesite=strict", "samesite=lax", "samesite=none")) {
                cookie.append(settings.flags.contains(flag) ? "; " + flag : "");
            }
            exchange.responseHeaders().add(Headers.SET_COOKIE, cookie.toString());
            if (!settings.p3p.equals("none")) {
                exchange.responseHeaders().add(P3P, settings.p3p);
            }
        }
    }

    private static int last(byte[] id) {
        return ByteBuffer.wrap(id).getInt(12);
    }

    /** Returns an id as the variables show it: four numbers as the processor of a PC reads them. */
    private static String text(String name, byte[] id) {
        ByteBuffer numbers = ByteBuffer.wrap(id).order(ByteOrder.LITTLE_ENDIAN);
        return "%s=%08X%08X%08X%08X"
                .formatted(name, numbers.getInt(0), numbers.getInt(4), numbers.getInt(8), numbers.getInt(12));
    }

    @Override
    public Manual manual() {
        return new Manual("userid", "ngx_http_userid_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        IdSettings settings = SETTINGS.of(scope);
        if (settings.mode == Mode.OFF) {
            return;
        }
        Cookies cookies = new Cookies(settings, Build.of(scope).variables().use("uid_reset"));
        location.slots().put(COOKIES, cookies);
        if (settings.mode != Mode.LOG) {
            location.filter(FilterPlace.FIELDS, exchange -> {
                if (!exchange.isSubrequest()) {
                    cookies.send(exchange);
                }
            });
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("uid_got", exchange -> {
            Cookies cookies = exchange.location().slots().get(COOKIES);
            byte[] got = cookies == null ? null : cookies.read(exchange).got;
            return got == null ? null : text(cookies.settings.name, got);
        });
        v.define("uid_set", exchange -> {
            Cookies cookies = exchange.location().slots().get(COOKIES);
            byte[] set = cookies == null || cookies.settings.mode == Mode.LOG ? null : cookies.make(exchange).set;
            return set == null ? null : text(cookies.settings.name, set);
        });
        v.defineReplaceable("uid_reset", exchange -> "");
    }
}
