package hopyard.proxy.modules;

import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.RateLimitConduit;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ErrorLog;

/**
 * Limits how fast a response is sent.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_rate">limit_rate</a>
 */
final class LimitRateModule implements Module {

    @Override
    public Manual manual() {
        return new Manual("http core: limit_rate", "ngx_http_core_module");
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
