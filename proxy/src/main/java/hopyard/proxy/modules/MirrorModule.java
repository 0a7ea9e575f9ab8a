package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.forward.SharedBody;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Subrequest;
import hopyard.proxy.http.Trail;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests that are sent to a second place as well, whose answers nobody sees.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_mirror_module.html">ngx_http_mirror_module</a>
 */
final class MirrorModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final class Settings {
        /** {@code null} where nothing is said; empty for {@code off}. */
        private List<String> uris;

        private boolean isOff;
        private Boolean body;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("mirror", 1, MirrorModule::mirror, HTTP, SERVER, LOCATION),
                Command.simple(
                        "mirror_request_body",
                        1,
                        Slots.flag(KEY, s -> s.body, (s, v) -> s.body = v),
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private static void mirror(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (d.arg(0).equals("off")) {
            if (settings.uris != null) {
                throw d.directiveError("is duplicate");
            }
            settings.isOff = true;
            settings.uris = List.of();
            return;
        }
        if (settings.isOff) {
            throw d.directiveError("is duplicate");
        }
        settings.uris = settings.uris == null ? new ArrayList<>() : settings.uris;
        settings.uris.add(d.arg(0));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        own.uris = Inherited.or(own.uris, parent.get(KEY).uris);
        own.body = Inherited.or(own.body, parent.get(KEY).body);
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        if (own.uris == null || own.uris.isEmpty()) {
            return;
        }
        boolean withBody = Inherited.orDefault(own.body, true);
        location.on(Phase.PRECONTENT, exchange -> {
            if (exchange.isSubrequest()) {
                return Result.NEXT;
            }
            if (exchange.trail() != null) {
                rehearse(exchange, own.uris);
                return Result.NEXT;
            }
            if (!withBody || exchange.isRequestComplete()) {
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
