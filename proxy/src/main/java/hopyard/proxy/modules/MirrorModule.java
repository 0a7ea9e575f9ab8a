package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Subrequest;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.forward.SharedBody;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends copies of requests to other locations, and ignores the responses.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_mirror_module.html">ngx_http_mirror_module</a>
 */
final class MirrorModule implements Module {

    private static final Settings<MirrorSettings> SETTINGS = Settings.of(MirrorSettings::new);

    /**
     * Where the copies of requests go.
     *
     * @param uris the URIs of the subrequests; empty for {@code off}
     */
    private record MirrorSettings(List<String> uris, boolean body) {
        MirrorSettings(SettingsReader in) {
            this(
                    in.directive("mirror")
                            .byDefault("off")
                            .means("Sends each request to another location as well, and drops what that answers.")
                            .read(new Uris()),
                    in.directive("mirror_request_body")
                            .byDefault("on")
                            .means("Whether the body is sent, too.")
                            .flag());
        }
    }

    private static final class Uris implements ValueReader.Repeated<List<String>> {
        @Override
        public List<String> read(Scope scope, Directive d, List<String> former) throws ConfException {
            boolean isOff = d.arg(0).equals("off");
            if (former != null && (isOff || former.isEmpty())) {
                throw d.directiveError("is duplicate");
            }
            List<String> uris = former == null ? new ArrayList<>() : former;
            if (!isOff) {
                uris.add(d.arg(0));
            }
            return uris;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("mirror", "ngx_http_mirror_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        MirrorSettings own = SETTINGS.of(scope);
        if (own.uris.isEmpty()) {
            return;
        }
        location.on(Phase.PRECONTENT, exchange -> {
            if (exchange.isSubrequest()) {
                return Result.NEXT;
            }
            if (exchange.trail() != null) {
                rehearse(exchange, own.uris);
                return Result.NEXT;
            }
            if (!own.body || exchange.isRequestComplete()) {
                start(exchange, own.uris);
                return Result.NEXT;
            }
            SharedBody.read(exchange, () -> {
                start(exchange, own.uris);
                exchange.phases().proceed();
            });
            return Result.TAKEN;
        });
    }

    private static void rehearse(Exchange exchange, List<String> uris) {
        for (String uri : uris) {
            Exchange copy = Subrequest.rehearse(exchange, uri, exchange.args(), true);
            exchange.trail()
                    .asks(
                            Trail.Kind.MIRROR,
                            exchange.location().source().line("mirror"),
                            "the request goes to " + uri + " as well, and nobody gets that answer",
                            copy.trail());
        }
    }

    private static void start(Exchange exchange, List<String> uris) {
        for (String uri : uris) {
            Subrequest.start(
                    exchange,
                    uri,
                    exchange.args(),
                    true,
                    each -> {
                        each.requestLog().isFor("mirror");
                        SharedBody.share(exchange, each);
                    },
                    each -> {});
        }
    }
}
