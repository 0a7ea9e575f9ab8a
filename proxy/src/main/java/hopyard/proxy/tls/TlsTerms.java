package hopyard.proxy.tls;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * On which terms TLS is spoken, on either side.
 *
 * @param context has the certificates and keeps the sessions
 * @param protocols the versions, by Java's names
 * @param suites the cipher suites, the preferred one first, by Java's names; {@code null} for Java's choice
 * @param groups the groups for the key exchange by Java's names; {@code null} for Java's choice
 * @param prefersOwn whether the order of {@code suites} counts, and not that of the client
 * @param trust judges the peer's certificate; {@code null} if it does not matter, and clients are not asked for any
 * @param keepsSessions whether a session may be taken up again
 * @param applicationProtocols what may be spoken on TLS, by the names of RFC 7301, the preferred one first: a server
 *     refuses clients that want something else only; empty where that is not talked about
 */
public record TlsTerms(
        SSLContext context,
        List<String> protocols,
        List<String> suites,
        Set<String> groups,
        boolean prefersOwn,
        Trust trust,
        boolean keepsSessions,
        List<String> applicationProtocols) {

    /** The versions of HTTP that are no HTTP/2, as nginx names them. */
    public static final List<String> HTTP_1 = List.of("http/1.1", "http/1.0", "http/0.9");

    /** Java keeps a client's sessions by a name and a port; here the name says all. */
    private static final int ANY_PORT = 443;

    /** Returns an engine for a server's side. */
    SSLEngine server() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = parameters(engine);
        if (trust != null) {
            parameters.setWantClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    /**
     * Returns an engine for a client's side, with what its parameters are to be beside these terms.
     *
     * @param peer stands for the server, whose sessions are kept by it
     */
    SSLEngine client(String peer) {
        SSLEngine engine = keepsSessions ? context.createSSLEngine(peer, ANY_PORT) : context.createSSLEngine();
        engine.setUseClientMode(true);
        return engine;
    }

    /** Returns the parameters of an engine, changed to these terms. */
    SSLParameters parameters(SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(spoken(protocols.stream(), engine.getSupportedProtocols()));
        if (suites != null) {
            parameters.setCipherSuites(spoken(suites.stream(), engine.getSupportedCipherSuites()));
        }
        if (groups != null) {
            parameters.setAlgorithmConstraints(new NamedGroups.Only(groups));
        }
        parameters.setUseCipherSuitesOrder(prefersOwn);
        parameters.setApplicationProtocols(applicationProtocols.toArray(String[]::new));
        return parameters;
    }

    private static String[] spoken(Stream<String> wanted, String[] supported) {
        Set<String> known = Set.copyOf(Arrays.asList(supported));
        return wanted.filter(known::contains).toArray(String[]::new);
    }
}
