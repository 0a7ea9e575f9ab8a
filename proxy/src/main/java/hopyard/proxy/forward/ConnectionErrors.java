package hopyard.proxy.forward;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.TlsFailure;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;

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

    /**
     * Says in the error log why there is no connection. Of a UNIX socket that is known at once, and nginx names the
     * socket then.
     */
    static void log(Exchange exchange, PeerSettings peer, IOException reason) {
        if (reason instanceof TlsFailure tls) {
            exchange.log(tls.isCritical() ? ErrorLog.Level.CRIT : ErrorLog.Level.ERROR, reason.getMessage());
            return;
        }
        String text = SystemErrors.text(reason);
        boolean isUnix = peer.address() instanceof UnixDomainSocketAddress;
        boolean isBusy = text.startsWith("11: ") || text.startsWith("111: ");
        exchange.log(
                isUnix && !isBusy ? ErrorLog.Level.CRIT : ErrorLog.Level.ERROR,
                "connect() " + (isUnix ? "to " + peer.name() + " " : "") + "failed (" + text + ")");
    }
}
