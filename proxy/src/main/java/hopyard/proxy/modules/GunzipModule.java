package hopyard.proxy.modules;

import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.util.List;

/**
 * Decompresses responses for clients that do not accept gzip, as long as there is memory for it. Other responses stay
 * as they are.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_gunzip_module.html">ngx_http_gunzip_module</a>
 */
final class GunzipModule implements Module {

    private static final Settings<GunzipSettings> SETTINGS = Settings.of(GunzipSettings::new);

    private record GunzipSettings(boolean gunzip) {
        GunzipSettings(SettingsReader in) {
            this(in.directive("gunzip")
                    .byDefault("off")
                    .means("Whether responses are decompressed for clients that do not take gzip.")
                    .flag());
        }
    }

    @Override
    public Manual manual() {
        return new Manual("gunzip", "ngx_http_gunzip_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        if (SETTINGS.of(scope).gunzip) {
            GzipClients clients = GzipClients.of(scope);
            location.filter(FilterPlace.GUNZIP, exchange -> filter(exchange, clients));
        }
    }

    private static void filter(Exchange exchange, GzipClients clients) {
        HeaderMap out = exchange.responseHeaders();
        if (!"gzip".equalsIgnoreCase(out.getFirst(Headers.CONTENT_ENCODING))) {
            return;
        }
        clients.vary(exchange);
        if (clients.take(exchange)) {
            return;
        }
        boolean hasContent = ContentFilters.haveContent(exchange);
        GunzipFilter filter = hasContent ? GunzipFilter.make(message -> failed(exchange, message)) : null;
        if (hasContent && filter == null) {
            return;
        }
        out.remove(Headers.CONTENT_ENCODING);
        out.remove(Headers.ACCEPT_RANGES);
        ContentFilters.forgetLength(exchange);
        ContentFilters.weakenTag(out);
        if (hasContent) {
            ContentFilters.add(exchange, FilterPlace.GUNZIP, filter);
        }
    }

    private static void failed(Exchange exchange, String message) {
        exchange.log(ErrorLog.Level.ERROR, message);
        exchange.ending().interrupt(Why.GARBAGE);
        exchange.lifetime().abort();
    }
}
