package hopyard.proxy.forward;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.upstream.TlsFailure;
import java.io.IOException;

/** Tells why a connection to an upstream could not be opened, or why one has failed. */
final class ConnectionErrors {

    private ConnectionErrors() {}

    static Why ofConnect(IOException e) {
        if (e instanceof TlsFailure tls) {
            return tls.isCertificate() ? Why.TLS_CERTIFICATE : Why.TLS_FAILED;
        }
        String text = SystemErrors.text(e);
        if (text.startsWith("111")) {
            return Why.REFUSED;
        }
        if (text.startsWith("113") || text.startsWith("101")) {
            return Why.UNREACHABLE;
        }
        return text.startsWith("110") ? Why.CONNECT_TIMEOUT : Why.CONNECT_FAILED;
    }
}
