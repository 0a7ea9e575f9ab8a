package hopyard.proxy.console;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.console.endpoint.ConsoleLocation;
import hopyard.proxy.console.endpoint.Guard;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.ServerSettings;
import hopyard.proxy.record.ExchangeLog;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Hopyard's console.
 *
 * <ul>
 *   <li>{@code hop_console [edit]}: this location is the console; with {@code edit}, it may change the running
 *       configuration. Guard it with {@code allow} and {@code deny}.
 *   <li>{@code hop_exchanges NUMBER [SIZE]} (1000 8m): how many exchanges to keep, and in how much memory.
 *   <li>{@code hop_bodies SIZE} (0): how much of each content to keep with an exchange; 0 for nothing.
 * </ul>
 */
public final class ConsoleModule implements Module {

    /** The console of the process, which outlives configurations. */
    public interface Host extends ConsoleLocation.Opener {

        /** Where a new configuration is to record exchanges: in the running one's log unless the sizes have changed. */
        ExchangeLog log(int capacity, long memory, int threads);
    }

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    /** More would take a reader's patience and the heap. */
    private static final int MAX_EXCHANGES = 100_000;

    /** What may be kept of one content, in bytes: it is gone over for secrets on an I/O thread. */
    private static final int MAX_BODY = 256 << 10;

    /** What exchanges may take, in bytes. */
    private static final long MAX_MEMORY = Runtime.getRuntime().maxMemory() / 2;

    private final Host console;

    private static final class Settings {
        private Directive directive;
        private Integer exchanges;
        private long memory = 8 << 20;
        private Integer bodies;
    }

    public ConsoleModule(Host console) {
        this.console = console;
    }

    @Override
    public Manual manual() {
        return new Manual("hopyard", "console.md");
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("hop_console", 0, 1, ConsoleModule::console, LOCATION)
                        .means("Makes the location the console; with edit, it may put another configuration to work."),
                Command.simple("hop_exchanges", 1, 2, ConsoleModule::exchanges, HTTP)
                        .means("How many exchanges the console keeps, and in how much memory.")
                        .byDefault("1000 8m"),
                Command.simple("hop_bodies", 1, ConsoleModule::bodies, HTTP, SERVER, LOCATION)
                        .means(
                                "How many bytes of each request's and response's content the console keeps with the exchange, without secrets; 0 keeps nothing.")
                        .byDefault("0"));
    }

    private static void console(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.directive != null) {
            throw d.directiveError("is duplicate");
        }
        if (!d.args().isEmpty() && !d.arg(0).equals("edit")) {
            throw d.error("invalid parameter \"" + d.arg(0) + "\", it may only be \"edit\"");
        }
        settings.directive = d;
    }

    private static void exchanges(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.exchanges != null) {
            throw d.directiveError("is duplicate");
        }
        settings.exchanges = Values.number(d, 0);
        if (settings.exchanges < 1 || settings.exchanges > MAX_EXCHANGES) {
            throw d.error("invalid value \"" + d.arg(0) + "\", it must be from 1 to " + MAX_EXCHANGES);
        }
        if (d.args().size() == 2) {
            settings.memory = Values.size(d, 1);
            if (settings.memory > MAX_MEMORY) {
                throw d.error("\"" + d.arg(1) + "\" is more than half of the heap, which is " + 2 * MAX_MEMORY
                        + " bytes: see -Xmx in HOPYARD_JAVA_OPTS");
            }
        }
    }

    private static void bodies(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.bodies != null) {
            throw d.directiveError("is duplicate");
        }
        long size = Values.size(d, 0);
        if (size > MAX_BODY) {
            throw d.error("\"" + d.arg(0) + "\" is too much to keep of one body, 256k are the most");
        }
        settings.bodies = (int) size;
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        child.get(KEY).bodies = Inherited.or(child.get(KEY).bodies, parent.get(KEY).bodies);
    }

    @Override
    public void compile(Scope scope, Location location) throws ConfException {
        Settings own = scope.get(KEY);
        location.keepContent(Inherited.orDefault(own.bodies, 0));
        if (own.directive == null) {
            return;
        }
        Settings http = scope.nearest(HTTP).get(KEY);
        int workers = MainSettings.of(scope).workers();
        Build.of(scope).recorder(console.log(Inherited.orDefault(http.exchanges, 1000), http.memory, workers));
        location.doNotRecord();
        if (!location.isPrefixOrExact()) {
            throw own.directive.error("\"hop_console\" must stand in a location given by a prefix");
        }
        location.content(new ConsoleLocation(console, new Guard(ownNames(scope)), location.name(), own.directive));
    }

    /** The names of the server around a location, without those that stand for more than one. */
    private static Set<String> ownNames(Scope scope) {
        return ServerSettings.of(scope.nearest(SERVER)).names().stream()
                .filter(name -> name.pattern() == null)
                .map(ServerSettings.Name::text)
                .filter(name -> !name.isEmpty() && !name.startsWith(".") && !name.contains("*"))
                .collect(Collectors.toUnmodifiableSet());
    }
}
