package hopyard.proxy.server;

import java.net.InetSocketAddress;

/**
 * The connection that a request is thought to come on that is only rehearsed.
 *
 * @param client the client's end
 * @param local this server's end
 * @param isTls whether TLS is spoken on it
 * @param serial the serial number of the connection
 * @param requests the number of the request on the connection
 */
public record RehearsedConnection(
        InetSocketAddress client, InetSocketAddress local, boolean isTls, long serial, long requests) {}
