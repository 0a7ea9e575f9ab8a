package hopyard.proxy.server;

import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The blocks of a configuration: events, http, and the servers. */
public final class MainBlocks {

    private static final Scope.Key<MainBlocks> KEY = new Scope.Key<>(MainBlocks::new);

    private final List<Scope> servers = new ArrayList<>();
    private Scope events;
    private Scope http;

    private MainBlocks() {}

    /** Returns the blocks of the main scope. */
    public static MainBlocks of(Scope main) {
        return main.get(KEY);
    }

    /** Returns the {@code events} block, which nginx requires; {@code null} if there is none. */
    public Scope events() {
        return events;
    }

    public void events(Scope block) {
        events = block;
    }

    /** Returns the {@code http} block; {@code null} if there is none. */
    public Scope http() {
        return http;
    }

    public void http(Scope block) {
        http = block;
    }

    /** Returns the {@code server} blocks, in the order of the file. */
    public List<Scope> servers() {
        return Collections.unmodifiableList(servers);
    }

    /** Adds a {@code server} block. */
    public void add(Scope server) {
        servers.add(server);
    }
}
