package hopyard.proxy.http;

import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * How TLS is spoken in a server's name.
 *
 * @param keys its certificates
 * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
 */
public record Tls(X509ExtendedKeyManager keys, List<String> protocols) {}
