package hopyard.proxy.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the two ends of a connection have agreed on for TLS, and who the server is. It is the same for many connections,
 * and they share it.
 *
 * @param protocol the version, such as {@code TLSv1.3}
 * @param cipher the cipher suite by OpenSSL's name
 * @param group the group of the key exchange by OpenSSL's name; {@code null} if it is not known
 * @param alpn what was agreed to be spoken on TLS (RFC 7301); empty if nothing was
 * @param chain the server's certificate, and those that it has sent with it, not more than {@value #MAX_CHAIN}
 */
public record TlsFacts(String protocol, String cipher, String group, String alpn, List<CertificateFacts> chain) {

    private static final int MAX_CHAIN = 8;

    /** How many there may be to share. There are as many as a server has certificates, times a few ciphers. */
    private static final int MAX_SHARED = 64;

    /** What they are made of, by which they are found. */
    private record Terms(String protocol, String cipher, String group, String alpn, List<X509Certificate> chain) {

        TlsFacts facts() {
            return new TlsFacts(
                    protocol,
                    CipherSuites.name(cipher),
                    group,
                    alpn,
                    chain.stream().map(CertificateFacts::of).toList());
        }
    }

    private static final Map<Terms, TlsFacts> SHARED = new ConcurrentHashMap<>();

    /**
     * Returns those of a connection whose two ends have come to terms.
     *
     * @param server the server's certificate, and those that it has sent with it
     */
    static TlsFacts of(TlsEngine engine, List<X509Certificate> server) {
        String alpn = engine.applicationProtocol();
        Terms terms = new Terms(
                engine.protocol(),
                engine.cipherSuite(),
                engine.group(),
                alpn == null ? "" : alpn,
                server.size() > MAX_CHAIN ? List.copyOf(server.subList(0, MAX_CHAIN)) : server);
        TlsFacts known = SHARED.get(terms);
        if (known != null) {
            return known;
        }
        if (SHARED.size() >= MAX_SHARED) {
            SHARED.clear();
        }
        TlsFacts facts = terms.facts();
        TlsFacts other = SHARED.putIfAbsent(terms, facts);
        return other == null ? facts : other;
    }
}
