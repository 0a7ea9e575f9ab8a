package hopyard.proxy.server;

import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * How a virtual server speaks TLS.
 *
 * @param keys the certificates and keys
 * @param protocols the versions of TLS by Java's names; empty for Java's default
 * @param material what the keys were made of; equal if they are the same
 */
public record Tls(X509ExtendedKeyManager keys, List<String> protocols, List<Object> material) {}
