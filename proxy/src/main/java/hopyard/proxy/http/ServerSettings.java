package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a server block says about which requests are its own. */
public final class ServerSettings {

    public static final Scope.Key<ServerSettings> KEY = new Scope.Key<>(ServerSettings::new);

    /**
     * One {@code listen}.
     *
     * @param address as written; a wildcard has no host
     * @param isDefault {@code default_server}
     * @param backlog the length of the queue of connections that wait to be accepted
     */
    public record Listen(InetSocketAddress address, boolean isDefault, int backlog, Directive directive) {}

    /**
     * One name of {@code server_name}.
     *
     * @param pattern set if the name is a regular expression
     */
    public record Name(String text, Pattern pattern, Directive directive) {}

    public final List<Listen> listens = new ArrayList<>();
    public final List<Name> names = new ArrayList<>();
}
