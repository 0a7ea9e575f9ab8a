package hopyard.proxy.console;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.console.endpoint.ConsoleLocation;
import hopyard.proxy.console.endpoint.Guard;
import hopyard.proxy.console.endpoint.HopPeers;
import hopyard.proxy.console.endpoint.TraceLink;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.MainSettings;
import hopyard.proxy.server.ServerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Hopyard's console.
 *
 * <ul>
 *   <li>{@code hop_console [edit]}: this location is the console; with {@code edit}, it may change the running
 *       configuration. Guard it with {@code allow} and {@code deny}.
 *   <li>{@code hop_peers URL … [password=FILE]}: the consoles of other proxies, whose exchanges are shown, too.
 *   <li>{@code hop_exchanges NUMBER [SIZE]} (1000 8m): how many exchanges to keep, and in how much memory.
 *   <li>{@code hop_bodies SIZE} (0): how much of each content to keep with an exchange; 0 for nothing.
 *   <li>{@code hop_trace_link URL [NAME]}: where traces are shown, for a link beside exchanges.
 * </ul>
 */
public final class ConsoleModule implements Module {

    /** The console of the process, which outlives configurations. */
    public interface Host extends ConsoleLocation.Opener {

        /** Where a new configuration is to record exchanges: in the running one's log unless the sizes have changed. */
        ExchangeLog log(int capacity, long memory, int threads);
    }

    private static final Settings<Place> PLACE = Settings.ofLevel(Place::new);
    private static final Settings<Kept> KEPT = Settings.of(Kept::new);

    /** More would take a reader's patience and the heap. */
    private static final int MAX_EXCHANGES = 100_000;

    /** What may be kept of one content, in bytes: it is gone over for secrets on an I/O thread. */
    private static final int MAX_BODY = 256 << 10;

    /** What exchanges take if nothing is said, in bytes. */
    private static final long DEFAULT_MEMORY = 8 << 20;

    /** What exchanges may take, in bytes. */
    private static final long MAX_MEMORY = Runtime.getRuntime().maxMemory() / 2;

    private final Host console;

    /** The {@code hop_console} and {@code hop_peers} of a location; {@code null} if it has none. */
    private record Place(Directive directive, HopPeers peers) {
        Place(SettingsReader in) {
            this(
                    in.directive("hop_console")
                            .means(
                                    "Makes the location the console; with edit, it may put another configuration to work.")
                            .in(LOCATION)
                            .args(0, 1)
                            .read(ConsoleModule::place, null),
                    in.directive("hop_peers")
                            .means("The consoles of other proxies, whose exchanges this one shows, too.")
                            .in(LOCATION)
                            .args(1, Command.ANY)
                            .read(HopPeers::read, null));
        }
    }

    /**
     * What is kept of exchanges.
     *
     * @param content the part of each content, in bytes
     * @param traces where their traces are shown; {@code null} if nobody has said
     */
    private record Kept(Room room, int content, TraceLink traces) {
        Kept(SettingsReader in) {
            this(
                    in.directive("hop_exchanges")
                            .byDefault("1000 8m")
                            .means("How many exchanges the console keeps, and in how much memory.")
                            .in(HTTP)
                            .args(1, 2)
                            .read(Room::read),
                    in.directive("hop_bodies")
                            .byDefault("0")
                            .means(
                                    "How many bytes of each request's and response's content the console keeps with the exchange, without secrets; 0 keeps nothing.")
                            .read(ConsoleModule::content, 0),
                    in.directive("hop_trace_link")
                            .means(
                                    "The page elsewhere that shows a trace, with $otel_trace_id in its URL, for a link beside exchanges; and its name.")
                            .in(MAIN, HTTP, SERVER, LOCATION)
                            .args(1, 2)
                            .read(TraceLink::read, null));
        }
    }

    /** Room for exchanges: how many, and in how many bytes. */
    private record Room(int exchanges, long memory) {
        private static Room read(Scope scope, Directive d, Room former) throws ConfException {
            int exchanges = Values.number(d, 0);
            if (exchanges < 1 || exchanges > MAX_EXCHANGES) {
                throw d.error("invalid value \"" + d.arg(0) + "\" in \"hop_exchanges\" directive, it must be from 1 to "
                        + MAX_EXCHANGES);
            }
            long memory = d.args().size() == 2 ? Values.offset(d, 1) : DEFAULT_MEMORY;
            if (memory > MAX_MEMORY) {
                throw d.error("\"" + d.arg(1) + "\" is more than half of the heap, which is " + 2 * MAX_MEMORY
                        + " bytes: see -Xmx in HOPYARD_JAVA_OPTS");
            }
            return new Room(exchanges, memory);
        }
    }

    private static Directive place(Scope scope, Directive d, Directive former) throws ConfException {
        if (!d.args().isEmpty() && !d.arg(0).equals("edit")) {
            throw d.error("invalid parameter \"" + d.arg(0) + "\", it may only be \"edit\"");
        }
        return d;
    }

    private static int content(Scope scope, Directive d, Integer former) throws ConfException {
        long size = Values.offset(d, 0);
        if (size > MAX_BODY) {
            throw d.error("\"" + d.arg(0) + "\" is too much to keep of one body, 256k are the most");
        }
        return (int) size;
    }

    public ConsoleModule(Host console) {
        this.console = console;
    }

    /** Returns a new list of all modules: those that know nothing of the console, and the console's. */
    public static List<Module> andAllOthers(Host console) {
        List<Module> modules = new ArrayList<>(Modules.all());
        modules.add(new ConsoleModule(console));
        return modules;
    }

    @Override
    public Manual manual() {
        return new Manual("hopyard", "console.md");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(PLACE, KEPT);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        Kept kept = KEPT.of(scope);
        location.keepContent(kept.content);
        Place place = PLACE.of(scope);
        Directive directive = place.directive;
        if (directive == null) {
            if (place.peers != null) {
                throw place.peers.directive().error("\"hop_peers\" needs \"hop_console\" in the same location");
            }
            return;
        }
        int workers = MainSettings.of(scope).workerProcesses();
        Build.of(scope).recorder(console.log(kept.room.exchanges, kept.room.memory, workers));
        location.doNotRecord();
        Location where = location.location();
        if (!where.isPrefixOrExact()) {
            throw directive.error("\"hop_console\" must stand in a location given by a prefix");
        }
        HopPeers peers = place.peers == null ? null : place.peers.in(where.name());
        location.content(
                new ConsoleLocation(console, new Guard(ownNames(scope)), where.name(), directive, peers, kept.traces));
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
