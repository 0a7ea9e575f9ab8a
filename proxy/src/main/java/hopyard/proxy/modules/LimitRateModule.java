package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.RateLimitConduit;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.Variables;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How fast a response is sent.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_rate">limit_rate</a>
 */
final class LimitRateModule implements Module {

    @Override
    public List<Command> commands() {
        return List.of(
                command("limit_rate", c -> c.limitRate, (c, v) -> c.limitRate = v),
                command("limit_rate_after", c -> c.limitRateAfter, (c, v) -> c.limitRateAfter = v));
    }

    private static Command command(
            String name, Function<CoreSettings, Template> get, BiConsumer<CoreSettings, Template> set) {
        Command.Setter slot = Slots.template(CoreSettings.KEY, get, set);
        return Command.simple(
                name,
                1,
                (loader, scope, d) -> {
                    if (d.arg(0).indexOf('$') < 0) {
                        Values.size(d, 0);
                    }
                    slot.set(loader, scope, d);
                },
                HTTP,
                SERVER,
                LOCATION,
                LOCATION_IF);
    }

    @Override
    public void prepare(Variables v) {
        v.define("limit_rate", exchange -> Long.toString(Math.max(0, RateLimitConduit.limitOf(exchange))));
        v.onSet("limit_rate", LimitRateModule::set);
    }

    private static void set(Exchange exchange, String value) {
        try {
            RateLimitConduit.limit(exchange, Values.parseSize(value));
        } catch (NumberFormatException e) {
            exchange.log(ErrorLog.Level.ERROR, "invalid $limit_rate \"" + value + "\"");
        }
    }
}
