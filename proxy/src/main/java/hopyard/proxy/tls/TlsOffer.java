package hopyard.proxy.tls;

import java.util.Arrays;
import java.util.List;

/**
 * What one side would agree to, when TLS is spoken.
 *
 * @param protocols the versions, by Java's names
 * @param suites the cipher suites, the preferred one first, by IANA's names; {@code null} for those that are usual
 * @param groups the groups for the key exchange, the preferred one first, by Java's names; {@code null} for those that
 *     are usual
 * @param prefersOwn whether the order of {@code suites} counts, and not that of the client
 * @param asksForCertificate whether a server asks its clients for a certificate
 * @param usesTickets whether a server leaves sessions to its clients
 * @param keepsCache whether this side keeps sessions itself
 * @param applicationProtocols what may be spoken on TLS, by the names of RFC 7301, the preferred one first: a server
 *     refuses clients that want something else only; empty where that is not talked about
 */
public record TlsOffer(
        List<String> protocols,
        List<String> suites,
        List<String> groups,
        boolean prefersOwn,
        boolean asksForCertificate,
        boolean usesTickets,
        boolean keepsCache,
        List<String> applicationProtocols) {

    /** The versions of HTTP that are no HTTP/2, as nginx names them. */
    public static final List<String> HTTP_1 = List.of("http/1.1", "http/1.0", "http/0.9");

    /** The same behind HTTP/2. */
    public static final List<String> HTTP_2_AND_1 = List.of("h2", "http/1.1", "http/1.0", "http/0.9");

    // without what a record's own comparison takes to be put together: see CipherSuites.Suite
    @Override
    public boolean equals(Object other) {
        return other instanceof TlsOffer its && parts().equals(its.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private List<Object> parts() {
        return Arrays.asList(
                protocols,
                suites,
                groups,
                prefersOwn,
                asksForCertificate,
                usesTickets,
                keepsCache,
                applicationProtocols);
    }

    /** Whether a session may be taken up again. */
    boolean keepsSessions() {
        return usesTickets || keepsCache;
    }
}
