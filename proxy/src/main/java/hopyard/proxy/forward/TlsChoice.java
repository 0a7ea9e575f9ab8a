package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.UpstreamTls;
import java.io.IOException;

/** Says how TLS is spoken with the upstream of a request, whose certificate may depend on the request. */
@FunctionalInterface
public interface TlsChoice {

    /** @throws IOException if the certificate for the upstream cannot be loaded */
    UpstreamTls of(Exchange exchange) throws IOException;
}
