package hopyard.proxy.upstream;

import hopyard.proxy.conf.SystemErrors;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The address of {@code proxy_bind} cannot be used, which is not the fault of any upstream. The message is what nginx
 * would log.
 */
public final class BindFailure extends IOException {

    private static final long serialVersionUID = 1;

    BindFailure(InetSocketAddress from, IOException reason) {
        super("bind(" + Addresses.text(from) + ") failed (" + SystemErrors.text(reason) + ")", reason);
    }
}
