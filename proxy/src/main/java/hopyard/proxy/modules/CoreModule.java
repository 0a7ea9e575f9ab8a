package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.EVENTS;
import static hopyard.proxy.conf.Context.MAIN;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Meaning;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.server.MainBlocks;
import hopyard.proxy.server.MainSettings;
import java.util.List;

/**
 * The directives about the process as a whole.
 *
 * @see <a href="https://nginx.org/en/docs/ngx_core_module.html">Core functionality</a>
 */
final class CoreModule implements Module {

    @Override
    public Manual manual() {
        return new Manual("core", "ngx_core_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(MainSettings.SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("events", 0, 0, CoreModule::events, MAIN)
                        .means("Holds what is said about connections as such; every configuration must have it."),
                // the parser has replaced it by the lines of the file
                Command.simple("include", 1, CoreModule::nothing, MAIN, Context.values())
                        .means("Puts the lines of other files here; a mask with asterisks names several."),
                // the proxy runs as whoever started it: changing the user is a privilege that the JVM does not use
                Command.simple("user", 1, 2, CoreModule::nothing, MAIN)
                        .means("The user that workers run as.")
                        .byDefault("nobody")
                        .note(Meaning.IGNORED));
    }

    private static void events(Loader loader, Scope scope, Directive d) throws ConfException {
        MainBlocks blocks = MainBlocks.of(scope);
        if (blocks.events() != null) {
            throw d.directiveError("is duplicate");
        }
        Scope events = new Scope(EVENTS, scope);
        blocks.events(events);
        loader.apply(d.block(), events);
    }

    private static void nothing(Loader loader, Scope scope, Directive d) {
        // nothing to be done
    }
}
