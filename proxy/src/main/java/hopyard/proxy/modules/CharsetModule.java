package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.forward.AccelHeaders;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Template;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Says which charset a text is in. Nothing is converted: hopyard has no {@code charset_map}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_charset_module.html">ngx_http_charset_module</a>
 */
final class CharsetModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Set<String> TYPES = Set.of(
            "text/html", "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript", "application/rss+xml");

    private static final class Settings {
        private Template charset;
        private Set<String> types;
        private Boolean override;
        private String source;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple(
                        "charset",
                        1,
                        Slots.template(KEY, s -> s.charset, (s, v) -> s.charset = v),
                        HTTP,
                        SERVER,
                        LOCATION,
                        LOCATION_IF),
                Command.simple(
                        "source_charset",
                        1,
                        Slots.once(KEY, s -> s.source, (s, v) -> s.source = v, d -> d.arg(0)),
                        HTTP,
                        SERVER,
                        LOCATION,
                        LOCATION_IF),
                Command.simple(
                        "override_charset",
                        1,
                        Slots.flag(KEY, s -> s.override, (s, v) -> s.override = v),
                        HTTP,
                        SERVER,
                        LOCATION,
                        LOCATION_IF),
                Command.simple("charset_types", 1, Command.ANY, CharsetModule::types, HTTP, SERVER, LOCATION));
    }

    private static void types(Loader loader, Scope scope, Directive d) {
        Settings settings = scope.get(KEY);
        settings.types = settings.types == null ? new HashSet<>(Set.of("text/html")) : settings.types;
        for (String type : d.args()) {
            settings.types.add(type.toLowerCase(Locale.ROOT));
        }
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.charset = Inherited.or(own.charset, outer.charset);
        own.types = Inherited.or(own.types, outer.types);
        own.override = Inherited.or(own.override, outer.override);
        own.source = Inherited.or(own.source, outer.source);
    }

    @Override
    public void compile(Scope scope, Location location) throws ConfException {
        Settings own = scope.get(KEY);
        if (own.source != null
                && own.charset != null
                && own.charset.isConstant()
                && !own.charset.text().equals("off")
                && !own.charset.text().equalsIgnoreCase(own.source)) {
            throw ConfException.anywhere("no \"charset_map\" between the charsets \"" + own.source + "\" and \""
                    + own.charset.text() + "\"");
        }
        Set<String> types = Inherited.orDefault(own.types, TYPES);
        Set<String> known = Build.of(scope).names("charset");
        if (own.charset != null && own.charset.isConstant()) {
            known.add(own.charset.text().toLowerCase(Locale.ROOT));
        }
        location.filter(exchange -> filter(exchange, own.charset, types, known));
    }

    private static void filter(Exchange exchange, Template configured, Set<String> types, Set<String> known) {
        String said = AccelHeaders.charset(exchange);
        if (configured == null && said == null) {
            return;
        }
        if (said != null && !known.contains(said.toLowerCase(Locale.ROOT))) {
            exchange.log(ErrorLog.Level.ERROR, "unknown charset \"" + said + "\"");
            return;
        }
        HeaderMap out = exchange.responseHeaders();
        String charset = said != null ? said : configured.eval(exchange);
        String type = out.getFirst(Headers.CONTENT_TYPE);
        if (type == null
                || charset.isEmpty()
                || charset.equals("off")
                || out.contains(Headers.CONTENT_ENCODING)
                || type.toLowerCase(Locale.ROOT).contains("charset=")) {
            return;
        }
        int semicolon = type.indexOf(';');
        String plain =
                (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        if (types.contains("*") || types.contains(plain)) {
            out.put(Headers.CONTENT_TYPE, type + "; charset=" + charset);
        }
    }
}
