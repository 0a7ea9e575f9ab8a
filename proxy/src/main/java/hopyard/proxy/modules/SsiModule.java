package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Meaning;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.ssi.SsiFilter;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/**
 * Obeys the commands of server side includes in the content of responses.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssi_module.html">ngx_http_ssi_module</a>
 */
final class SsiModule implements Module {

    private static final Settings<SsiSettings> SETTINGS = Settings.of(SsiSettings::new);

    /** The zone that C calls GMT. */
    private static final ZoneId GMT = ZoneId.ofOffset("GMT", ZoneOffset.UTC);

    private record SsiSettings(
            boolean ssi,
            Set<String> types,
            boolean silentErrors,
            boolean lastModified,
            long valueLength,
            long minFileChunk,
            boolean ignoreRecycledBuffers) {
        SsiSettings(SettingsReader in) {
            this(
                    in.directive("ssi")
                            .byDefault("off")
                            .means("Whether commands such as include are looked for in the content, and obeyed.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .flag(),
                    in.directive("ssi_types")
                            .otherwise("text/html")
                            .means("The types in which commands are looked for; text/html always is one.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes(), MediaTypes.HTML),
                    in.directive("ssi_silent_errors")
                            .byDefault("off")
                            .means("Whether nothing is put in the place of a command that fails.")
                            .flag(),
                    in.directive("ssi_last_modified")
                            .byDefault("off")
                            .means("Whether the response keeps Last-Modified, and a weak ETag.")
                            .flag(),
                    in.directive("ssi_value_length")
                            .byDefault("255")
                            .means("How long the value of a command's parameter may be.")
                            .size(),
                    in.directive("ssi_min_file_chunk")
                            .byDefault("1k")
                            .means("From which size on pieces of a file are sent by the system.")
                            .note(Meaning.IGNORED)
                            .size(),
                    in.directive("ssi_ignore_recycled_buffers")
                            .byDefault("off")
                            .means("Whether buffers are not given back to the upstream's side at once.")
                            .note(Meaning.IGNORED)
                            .flag());
        }
    }

    @Override
    public Manual manual() {
        return new Manual("ssi", "ngx_http_ssi_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void prepare(Variables v) {
        v.define("date_local", exchange -> SsiFilter.time(exchange, ZoneId.systemDefault()));
        v.define("date_gmt", exchange -> SsiFilter.time(exchange, GMT));
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        SsiSettings own = SETTINGS.of(scope);
        if (own.ssi) {
            Variables variables = Build.of(scope).variables();
            location.filter(FilterPlace.SSI, exchange -> filter(exchange, own, variables));
        }
    }

    private static void filter(Exchange exchange, SsiSettings settings, Variables variables) {
        HeaderMap out = exchange.responseHeaders();
        if ("0".equals(out.getFirst(Headers.CONTENT_LENGTH))
                || !MediaTypes.has(settings.types, out.getFirst(Headers.CONTENT_TYPE))) {
            return;
        }
        ContentFilters.forgetLength(exchange);
        out.remove(Headers.ACCEPT_RANGES);
        ContentFilters.changeTag(out, settings.lastModified);
        if (ContentFilters.haveContent(exchange)) {
            ContentFilters.add(
                    exchange,
                    FilterPlace.SSI,
                    SsiFilter.make(exchange, variables, settings.silentErrors, settings.valueLength));
        }
    }
}
