package hopyard.proxy.upstream;

import hopyard.proxy.conf.SystemErrors;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The address of {@code proxy_bind} is not to be had, which is no upstream's fault; the message is what nginx would log of
 * it.
 */
public final class BindFailure extends IOException {

    private static final long serialVersionUID = 1;

    BindFailure(InetSocketAddress from, IOException reason) {
        super("bind(" + Addresses.text(from) + ") failed (" + SystemErrors.text(reason) + ")", reason);
    }
}
