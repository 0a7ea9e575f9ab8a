package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.AccelHeaders;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Adds the charset to the Content-Type of a text. Nothing is converted: Hopyard has no {@code charset_map}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_charset_module.html">ngx_http_charset_module</a>
 */
final class CharsetModule implements Module {

    private static final Settings<CharsetSettings> SETTINGS = Settings.of(CharsetSettings::new);

    private record CharsetSettings(Template charset, String source, boolean override, Set<String> types) {
        CharsetSettings(SettingsReader in) {
            this(
                    in.directive("charset")
                            .otherwise("off")
                            .means("The charset that Content-Type names.")
                            .note("says which charset a text is in; converts nothing")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .read(new Template.Reader()),
                    in.directive("source_charset")
                            .means("The charset that files are in.")
                            .note("must be that of `charset`, as nothing is converted")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .text(),
                    in.directive("override_charset")
                            .byDefault("off")
                            .means("Whether what the app says is replaced.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .flag(),
                    in.directive("charset_types")
                            .byDefault(
                                    "text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml")
                            .means("The types that get one.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes()));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("charset", "ngx_http_charset_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        CharsetSettings own = SETTINGS.of(scope);
        if (own.source != null
                && own.charset != null
                && own.charset.isConstant()
                && !own.charset.text().equals("off")
                && !own.charset.text().equalsIgnoreCase(own.source)) {
            throw ConfException.anywhere("no \"charset_map\" between the charsets \"" + own.source + "\" and \""
                    + own.charset.text() + "\"");
        }
        Set<String> known = Build.of(scope).names("charset");
        if (own.charset != null && own.charset.isConstant()) {
            known.add(own.charset.text().toLowerCase(Locale.ROOT));
        }
        location.filter(exchange -> filter(exchange, own.charset, own.types, known));
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
        if (MediaTypes.has(types, type)) {
            out.put(Headers.CONTENT_TYPE, type + "; charset=" + charset);
        }
    }
}
