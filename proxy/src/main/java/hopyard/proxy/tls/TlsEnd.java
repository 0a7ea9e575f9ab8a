package hopyard.proxy.tls;

import java.io.IOException;
import javax.net.ssl.SSLException;

/** The end of a connection by a failure: of the connection itself, or of TLS. Who meets one throws what it returns. */
interface TlsEnd {

    /** Closes the connection, which is broken. */
    IOException broken(IOException reason);

    /** Tells the peer what is wrong with TLS, if it still can, and closes. */
    SSLException violated(SSLException reason);
}
