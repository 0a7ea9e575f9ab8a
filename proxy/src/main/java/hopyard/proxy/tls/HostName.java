package hopyard.proxy.tls;

import java.nio.charset.StandardCharsets;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;

/** A host's name for a server to be asked by (RFC 6066 §3). Java's own class refuses an underscore. */
public final class HostName extends SNIServerName {

    public HostName(String name) {
        super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.UTF_8));
    }
}
