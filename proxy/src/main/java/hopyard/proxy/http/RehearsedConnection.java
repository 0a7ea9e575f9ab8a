package hopyard.proxy.http;

import java.net.InetSocketAddress;

/**
 * On which connection a request that is only tried is thought to come: see {@link Rehearsal}.
 *
 * @param client the far end
 * @param local this server's end
 * @param isTls whether TLS is spoken on it
 * @param serial its serial number
 * @param requests which request on it this is
 */
public record RehearsedConnection(
        InetSocketAddress client, InetSocketAddress local, boolean isTls, long serial, long requests) {}
