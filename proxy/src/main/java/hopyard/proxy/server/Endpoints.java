package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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
        boolean ssl = false;
        boolean proxyProtocol = false;
        boolean http2 = false;
        boolean takesIpv4 = false;
        boolean isTuned = false;
        for (Scope scope : scopes) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                if (!listen.address().equals(address)) {
                    continue;
                }
                backlog = Math.max(backlog, listen.backlog());
                ssl |= listen.ssl();
                proxyProtocol |= listen.proxyProtocol();
                http2 |= listen.http2();
                takesIpv4 |= listen.takesIpv4();
                if (isTuned && listen.isTuned()) {
                    throw listen.directive().error("duplicate listen options for " + Addresses.text(address));
                }
                isTuned |= listen.isTuned();
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
                if (!all.add(name, servers.get(scope)) && scopes.size() > 1) {
                    warn.accept("conflicting server name \"" + name.text() + "\" on " + Addresses.text(address)
                            + ", ignored");
                }
            }
        }
        Tls ofDefault = all.byDefault().level().tls();
        boolean isTls = ssl || ofDefault != null && ofDefault.isOn();
        Configuration.EndpointTls tls = isTls ? tls(scopes, servers, all) : null;
        return new Configuration.Endpoint(
                address, backlog < 0 ? 511 : backlog, tls, proxyProtocol, http2(http2, isTls, all), takesIpv4, all);
    }

    /** @param isListened whether {@code listen} says {@code http2} for the address */
    private static Configuration.Http2 http2(boolean isListened, boolean isTls, VirtualServers servers) {
        if (isListened) {
            return Configuration.Http2.WITH_ALL;
        }
        // without TLS, no client has named a server when the choice is made
        boolean isSpoken = isTls
                ? servers.all().anyMatch(server -> server.connections().speaksHttp2())
                : servers.byDefault().connections().speaksHttp2();
        return isSpoken ? Configuration.Http2.WITH_SOME : Configuration.Http2.WITH_NONE;
    }

    private static Configuration.EndpointTls tls(
            List<Scope> scopes, Map<Scope, VirtualServer> servers, VirtualServers all) throws ConfException {
        Tls main = all.byDefault().level().tls();
        boolean isEnough = main != null && main.hasCertificate();
        if (!isEnough && (main == null || !main.rejects())) {
            throw lacksCertificate(all.byDefault());
        }
        List<Object> material = new ArrayList<>();
        for (Scope scope : scopes) {
            VirtualServer server = servers.get(scope);
            Tls own = server.level().tls();
            if (!isEnough && (own == null || !own.hasCertificate() && !own.rejects())) {
                throw lacksCertificate(server);
            }
            List<ServerSettings.Name> names = ServerSettings.of(scope).names();
            material.add(names.stream().map(ServerSettings.Name::text).toList());
            material.add(server == all.byDefault());
            material.add(own == null ? List.of() : own.material());
        }
        return new Configuration.EndpointTls(material);
    }

    private static ConfException lacksCertificate(VirtualServer server) {
        return server.level()
                .directive()
                .error("no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive");
    }
}
