package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.server.ServerCounts;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Shows how many clients are connected, and what they are doing.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_stub_status_module.html">ngx_http_stub_status_module</a>
 */
final class StubStatusModule implements Module {

    private static final Settings<StatusSettings> SETTINGS = Settings.ofLevel(StatusSettings::new);

    private record StatusSettings(boolean on) {
        StatusSettings(SettingsReader in) {
            this(in.directive("stub_status")
                    .means("A page with the numbers of connections and requests.")
                    .in(SERVER, LOCATION)
                    .args(0, 1)
                    // old configurations write "stub_status on", or "off", which nginx takes for the same
                    .read(new Readers.Present(), false));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("status", "ngx_http_stub_status_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        if (SETTINGS.of(scope).on) {
            location.content(StubStatusModule::report);
        }
    }

    private static Result report(Exchange exchange) {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.fail(405);
            return Result.TAKEN;
        }
        ServerCounts counts = exchange.client().server();
        String text = "Active connections: " + counts.active() + " \n"
                + "server accepts handled requests\n"
                + " " + counts.accepted() + " " + counts.handled() + " " + counts.requests() + " \n"
                + "Reading: " + counts.reading() + " Writing: " + counts.writing() + " Waiting: " + counts.waiting()
                + " \n";
        exchange.ending().because(Why.STATUS_PAGE);
        BytesBody.offer(exchange, "text/plain", text.getBytes(StandardCharsets.US_ASCII));
        return Result.TAKEN;
    }

    @Override
    public void prepare(Variables v) {
        v.define("connections_active", x -> Long.toString(x.client().server().active()));
        v.define("connections_reading", x -> Long.toString(x.client().server().reading()));
        v.define("connections_writing", x -> Long.toString(x.client().server().writing()));
        v.define("connections_waiting", x -> Long.toString(x.client().server().waiting()));
    }
}
