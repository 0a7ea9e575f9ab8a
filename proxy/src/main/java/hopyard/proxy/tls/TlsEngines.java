package hopyard.proxy.tls;

import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** Makes engines with certificates, sessions and an offer that are always the same. */
public abstract class TlsEngines {

    /**
     * Returns an engine for a server's side.
     *
     * @param hello what the client has said
     * @throws SSLException if there can be none
     */
    abstract TlsEngine server(ClientHello hello) throws SSLException;

    /**
     * Returns an engine for a client's side.
     *
     * @param peer stands for the server, whose sessions are kept by it
     * @param more sets what is not in the offer
     */
    abstract TlsEngine client(String peer, Consumer<SSLParameters> more);
}
