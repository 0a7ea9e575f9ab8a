package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What a server block says about which requests are its own. */
public final class ServerSettings {

    public static final Scope.Key<ServerSettings> KEY = new Scope.Key<>(ServerSettings::new);

    /**
     * One {@code listen}.
     *
     * @param address as written; a wildcard has no host
     * @param isDefault {@code default_server}
     * @param backlog the length of the queue of connections that wait to be accepted; negative if it is not given
     * @param ssl whether TLS is spoken
     * @param takesIpv4 whether a wildcard of IPv6 is one of IPv4, too ({@code ipv6only=off})
     * @param proxyProtocol whether the PROXY protocol comes ahead
     */
    public record Listen(
            SocketAddress address,
            boolean isDefault,
            int backlog,
            boolean ssl,
            boolean proxyProtocol,
            boolean takesIpv4,
            Directive directive) {}

    /**
     * One name of {@code server_name}.
     *
     * @param pattern set if the name is a regular expression
     */
    public record Name(String text, Regex pattern, Directive directive) {}

    /** How TLS is spoken in the server's name; {@code null} if it has no certificate. */
    public Tls tls;

    public final List<Listen> listens = new ArrayList<>();
    public final List<Name> names = new ArrayList<>();
}
