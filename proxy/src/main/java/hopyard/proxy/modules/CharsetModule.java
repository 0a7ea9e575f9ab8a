package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.AccelHeaders;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.List;
import java.util.Set;

/**
 * Adds the charset to the Content-Type of a text, and converts the text to it.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_charset_module.html">ngx_http_charset_module</a>
 */
final class CharsetModule implements Module {

    /** The types that get a charset where none are set. */
    private static final Set<String> TYPES = Set.of(
            "text/html", "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript", "application/rss+xml");

    private static final Settings<CharsetSettings> SETTINGS = Settings.of(CharsetSettings::new);

    private record CharsetSettings(Template charset, Template source, boolean override, Set<String> types) {
        CharsetSettings(SettingsReader in) {
            this(
                    in.directive("charset")
                            .byDefault("off")
                            .means("The charset that Content-Type names.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .read(new Name()),
                    in.directive("source_charset")
                            .means("The charset that responses are in, if they do not say so.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .read(new Name(), Template.constant("")),
                    in.directive("override_charset")
                            .byDefault("off")
                            .means("Whether what the app says is replaced.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .flag(),
                    in.directive("charset_types")
                            .otherwise(
                                    "text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml")
                            .means("The types that get one.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes(), TYPES));
        }
    }

    /** The name of a charset, which is known from then on; the empty text for {@code off}. */
    private static final class Name implements ValueReader<Template> {
        @Override
        public Template read(Scope scope, Directive d, Template former) throws ConfException {
            if (d.name().equals("charset") && d.arg(0).equals("off")) {
                return Template.constant("");
            }
            Template name = Build.of(scope).template(d.arg(0), d);
            if (name.isConstant()) {
                Charsets.of(scope).add(name.text());
            }
            return name;
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
    public List<Command> commands() {
        return List.of(Command.block(
                        "charset_map",
                        2,
                        2,
                        (loader, scope, d) -> Charsets.of(scope).read(d),
                        HTTP)
                .means("The table by which one charset is converted to another, and back."));
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        CharsetSettings own = SETTINGS.of(scope);
        Charsets charsets = Charsets.of(scope);
        if (own.charset.isConstant() && own.source.isConstant()) {
            String charset = own.charset.text();
            String source = own.source.text();
            if (!charset.isEmpty()
                    && !source.isEmpty()
                    && !charset.equalsIgnoreCase(source)
                    && charsets.table(source, charset) == null) {
                throw ConfException.anywhere(noTable(charsets.known(source), charsets.known(charset)));
            }
        }
        location.filter(FilterPlace.CHARSET, exchange -> filter(exchange, own, charsets));
    }

    private static String noTable(String from, String to) {
        return "no \"charset_map\" between the charsets \"" + from + "\" and \"" + to + "\"";
    }

    /** Returns the charset that HTML gets in a scope; an empty text for none. */
    static Template charset(Scope scope) {
        return SETTINGS.of(scope).charset;
    }

    private static void filter(Exchange exchange, CharsetSettings own, Charsets charsets) {
        String said = AccelHeaders.charset(exchange);
        if (said == null && own.charset.isConstant() && own.charset.text().isEmpty() || exchange.isSubrequest()) {
            return;
        }
        HeaderMap out = exchange.responseHeaders();
        String value = out.getFirst(Headers.CONTENT_TYPE);
        if (value == null) {
            return;
        }
        ContentType type = ContentType.parse(value);
        String charset = said;
        if (said == null) {
            if (type.charset() != null ? !own.override : !MediaTypes.has(own.types, type.plain())) {
                return;
            }
            charset = own.charset.eval(exchange);
            if (charset.isEmpty()) {
                return;
            }
            if (own.charset.isConstant()) {
                charset = charsets.known(charset);
            }
        } else if (charsets.known(said) == null) {
            exchange.log(ErrorLog.Level.ERROR, "unknown charset \"" + said + "\" to override");
            return;
        }
        name(exchange, type, charset, own, charsets);
    }

    /** Names the charset, and has the content converted to it if it is in another one. */
    private static void name(
            Exchange exchange, ContentType type, String charset, CharsetSettings own, Charsets charsets) {
        HeaderMap out = exchange.responseHeaders();
        String source = type.charset() != null ? type.charset() : own.source.eval(exchange);
        if (!source.isEmpty() && !source.equalsIgnoreCase(charset)) {
            Recoding.Table table = charsets.table(source, charset);
            boolean areKnown = charsets.known(source) != null && charsets.known(charset) != null;
            if (areKnown && out.contains(Headers.CONTENT_ENCODING)) {
                return;
            }
            if (table == null) {
                exchange.log(ErrorLog.Level.ERROR, noTable(source, charset));
                return;
            }
            if (table.changesLength()) {
                ContentFilters.forgetLength(exchange);
            }
            if (ContentFilters.haveContent(exchange)) {
                ContentFilters.add(exchange, FilterPlace.CHARSET, new Recoding(table));
            }
        }
        int status = exchange.response().status();
        // old browsers would take a redirect's charset for that of the page behind it
        boolean isRedirect = status == 301 || status == 302;
        // one that add_header has added stays beside it
        out.get(Headers.CONTENT_TYPE).set(0, isRedirect ? type.plain() : type.plain() + "; charset=" + charset);
    }
}
