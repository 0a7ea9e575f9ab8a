package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;

/** Puts the servers of a configuration together by the addresses that they listen on. */
public final class Endpoints {

    private Endpoints() {}

    /**
     * Returns the endpoints of some servers.
     *
     * @param servers the servers by their blocks, in the order of the file
     * @param warn is told what does not keep the configuration from use
     * @throws ConfException if servers contradict each other, or TLS cannot be set up
     */
    public static List<Configuration.Endpoint> of(
            MainSettings settings, Map<Scope, VirtualServer> servers, Consumer<String> warn) throws ConfException {
        Map<SocketAddress, List<Scope>> byAddress = new LinkedHashMap<>();
        for (Scope scope : servers.keySet()) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                byAddress
                        .computeIfAbsent(listen.address(), a -> new ArrayList<>())
                        .add(scope);
            }
        }
        List<Configuration.Endpoint> endpoints = new ArrayList<>();
        for (Map.Entry<SocketAddress, List<Scope>> entry : byAddress.entrySet()) {
            Configuration.Endpoint endpoint = endpoint(entry.getKey(), entry.getValue(), servers, warn);
            for (SocketAddress bound : bound(settings, entry.getKey())) {
                endpoints.add(endpoint.at(bound));
            }
        }
        return endpoints;
    }

    /** Returns the addresses to listen on for the one that {@code listen} names ({@code hop_listen}). */
    private static List<SocketAddress> bound(MainSettings settings, SocketAddress address) {
        return address instanceof InetSocketAddress inet
                        && settings.listenInstead().containsKey(inet.getPort())
                ? settings.listenInstead().get(inet.getPort()).stream()
                        .<SocketAddress>map(port -> new InetSocketAddress(inet.getAddress(), port))
                        .toList()
                : List.of(address);
    }

    private static Configuration.Endpoint endpoint(
            SocketAddress address, List<Scope> scopes, Map<Scope, VirtualServer> servers, Consumer<String> warn)
            throws ConfException {
        Scope byDefault = null;
        int backlog = -1;
        ServerSettings.Listen ssl = null;
        boolean proxyProtocol = false;
        boolean takesIpv4 = false;
        for (Scope scope : scopes) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                if (!listen.address().equals(address)) {
                    continue;
                }
                backlog = Math.max(backlog, listen.backlog());
                ssl = listen.ssl() && ssl == null ? listen : ssl;
                proxyProtocol |= listen.proxyProtocol();
                takesIpv4 |= listen.takesIpv4();
                if (listen.isDefault()) {
                    if (byDefault != null) {
                        throw listen.directive().error("a duplicate default server for " + Addresses.text(address));
                    }
                    byDefault = scope;
                }
            }
        }
        VirtualServers all = new VirtualServers(servers.get(byDefault == null ? scopes.get(0) : byDefault));
        for (Scope scope : scopes) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                if (listen.address().equals(address)) {
                    all.listens(servers.get(scope), listen);
                }
            }
            for (ServerSettings.Name name : ServerSettings.of(scope).names()) {
                if (!all.add(name, servers.get(scope))) {
                    warn.accept("conflicting server name \"" + name.text() + "\" on " + Addresses.text(address)
                            + ", ignored");
                }
            }
        }
        Scope first = byDefault == null ? scopes.get(0) : byDefault;
        Configuration.EndpointTls tls = ssl == null ? null : tls(ssl, first, servers, scopes, all);
        return new Configuration.Endpoint(address, backlog < 0 ? 511 : backlog, tls, proxyProtocol, takesIpv4, all);
    }

    /**
     * Returns TLS with the certificates of each server, chosen by the name that the client sends: {@link KeysByName}.
     */
    private static Configuration.EndpointTls tls(
            ServerSettings.Listen listen,
            Scope byDefault,
            Map<Scope, VirtualServer> servers,
            List<Scope> scopes,
            VirtualServers all)
            throws ConfException {
        Tls main = servers.get(byDefault).level().tls();
        if (main == null) {
            throw listen.directive().error("no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive");
        }
        Map<VirtualServer, X509ExtendedKeyManager> keys = new HashMap<>();
        List<Object> certificates = new ArrayList<>();
        for (Scope scope : scopes) {
            Tls own = servers.get(scope).level().tls();
            List<ServerSettings.Name> names = ServerSettings.of(scope).names();
            certificates.add(names.stream().map(ServerSettings.Name::text).toList());
            certificates.add(scope == byDefault);
            certificates.add(own == null ? List.of() : own.material());
            if (own != null) {
                keys.put(servers.get(scope), own.keys());
            }
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new KeysByName(all, keys)}, null, null);
            return new Configuration.EndpointTls(context, main.protocols(), certificates);
        } catch (GeneralSecurityException e) {
            throw listen.directive().error("TLS cannot be set up: " + e.getMessage());
        }
    }
}
