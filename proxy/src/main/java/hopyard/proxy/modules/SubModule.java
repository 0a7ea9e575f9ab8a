package hopyard.proxy.modules;

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
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Replaces strings in the content of responses.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_sub_module.html">ngx_http_sub_module</a>
 */
final class SubModule implements Module {

    private static final Settings<SubSettings> SETTINGS = Settings.of(SubSettings::new);

    private static final int MAX_STRINGS = 255;

    /** What is replaced where. */
    private record SubSettings(Replacements replacements, Set<String> types, boolean once, boolean lastModified) {
        SubSettings(SettingsReader in) {
            this(
                    in.directive("sub_filter")
                            .means("Replaces a string in the content, whatever its case, by another one.")
                            .args(2, 2)
                            .read(new Replacements.Reader()),
                    in.directive("sub_filter_types")
                            .otherwise("text/html")
                            .means("The types in which strings are replaced; text/html always is.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes(), MediaTypes.HTML),
                    in.directive("sub_filter_once")
                            .byDefault("on")
                            .means("Whether each string is replaced only where it first occurs.")
                            .flag(),
                    in.directive("sub_filter_last_modified")
                            .byDefault("off")
                            .means("Whether the response keeps Last-Modified, and a weak ETag.")
                            .flag());
        }
    }

    /** The strings of some {@code sub_filter} lines, and what replaces them. */
    private static final class Replacements {

        private final List<Template> strings = new ArrayList<>();
        private final List<Template> values = new ArrayList<>();
        /** The strings, if none of them has a variable; else {@code null}. */
        private SubStrings fixed;

        private static final class Reader implements ValueReader.Repeated<Replacements> {
            @Override
            public Replacements read(Scope scope, Directive d, Replacements former) throws ConfException {
                Replacements all = former == null ? new Replacements() : former;
                if (d.arg(0).isEmpty()) {
                    throw d.error("empty search pattern");
                }
                if (all.strings.size() == MAX_STRINGS) {
                    throw d.error("number of search patterns exceeds " + MAX_STRINGS);
                }
                all.strings.add(Build.of(scope).template(SubStrings.lower(d.arg(0)), d));
                all.values.add(Build.of(scope).template(d.arg(1), d));
                return all;
            }
        }

        /** Prepares what requests need not do. */
        void prepare() {
            if (fixed == null && strings.stream().allMatch(Template::isConstant)) {
                fixed = SubStrings.of(strings.stream().map(Template::text).toList(), values);
            }
        }

        /** Returns the strings for a request; {@code null} if all of them are empty. */
        SubStrings of(Exchange exchange) {
            return fixed != null
                    ? fixed
                    : SubStrings.of(
                            strings.stream().map(each -> each.eval(exchange)).toList(), values);
        }
    }

    @Override
    public Manual manual() {
        return new Manual("sub_filter", "ngx_http_sub_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        SubSettings own = SETTINGS.of(scope);
        if (own.replacements != null) {
            own.replacements.prepare();
            location.filter(FilterPlace.SUB, exchange -> filter(exchange, own));
        }
    }

    private static void filter(Exchange exchange, SubSettings settings) {
        HeaderMap out = exchange.responseHeaders();
        if ("0".equals(out.getFirst(Headers.CONTENT_LENGTH))
                || !MediaTypes.has(settings.types, out.getFirst(Headers.CONTENT_TYPE))) {
            return;
        }
        SubStrings strings = settings.replacements.of(exchange);
        if (strings == null) {
            return;
        }
        ContentFilters.forgetLength(exchange);
        ContentFilters.changeTag(out, settings.lastModified);
        if (ContentFilters.haveContent(exchange)) {
            ContentFilters.add(exchange, FilterPlace.SUB, new SubFilter(strings, exchange, settings.once));
        }
    }
}
