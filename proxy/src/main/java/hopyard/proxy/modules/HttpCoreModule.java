package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.CoreVariables;
import hopyard.proxy.exchange.EarlyHints;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.PostAction;
import hopyard.proxy.exchange.Symlinks;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import hopyard.proxy.server.MainBlocks;
import hopyard.proxy.server.Regex;
import hopyard.proxy.server.ServerSettings;
import java.util.List;

/**
 * The directives about servers and locations, and the settings that the engine itself reads.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html">ngx_http_core_module</a>
 */
final class HttpCoreModule implements Module {

    @Override
    public Manual manual() {
        return new Manual("http core", "ngx_http_core_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(CoreSettings.SETTINGS, ServerSettings.SETTINGS, Symlinks.SETTINGS, EarlyHints.SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("http", 0, 0, HttpCoreModule::http, MAIN).means("Holds the servers."),
                Command.block("server", 0, 0, HttpCoreModule::server, HTTP)
                        .means(
                                "A site: what holds for the requests that reach its addresses under its names; in an upstream, one of its servers.")
                        .note(
                                "in an `upstream`: all but `slow_start` and `service`; `route` and `drain` as in nginx 1.29.6"),
                Command.block("location", 1, 2, HttpCoreModule::location, SERVER, LOCATION)
                        .means("What holds for the requests whose path begins with, is, or matches something."),
                Command.simple("internal", 0, HttpCoreModule::internal, LOCATION)
                        .means("Only internal redirects lead to this location; for clients it is 404."));
    }

    @Override
    public void prepare(Variables variables) {
        CoreVariables.define(variables);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        Symlinks.compile(scope, location);
        EarlyHints.compile(scope, location);
        if (CoreSettings.of(scope).postAction() != null) {
            location.afterRequest(PostAction::start);
        }
    }

    private static void http(Loader loader, Scope main, Directive d) throws ConfException {
        MainBlocks blocks = MainBlocks.of(main);
        if (blocks.http() != null) {
            throw d.directiveError("is duplicate");
        }
        Scope http = new Scope(HTTP, main);
        blocks.http(http);
        loader.apply(d.block(), http);
    }

    private static void server(Loader loader, Scope http, Directive d) throws ConfException {
        Scope server = new Scope(SERVER, http);
        LocationBlock.server(server, new Location(Location.Kind.PREFIX, "", null, d));
        loader.apply(d.block(), server);
        ServerSettings.complete(server, d);
        MainBlocks.of(http.nearest(MAIN)).add(server);
    }

    private static void location(Loader loader, Scope outer, Directive d) throws ConfException {
        Scope scope = new Scope(LOCATION, outer);
        Location location = parseLocation(d, Build.of(outer).variables());
        LocationBlock around = LocationBlock.of(outer);
        if (outer.context() == LOCATION) {
            checkNesting(d, around.location(), location);
        }
        if (around.has(location)) {
            throw d.error("duplicate location \"" + location.name() + "\"");
        }
        LocationBlock.add(scope, location);
        loader.apply(d.block(), scope);
    }

    private static void internal(Loader loader, Scope scope, Directive d) {
        LocationBlock.of(scope).location().makeInternal();
    }

    private static Location parseLocation(Directive d, Variables v) throws ConfException {
        if (d.args().size() == 2) {
            String name = d.arg(1);
            return switch (d.arg(0)) {
                case "=" -> new Location(Location.Kind.EXACT, name, null, d);
                case "^~" -> new Location(Location.Kind.PREFIX_FINAL, name, null, d);
                case "~" -> new Location(Location.Kind.REGEX, name, Regex.compile(v, d, name, false), d);
                case "~*" -> new Location(Location.Kind.REGEX, name, Regex.compile(v, d, name, true), d);
                default -> throw d.error("invalid location modifier \"" + d.arg(0) + "\"");
            };
        }
        // the modifier and the name may be one word
        String text = d.arg(0);
        if (text.startsWith("=")) {
            return new Location(Location.Kind.EXACT, text.substring(1), null, d);
        }
        if (text.startsWith("^~")) {
            return new Location(Location.Kind.PREFIX_FINAL, text.substring(2), null, d);
        }
        if (text.startsWith("~*")) {
            return new Location(
                    Location.Kind.REGEX, text.substring(2), Regex.compile(v, d, text.substring(2), true), d);
        }
        if (text.startsWith("~")) {
            return new Location(
                    Location.Kind.REGEX, text.substring(1), Regex.compile(v, d, text.substring(1), false), d);
        }
        return new Location(text.startsWith("@") ? Location.Kind.NAMED : Location.Kind.PREFIX, text, null, d);
    }

    private static void checkNesting(Directive d, Location outer, Location inner) throws ConfException {
        if (outer.isExact()) {
            throw d.error(
                    "location \"" + inner.name() + "\" cannot be inside the exact location \"" + outer.name() + "\"");
        }
        if (outer.kind() == Location.Kind.NAMED) {
            throw d.error(
                    "location \"" + inner.name() + "\" cannot be inside the named location \"" + outer.name() + "\"");
        }
        if (inner.kind() == Location.Kind.NAMED) {
            throw d.error("named location \"" + inner.name() + "\" can be on the server level only");
        }
        // nginx compares even with the text of a regular expression
        if (inner.kind() != Location.Kind.REGEX && !inner.name().startsWith(outer.name())) {
            throw d.error("location \"" + inner.name() + "\" is outside location \"" + outer.name() + "\"");
        }
    }
}
