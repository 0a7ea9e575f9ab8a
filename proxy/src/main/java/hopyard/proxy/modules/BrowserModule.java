package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Browsers;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Slots;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Tells old browsers from new ones by the field {@code User-Agent}: {@code $modern_browser}, {@code $ancient_browser},
 * {@code $msie}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_browser_module.html">ngx_http_browser_module</a>
 */
final class BrowserModule implements Module {

    private static final Settings<BrowserSettings> SETTINGS = Settings.of(BrowserSettings::new);

    private static final Slots.Key<BrowserSettings> KEY = new Slots.Key<>();

    /** A version that no browser has. */
    private static final long UNREACHABLE = 4_001_000_000L;

    /** How much the first part of a version counts; each next part counts a hundredth. */
    private static final long MAJOR = 1_000_000;

    private record BrowserSettings(Modern modern, Ancient ancient, String modernValue, String ancientValue) {
        BrowserSettings(SettingsReader in) {
            this(
                    in.directive("modern_browser")
                            .means("From which version on a browser is modern; unlisted: those that no line names.")
                            .args(1, 2)
                            .read(new ModernReader(), new Modern(List.of(), false)),
                    in.directive("ancient_browser")
                            .means("What the User-Agent of an ancient browser holds.")
                            .args(1, Command.ANY)
                            .read(new AncientReader(), new Ancient(List.of(), false)),
                    in.directive("modern_browser_value")
                            .byDefault("1")
                            .means("The value of $modern_browser.")
                            .text(),
                    in.directive("ancient_browser_value")
                            .byDefault("1")
                            .means("The value of $ancient_browser.")
                            .text());
        }

        /** Whether the browser of a request is modern; every other one is ancient. */
        private boolean isModern(Exchange exchange) {
            String agent = exchange.header(Headers.USER_AGENT);
            if (agent == null) {
                return modern.unlisted;
            }
            for (Browser each : modern.browsers) {
                long version = each.kind.versionIn(agent);
                if (version >= 0) {
                    return version >= each.version;
                }
            }
            return modern.unlisted && !ancient.includes(agent);
        }
    }

    /** The browsers that can be told, in the order in which they are looked for: Opera's name often holds others'. */
    private enum Kind {
        OPERA("", "Opera", 1),
        MSIE("Mozilla/4.0 (compatible; ", "MSIE ", 0),
        GECKO("Mozilla/5.0 (", "rv:", 0),
        SAFARI("Mozilla/5.0 (", "Safari/", 0),
        KONQUEROR("Mozilla/5.0 (compatible; ", "Konqueror/", 0);

        /** How far from the beginning its name comes at the earliest. */
        private final int from;

        private final String mark;
        /** How far behind the beginning of the mark the version comes. */
        private final int length;

        Kind(String before, String mark, int between) {
            from = before.length();
            this.mark = mark;
            length = mark.length() + between;
        }

        /** Returns the version that a User-Agent tells; negative if it is another browser's. */
        private long versionIn(String agent) {
            int at = from >= agent.length() ? -1 : agent.indexOf(mark, from);
            return at < 0 || at + length >= agent.length() ? -1 : version(agent, at + length);
        }
    }

    private record Browser(Kind kind, long version) {}

    /** @param unlisted whether browsers that no line names are modern */
    private record Modern(List<Browser> browsers, boolean unlisted) {}

    private record Ancient(List<String> marks, boolean netscape4) {
        private boolean includes(String agent) {
            return netscape4 && agent.length() > "Mozilla/4.72 ".length() && agent.matches("(?s)Mozilla/[1-4].*")
                    || marks.stream().anyMatch(agent::contains);
        }
    }

    private static long version(String text, int from) {
        long version = 0;
        long part = 0;
        long scale = MAJOR;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                // long enough for every version, and never too large for the number
                part = Math.min(part * 10 + c - '0', Integer.MAX_VALUE);
            } else if (c == '.') {
                version += part * scale;
                part = 0;
                scale /= 100;
            } else {
                break;
            }
        }
        return version + part * scale;
    }

    private static final class ModernReader implements ValueReader.Repeated<Modern> {
        @Override
        public Modern read(Scope scope, Directive d, Modern former) throws ConfException {
            Modern modern = former == null ? new Modern(List.of(), false) : former;
            if (d.args().size() == 1) {
                if (!d.arg(0).equals("unlisted")) {
                    throw d.directiveError("needs a version for \"" + d.arg(0) + "\"");
                }
                return new Modern(modern.browsers, true);
            }
            List<Browser> browsers = new ArrayList<>(modern.browsers);
            if (!d.arg(1).matches("[0-9.]*")) {
                // the name comes first
                kind(d);
                throw d.error("invalid browser version \"" + d.arg(1) + "\"");
            }
            browsers.removeIf(each -> each.version == UNREACHABLE);
            browsers.add(new Browser(kind(d), version(d.arg(1), 0)));
            if (browsers.stream().noneMatch(each -> each.kind == Kind.OPERA)) {
                browsers.add(new Browser(Kind.OPERA, UNREACHABLE));
            }
            browsers.sort(Comparator.comparing(Browser::kind));
            return new Modern(List.copyOf(browsers), modern.unlisted);
        }

        private static Kind kind(Directive d) throws ConfException {
            for (Kind each : Kind.values()) {
                if (each.name().equalsIgnoreCase(d.arg(0))) {
                    return each;
                }
            }
            throw d.error("unknown browser name \"" + d.arg(0) + "\"");
        }
    }

    private static final class AncientReader implements ValueReader.Repeated<Ancient> {
        @Override
        public Ancient read(Scope scope, Directive d, Ancient former) {
            List<String> marks = new ArrayList<>(former == null ? List.of() : former.marks);
            boolean netscape4 = former != null && former.netscape4;
            for (String word : d.args()) {
                netscape4 |= word.equals("netscape4");
                if (!word.equals("netscape4")) {
                    marks.add(word);
                }
            }
            return new Ancient(List.copyOf(marks), netscape4);
        }
    }

    @Override
    public Manual manual() {
        return new Manual("browser", "ngx_http_browser_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        BrowserSettings settings = SETTINGS.of(scope);
        boolean isSaid = !settings.modern.browsers.isEmpty()
                || settings.modern.unlisted
                || !settings.ancientValue.equals("1")
                || settings.ancient.netscape4
                || !settings.ancient.marks.isEmpty();
        if (isSaid) {
            location.slots().put(KEY, settings);
        }
    }

    @Override
    public void prepare(Variables v) {
        v.defineReplaceable("msie", exchange -> Browsers.isMsie(exchange.requestHeaders()) ? "1" : "");
        v.defineReplaceable("modern_browser", exchange -> {
            BrowserSettings settings = exchange.location().slots().get(KEY);
            return settings != null && settings.isModern(exchange) ? settings.modernValue : "";
        });
        v.defineReplaceable("ancient_browser", exchange -> {
            BrowserSettings settings = exchange.location().slots().get(KEY);
            // a browser is ancient if nothing is said
            return settings == null ? "1" : settings.isModern(exchange) ? "" : settings.ancientValue;
        });
    }
}
