package hopyard.proxy.http;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * A whole configuration, checked and compiled. It never changes; a request keeps the one that it began with.
 *
 * @param pidFile where the process id goes
 * @param daemon whether to go to the background
 * @param workers how many I/O threads
 * @param workerConnections how many client connections each of them may have
 * @param shutdownTimeout how long connections may go on after the server is told to end, in ms; 0 for no limit
 * @param log the log of what belongs to no request
 * @param endpoints what to listen on
 * @param upstreams every group of upstream servers
 * @param zones what is counted and known in shared memory
 * @param caches where responses are kept
 * @param logFiles every open log
 * @param slotCount how many values a request holds for variables that change
 * @param keptUpstreamFields fields of upstreams' responses that variables ask for
 * @param sources every file that was read, with its text
 * @param files every other file that was read, too
 * @param warnings what was odd but no mistake
 * @param locations every location, and every server's own level
 * @param recorder is told of finished exchanges; {@code null} if nobody wants to know
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
        Recorder recorder) {

    /**
     * Opens the logs. Before that, nothing outside of this object has changed; directories of caches and sockets come when it is put
     * to work.
     *
     * @throws ConfException if something cannot be opened; what was opened is closed again
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

    /** The endpoint that a client would be at if it connected again where it did; {@code null} if nobody would listen there. */
    public Endpoint endpointFor(ClientConnection client) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address.equals(client.listening())) {
                return endpoint;
            }
        }
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address instanceof InetSocketAddress inet
                    && inet.getPort() == client.local().getPort()
                    && (inet.getAddress().isAnyLocalAddress()
                            || inet.getAddress().equals(client.local().getAddress()))) {
                return endpoint;
            }
        }
        return null;
    }

    /**
     * How TLS is spoken at an address.
     *
     * @param context with the certificates of all of its servers
     * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
     * @param certificates what is shown to whom: equal where that is the same
     */
    public record EndpointTls(SSLContext context, List<String> protocols, List<Object> certificates) {

        private boolean isLike(EndpointTls other) {
            return other != null && protocols.equals(other.protocols) && certificates.equals(other.certificates);
        }
    }

    /**
     * A listening address with its servers.
     *
     * @param tls how TLS is spoken; {@code null} if it is not
     * @param proxyProtocol whether the PROXY protocol comes ahead
     * @param takesIpv4 whether a wildcard of IPv6 is one of IPv4, too
     */
    public record Endpoint(
            SocketAddress address,
            int backlog,
            EndpointTls tls,
            boolean proxyProtocol,
            boolean takesIpv4,
            VirtualServers servers) {

        /**
         * Whether connections that were accepted for another endpoint with this address are what they would be if they had been
         * accepted for this one.
         */
        boolean takesConnectionsOf(Endpoint other) {
            return (tls == null ? other.tls == null : tls.isLike(other.tls))
                    && proxyProtocol == other.proxyProtocol
                    && takesIpv4 == other.takesIpv4
                    && servers.largestHeader() == other.servers.largestHeader();
        }

        /** The same at another address. */
        Endpoint at(SocketAddress other) {
            return new Endpoint(other, backlog, tls, proxyProtocol, takesIpv4, servers);
        }
    }
}
