package hopyard.proxy.modules;

import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.forward.Slicing;
import hopyard.proxy.server.Location;
import java.util.List;

/**
 * Asks the upstream for a response in slices, which the cache can keep one by one.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_slice_module.html">ngx_http_slice_module</a>
 */
final class SliceModule implements Module {

    private static final Settings<SliceSettings> SETTINGS = Settings.of(SliceSettings::new);

    private static final ExchangeKey<Sliced> SLICED = new ExchangeKey<>();

    private record SliceSettings(long slice) {
        SliceSettings(SettingsReader in) {
            this(in.directive("slice")
                    .byDefault("0")
                    .means("The size of the slices in which the upstream is asked for a response; 0 is none.")
                    .size());
        }
    }

    /** That the responses of a location are sliced. */
    private record Sliced(Location location, long size) {}

    @Override
    public Manual manual() {
        return new Manual("slice", "ngx_http_slice_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void prepare(Variables v) {
        v.define("slice_range", exchange -> {
            Sliced its = exchange.get(SLICED);
            boolean isHere = its != null && its.location == exchange.location();
            return isHere || exchange.isSubrequest() ? Slicing.range(exchange, isHere ? its.size : 0) : null;
        });
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        long size = SETTINGS.of(scope).slice;
        if (size > 0) {
            Sliced its = new Sliced(location.location(), size);
            location.on(Phase.PRECONTENT, exchange -> {
                exchange.put(SLICED, its);
                return Result.NEXT;
            });
            location.filter(FilterPlace.FIELDS, Slicing::check);
        }
    }
}
