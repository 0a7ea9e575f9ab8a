package hopyard.proxy.http;

import hopyard.proxy.conf.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the main level says about the process as a whole. */
public final class MainSettings {

    public static final Scope.Key<MainSettings> KEY = new Scope.Key<>(MainSettings::new);

    /** How many I/O threads there may be. */
    public static final int MAX_WORKERS = 1024;

    /** {@code pid}. */
    public Path pid;

    /** {@code daemon}. */
    public Boolean daemon;

    /** {@code worker_processes}: here, how many I/O threads. */
    public Integer workers;

    /** {@code worker_connections}: how many connections one of them may have. */
    public Integer workerConnections;

    /** {@code worker_shutdown_timeout} in ms. */
    public Long shutdownTimeout;

    /** Whether there was an {@code events} block, which nginx insists on. */
    public boolean hasEvents;

    /** {@code hop_listen}: ports to listen on instead of those that {@code listen} names. */
    public final Map<Integer, List<Integer>> listenInstead = new LinkedHashMap<>();

    /** {@code hop_gateway_is_host}: {@code null} if the gateway is like everybody else. */
    public HostGateway hostGateway;

    /** {@code hop_connect}: {@code host:port} to connect to instead of what {@code server} or {@code proxy_pass} names. */
    public final Map<String, String> connectInstead = new LinkedHashMap<>();

    /** The {@code http} block; {@code null} if there is none. */
    public Scope http;

    /** The server blocks. */
    public final List<Scope> servers = new ArrayList<>();
}
