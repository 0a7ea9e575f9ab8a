package hopyard.proxy.server;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Unexpected;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.LogFiles;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole configuration, checked and compiled. It never changes. A request keeps the configuration that it began with.
 *
 * @param pidFile the file for the process id
 * @param daemon whether the process goes to the background
 * @param workers how many I/O threads there are
 * @param workerConnections how many client connections each I/O thread may have
 * @param shutdownTimeout how long connections may go on after the server is told to end, in ms; 0 for no limit
 * @param log the error log for messages that belong to no request
 * @param endpoints the addresses to listen on
 * @param upstreams every group of upstream servers
 * @param zones the shared memory zones
 * @param caches the caches for responses
 * @param logFiles every log file
 * @param slotCount how many values a request holds for variables that change
 * @param keptUpstreamFields the fields of upstreams' responses that variables ask for
 * @param sources every file of the configuration, with its text; the main file first
 * @param files every file that was read, those of {@code sources} and others
 * @param warnings the warnings about the configuration
 * @param locations every location, and every server's own level
 * @param slots what others have compiled for the configuration as a whole
 */
public record Configuration(
        Path pidFile,
        boolean daemon,
        int workers,
        int workerConnections,
        long shutdownTimeout,
        ErrorLog log,
        List<Endpoint> endpoints,
        Collection<UpstreamGroup> upstreams,
        Zones zones,
        List<CacheZone> caches,
        LogFiles logFiles,
        int slotCount,
        Set<HttpString> keptUpstreamFields,
        Map<String, String> sources,
        Set<Path> files,
        List<String> warnings,
        List<Location> locations,
        Slots slots) {

    /**
     * Opens the logs. Before this, nothing outside of this object has changed. The directories of caches and the
     * sockets are made later, when the configuration is put to work.
     *
     * @throws ConfException if a log cannot be opened; the others are closed again
     */
    public void open() throws ConfException {
        try {
            logFiles.open();
        } catch (ConfException e) {
            logFiles.discard();
            throw e;
        } catch (RuntimeException | OutOfMemoryError e) {
            logFiles.discard();
            throw Unexpected.during("the configuration is opened", e);
        }
    }

    /**
     * Returns the endpoint at an address that is listened on; {@code null} if this configuration has none there.
     *
     * @param listening the address as it is configured
     * @param local the address that a client connected to
     */
    public Endpoint endpointFor(SocketAddress listening, InetSocketAddress local) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address.equals(listening)) {
                return endpoint;
            }
        }
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address instanceof InetSocketAddress inet
                    && inet.getPort() == local.getPort()
                    && (inet.getAddress().isAnyLocalAddress()
                            || inet.getAddress().equals(local.getAddress()))) {
                return endpoint;
            }
        }
        return null;
    }

    /**
     * How TLS is spoken at an address: as the server does that the client names (RFC 6066 §3), else as the default
     * server.
     *
     * @param material stands for how each server does: equal if these are the same
     */
    public record EndpointTls(List<Object> material) {

        private boolean isLike(EndpointTls other) {
            return other != null && material.equals(other.material);
        }
    }

    /** With which servers HTTP/2 is spoken at an address: the client chooses, by ALPN or by what it sends first. */
    public enum Http2 {
        WITH_NONE,
        /** With those that have {@code http2 on}. */
        WITH_SOME,
        /** With all, because {@code listen} says so. */
        WITH_ALL
    }

    /**
     * A listening address with its servers.
     *
     * @param tls how TLS is spoken; {@code null} if it is not
     * @param proxyProtocol whether the PROXY protocol's header comes first
     * @param http2 with which of the servers HTTP/2 is spoken
     * @param takesIpv4 whether an IPv6 wildcard accepts connections over IPv4, too
     */
    public record Endpoint(
            SocketAddress address,
            int backlog,
            EndpointTls tls,
            boolean proxyProtocol,
            Http2 http2,
            boolean takesIpv4,
            VirtualServers servers) {

        /**
         * Whether connections that were accepted for another endpoint at this address may go on for this one: it would
         * have accepted them in the same way.
         */
        boolean takesConnectionsOf(Endpoint other) {
            return (tls == null ? other.tls == null : tls.isLike(other.tls))
                    && proxyProtocol == other.proxyProtocol
                    && takesIpv4 == other.takesIpv4
                    && (http2 != Http2.WITH_NONE || other.http2 == Http2.WITH_NONE)
                    && servers.largestHeader() == other.servers.largestHeader();
        }

        /** Returns the same endpoint at another address. */
        Endpoint at(SocketAddress other) {
            return new Endpoint(other, backlog, tls, proxyProtocol, http2, takesIpv4, servers);
        }
    }
}
