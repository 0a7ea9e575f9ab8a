package hopyard.proxy.server;

import java.net.SocketAddress;

/** Where connections are accepted. */
interface Acceptor {

    /** Returns what serves the next request. */
    Serving serving();

    /** Returns the configured address. */
    SocketAddress address();

    /** Returns the address that the socket is bound to, with the actual port if the configured one is 0. */
    SocketAddress bound();
}
