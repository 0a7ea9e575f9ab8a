package hopyard.proxy.tls;

import javax.net.ssl.SSLException;

/** Chooses on which terms a server speaks TLS with a client, when the client has said its first word. */
@FunctionalInterface
public interface TlsServer {

    /**
     * Returns the terms.
     *
     * @throws TlsRejected if the server does not want to speak with the client
     * @throws SSLException if it cannot
     */
    TlsTerms terms(ClientHello hello) throws SSLException;
}
