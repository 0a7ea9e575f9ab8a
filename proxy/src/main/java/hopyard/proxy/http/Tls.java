package hopyard.proxy.http;

import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * How TLS is spoken with clients.
 *
 * @param protocols Java's names of the versions that are spoken; empty for Java's own choice
 * @param ciphers Java's names of the cipher suites that are spoken; empty for Java's own choice
 */
public record Tls(SSLContext context, List<String> protocols, List<String> ciphers) {}
