package hopyard.proxy.server;

import java.util.List;

/**
 * How a virtual server speaks TLS.
 *
 * @param hasCertificate whether it has one; if not, that of the default server counts
 * @param isOn whether all of its addresses expect TLS ({@code ssl on})
 * @param rejects whether it speaks with nobody ({@code ssl_reject_handshake})
 * @param material what its terms are made of: equal if they are the same
 */
public record Tls(boolean hasCertificate, boolean isOn, boolean rejects, List<Object> material) {}
