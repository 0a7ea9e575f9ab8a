package hopyard.proxy.forward;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.upstream.TlsFailure;
import java.io.IOException;

/** RFC 9209 §2.3: names for why a proxy failed a request. */
final class ProxyErrors {

    private ProxyErrors() {}

    /** Why a connection could not be opened. */
    static String ofConnect(IOException e) {
        if (e instanceof TlsFailure tls) {
            return tls.isCertificate() ? "tls_certificate_error" : "tls_protocol_error";
        }
        String text = SystemErrors.text(e);
        if (text.startsWith("111")) {
            return "connection_refused";
        }
        if (text.startsWith("113") || text.startsWith("101")) {
            return "destination_ip_unroutable";
        }
        return text.startsWith("110") ? "connection_timeout" : "destination_unavailable";
    }
}
