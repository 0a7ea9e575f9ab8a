package hopyard.proxy.server;

import static hopyard.proxy.conf.Context.EVENTS;
import static hopyard.proxy.conf.Context.MAIN;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The settings of the main level, about the process as a whole.
 *
 * @param workerProcesses {@code worker_processes}: how many I/O threads there are
 * @param workerConnections how many connections an I/O thread may have
 * @param shutdownTimeout {@code worker_shutdown_timeout} in ms; 0 for no limit
 * @param listenInstead the ports to listen on, by the port of {@code listen} that they replace; may be none
 * @param hostGateway {@code hop_gateway_is_host}; {@code null} if it is not set
 * @param connectInstead the {@code host:port} to connect to, by the one that it replaces
 */
public record MainSettings(
        Path pid,
        boolean daemon,
        int workerProcesses,
        int workerConnections,
        long shutdownTimeout,
        Map<Integer, List<Integer>> listenInstead,
        HostGateway hostGateway,
        Map<String, String> connectInstead) {

    MainSettings(SettingsReader in) {
        this(
                in.directive("pid")
                        .byDefault("logs/nginx.pid")
                        .means("The file that the process id is written to.")
                        .in(MAIN)
                        .read(new File()),
                in.directive("daemon")
                        .byDefault("on")
                        .means("Whether the server goes to the background.")
                        .in(MAIN)
                        .flag(),
                in.directive("worker_processes")
                        .byDefault("1")
                        .means("How many workers serve requests; auto is one for each processor.")
                        .note("I/O threads of one process")
                        .in(MAIN)
                        .read(new Workers(), 0),
                in.directive("worker_connections")
                        .byDefault("512")
                        .means("How many connections a worker may have at a time.")
                        .note(
                                "of clients, for each I/O thread; those to upstreams do not count. Idle ones make room for new ones, as in nginx")
                        .in(EVENTS)
                        .read(new Connections(), 0),
                in.directive("worker_shutdown_timeout")
                        .means("How long a graceful shutdown waits before it closes the connections that are left.")
                        .in(MAIN)
                        .millis(),
                in.directive("hop_listen")
                        .means(
                                "Listens on other ports where a listen names this one, as docker run -p does; or on none: off.")
                        .page("nginx.md")
                        .in(MAIN)
                        .args(2, Command.ANY)
                        .read(new ListenInstead(), Map.of()),
                in.directive("hop_gateway_is_host")
                        .means("The ports where allow and deny take the default gateway for this machine.")
                        .page("nginx.md")
                        .in(MAIN)
                        .args(1, Command.ANY)
                        .read(new Gateway()),
                in.directive("hop_connect")
                        .means(
                                "Connects to another address where the configuration names this one, as curl --connect-to does.")
                        .page("nginx.md")
                        .in(MAIN)
                        .args(2, 2)
                        .read(new ConnectInstead(), Map.of()));
    }

    public static final Settings<MainSettings> SETTINGS = Settings.ofMain(MainSettings::new);

    /** The highest number of I/O threads. */
    public static final int MAX_WORKERS = 1024;

    /** Returns the settings of the configuration that a scope belongs to. */
    public static MainSettings of(Scope scope) {
        return SETTINGS.of(scope);
    }

    /** Reads the name of a file, relative to the prefix directory. */
    private static final class File implements ValueReader<Path> {
        @Override
        public Path read(Scope scope, Directive d, Path former) throws ConfException {
            return Paths.under(Reading.of(scope).prefix(), d, 0);
        }
    }

    /** Reads {@code worker_processes}. */
    private static final class Workers implements ValueReader<Integer> {
        @Override
        public Integer read(Scope scope, Directive d, Integer former) throws ConfException {
            if (d.arg(0).equals("auto")) {
                return Runtime.getRuntime().availableProcessors();
            }
            int workers = Values.parseNumber(d.arg(0));
            if (workers < 0) {
                throw d.directiveError("invalid value");
            }
            if (workers > MainSettings.MAX_WORKERS) {
                throw d.directiveError("must not be more than " + MainSettings.MAX_WORKERS);
            }
            // nginx accepts 0, and then has no worker
            return Math.max(1, workers);
        }
    }

    /** Reads {@code worker_connections}. */
    private static final class Connections implements ValueReader<Integer> {
        @Override
        public Integer read(Scope scope, Directive d, Integer former) throws ConfException {
            int connections = Values.parseNumber(d.arg(0));
            if (connections < 0) {
                throw d.error("invalid number \"" + d.arg(0) + "\"");
            }
            return connections;
        }
    }

    /** Reads {@code hop_listen}. */
    private static final class ListenInstead implements ValueReader.Repeated<Map<Integer, List<Integer>>> {
        @Override
        public Map<Integer, List<Integer>> read(Scope scope, Directive d, Map<Integer, List<Integer>> former)
                throws ConfException {
            Map<Integer, List<Integer>> instead = former == null ? new HashMap<>() : former;
            boolean isOff = d.args().size() == 2 && d.arg(1).equals("off");
            List<Integer> ports = ports(d, isOff ? 1 : d.args().size());
            instead.put(ports.get(0), ports.stream().skip(1).distinct().toList());
            return instead;
        }
    }

    /** Reads {@code hop_gateway_is_host}. */
    private static final class Gateway implements ValueReader<HostGateway> {
        @Override
        public HostGateway read(Scope scope, Directive d, HostGateway former) throws ConfException {
            return HostGateway.ofThisContainer(Set.copyOf(ports(d, d.args().size())));
        }
    }

    /** Reads {@code hop_connect}. */
    private static final class ConnectInstead implements ValueReader.Repeated<Map<String, String>> {
        @Override
        public Map<String, String> read(Scope scope, Directive d, Map<String, String> former) throws ConfException {
            checkAddress(d, d.arg(0));
            if (!d.arg(1).startsWith("unix:")) {
                checkAddress(d, d.arg(1));
            }
            Map<String, String> instead = former == null ? new HashMap<>() : former;
            instead.put(d.arg(0), d.arg(1));
            return instead;
        }

        private static void checkAddress(Directive d, String address) throws ConfException {
            if (!address.matches(".+:[0-9]{1,5}")) {
                throw d.error("invalid address \"" + address + "\" in \"hop_connect\" directive, it must be HOST:PORT");
            }
        }
    }

    private static List<Integer> ports(Directive d, int count) throws ConfException {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int port = Values.number(d, i);
            if (port > 65535) {
                throw d.error("invalid port in \"" + d.name() + "\" directive");
            }
            ports.add(port);
        }
        return ports;
    }
}
