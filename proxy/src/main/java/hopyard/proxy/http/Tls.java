package hopyard.proxy.http;

import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * How TLS is spoken in a server's name.
 *
 * @param keys its certificates
 * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
 * @param material what the keys were made of: equal where they are the same
 */
public record Tls(X509ExtendedKeyManager keys, List<String> protocols, List<Object> material) {}
